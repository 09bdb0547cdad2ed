import Consumption
import Encoding
import LinkToken
import Trust

/// A link whose signature is good and whose embedded data is what it was minted for, with what was published of its
/// distribution. Whether it has expired or was used is not decided yet: that takes its state.
struct GenuineLink: Sendable {
    let link: VerifiedLink
    /// Nil for a distribution that no bundle names yet: it verifies, as links minted offline do.
    let distribution: PublishedDistribution?
    /// The fields of embedded data that the link carries in its query.
    let data: [EmbeddedData.Field]

    /// Checks the data that came with a link.
    ///
    /// - Throws: ``LinkRefusal/expired(_:)`` or ``LinkRefusal/embeddedDataMismatch``, in the order of the checks.
    init(
        _ link: VerifiedLink, of bundle: VerifiedBundle, data given: LinkData, at now: UnixTime
    ) throws(LinkRefusal) {
        self.link = link
        distribution = bundle.distribution(link.nonce.distribution)
        guard let distribution, case .inLink(let names) = distribution.embeddedData else {
            data = []
            return
        }
        do {
            switch given {
            case .query(let query): data = try link.inLinkData(fields: names, from: query).fields
            case .fields(let fields):
                let known = Set(names.map { Array($0.utf8) })
                let exact = try EmbeddedData(fields.filter { known.contains(Array($0.name.utf8)) })
                try link.check(exact, salt: .inLink)
                data = exact.fields
            }
        } catch {
            try link.checkExpiry(at: now)
            throw .embeddedDataMismatch
        }
    }

    /// A link that came without its data, which is therefore not looked at.
    init(unaccompanied link: VerifiedLink, of bundle: VerifiedBundle) {
        self.link = link
        distribution = bundle.distribution(link.nonce.distribution)
        data = []
    }

    /// How long a started survey may be resumed.
    var resume: ResumePolicy { distribution?.resume ?? .standard }

    func startTerms(at now: UnixTime) -> StartTerms {
        StartTerms(mayBegin: !link.isExpired(at: now), resume: resume)
    }

    /// Where its survey is, for whom started it.
    func surveyURL(session: String, template: SurveyURLTemplate?) -> String? {
        (distribution?.surveyURL ?? template)?.expanded(
            for: link.claims, session: session,
            inLinkData: Dictionary(data.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }))
    }
}

/// The embedded data that came with a link.
enum LinkData: Sendable {
    /// In its query, with whatever mail systems added and changed.
    case query(QueryString)
    /// Beside it, exact; fields that are not the distribution's are ignored.
    case fields([(name: String, value: String)])
}

/// What opening a link would lead to now. Finding out consumes nothing.
enum LinkVerdict: Hashable, Sendable {
    /// Its survey can be started.
    case ready
    /// Its survey was started and goes on.
    case resumable(startedAt: UnixTime)
    case refused(StartRefusal)

    /// - Parameters:
    ///   - state: what is durably known of the link.
    ///   - terms: what the link and its distribution allow.
    init(_ state: LinkState, terms: StartTerms, at now: UnixTime) {
        switch state.start(at: now, terms: terms).outcome {
        case .started: self = .ready
        case .resumed(let start): self = .resumable(startedAt: start)
        case .refused(let refusal): self = .refused(refusal)
        }
    }
}
