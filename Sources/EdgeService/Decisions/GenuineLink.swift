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
    /// Where its survey is: where its distribution says, or else where the edge sends links of unknown distributions.
    let survey: SurveyURLTemplate?
    /// The time that the checks went by.
    let checkedAt: UnixTime
    /// The fields of embedded data that the link carries in its query.
    let data: [EmbeddedData.Field]

    /// Checks the data that came with a link.
    ///
    /// - Throws: ``LinkRefusal/expired(_:)`` or ``LinkRefusal/embeddedDataMismatch``, in the order of the checks.
    init(
        _ link: VerifiedLink, of bundle: VerifiedBundle, data given: LinkData, defaultSurvey: SurveyURLTemplate?,
        at now: UnixTime
    ) throws(LinkRefusal) {
        self.link = link
        checkedAt = now
        distribution = bundle.distribution(link.nonce.distribution)
        survey = distribution?.surveyURL ?? defaultSurvey
        guard let distribution, case .inLink(let names) = distribution.embeddedData else {
            data = []
            return
        }
        do {
            switch given {
            case .none: data = []
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

    /// How long a started survey may be resumed, and whether it may be started now.
    var startTerms: StartTerms {
        StartTerms(
            mayBegin: !link.isExpired(at: checkedAt), resume: distribution?.resume ?? .standard,
            reopenedAt: link.reopenedAt)
    }

    /// - Throws: ``Refusal/Reason/distributionUnknown(_:)`` if nothing says where the survey is.
    func requireSurvey() throws(Refusal) -> SurveyURLTemplate {
        guard let survey else { throw Refusal(.distributionUnknown(link.nonce.distribution), link.nonce) }
        return survey
    }

    /// The address of the survey for the person who started it.
    func address(of survey: SurveyURLTemplate, session: String) -> String {
        survey.expanded(
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
    /// Not asked for, and not checked.
    case none
}
