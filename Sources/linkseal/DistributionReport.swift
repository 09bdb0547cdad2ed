import Consumption
import Distributions
import LinkToken

/// The row of a distribution.
struct DistributionReport: Encodable {
    var id, name, source, selection, created, expires, status: String
    /// When it was archived.
    var archived: String?
    /// What an admin noted about it.
    var note: String?
    var seed: UInt64?
    /// The person whom a distribution of one link is for.
    var contact: String?
    var links, started, finished: Int
    /// Of one distribution, how many surveys were started by what kind of program.
    var startedBy: [String: Int]?
    /// Of one distribution, what was done to it, the earliest first.
    var history: [HistoryEntry]?
    /// What starts and finishes were counted from; nil where nothing was counted.
    var countedFrom: [CountedUses.Source]?
    /// The placeholder in the mail for the link, if a mail system was named.
    var mergeField: String?

    init(
        _ row: DistributionRow, for contact: Contact? = nil, startedBy starts: [UserAgentClass: Int]? = nil,
        countedFrom sources: [CountedUses.Source]? = nil, at now: UnixTime
    ) {
        let distribution = row.distribution
        id = distribution.id.description
        name = distribution.name
        source = distribution.origin.source
        selection = distribution.origin.selection.rawValue
        seed = distribution.origin.seed
        self.contact = contact?.title
        created = distribution.createdAt.description
        expires = distribution.expiry.description
        links = distribution.contacts
        started = row.counts.started
        finished = row.counts.finished
        startedBy = starts.map { Dictionary(uniqueKeysWithValues: $0.map { ($0.key.name, $0.value) }) }
        status = row.standing(at: now).rawValue
        archived = distribution.archivedAt?.description
        note = distribution.note
        countedFrom = sources
    }
}

extension DistributionReport {
    /// Something that was done to the distribution.
    struct HistoryEntry: Encodable {
        var at, text: String
        var by: String?
        var action: DistributionChange.Action

        init(_ change: DistributionChange) {
            (at, by) = (change.at.description, change.by)
            (action, text) = (change.action, change.action.description)
        }
    }

    /// `3 mobile browser, 1 scanner`, the most first, or nil where nothing was started.
    var startersText: String? {
        guard let startedBy, !startedBy.isEmpty else { return nil }
        return startedBy.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
            .joined(separator: ", ")
    }

    var statusText: String { archived == nil ? status : "\(status), archived" }

    /// Where the contacts came from, in a word or two.
    var contactsText: String {
        if let contact { return "\(contact) of \(source)" }
        return switch selection {
        case "list": source
        case "sample": "sample of \(source)"
        case "individual": "individuals of \(source)"
        default: "some of \(source)"
        }
    }
}
