import Consumption
import Distributions
import Encoding
import LinkToken

/// One of the people who have a link of a distribution.
struct Recipient: Sendable {
    let contact: Contact
    let serial: Serial
    let status: LinkStatus
    let use: LinkHistory?
}

/// Whom a page about a distribution shows.
struct RecipientFilter: Sendable {
    let search: String
    let status: LinkStatus?

    init(_ query: FormFields) {
        search = query["search"].trimmed
        status = LinkStatus(query["status"])
    }

    var isNarrow: Bool { !search.isEmpty || status != nil }

    /// As ``init(_:)`` reads it.
    var query: String {
        "search=\(search.percentEncoded)&status=\((status?.rawValue ?? "").percentEncoded)"
    }

    /// For the fields of a form.
    var fields: [String: Any] {
        [
            "search": search,
            "statuses": LinkStatus.allCases.map {
                ["value": $0.rawValue, "title": $0.title, "isChosen": $0 == status] as [String: Any]
            },
        ]
    }
}

extension ConsoleService {
    /// A page of the recipients that a filter lets through, read as far as that page.
    ///
    /// - Parameter isUsable: leaves out those whose link was deleted or revoked.
    func recipients(
        of distribution: Distribution, _ uses: DistributionHistory, matching filter: RecipientFilter,
        isUsable: Bool = false, page: Int, size: Int, at now: UnixTime
    ) throws(DistributionsError) -> (rows: [Recipient], hasMore: Bool) {
        var rows: [Recipient] = []
        var passed = 0
        var hasMore = false
        let first = (page - 1) * size
        // Without conditions the places of a page are known. Where somebody was erased, it is shorter.
        let isPlain = !filter.isNarrow && !isUsable
        try workspace.distributions.forEachContact(
            of: distribution.id, finding: filter.search, from: isPlain ? first : 0
        ) { (serial) in
            (filter.status == nil || distribution.status(of: serial, use: uses[serial], at: now) == filter.status)
                && (!isUsable || !distribution.isBroken(serial))
        } _: { (contact, serial) in
            let use = uses[serial]
            let status = distribution.status(of: serial, use: use, at: now)
            if isPlain, serial.rawValue >= first + size {
                hasMore = true
                return false
            }
            passed += 1
            if !isPlain, passed <= first { return true }
            guard rows.count < size else {
                hasMore = true
                return false
            }
            rows.append(Recipient(contact: contact, serial: serial, status: status, use: use))
            return true
        }
        return (rows, hasMore)
    }
}
