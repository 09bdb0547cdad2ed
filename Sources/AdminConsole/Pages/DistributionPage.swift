import Consumption
import Distributions
import Encoding
import Hummingbird
import LinkToken
import Trust

/// One distribution: its numbers, its activity over time, and its contacts.
extension ConsoleService {
    private static let contactsPerPage = 50

    func showDistribution(_ call: Call) async throws -> Response {
        let distribution = try distribution(of: call)
        let (all, problem) = await knownUses(of: try workspace.distributions.all(), at: call.now)
        let uses = all[distribution.id] ?? DistributionHistory()
        let row = DistributionRow(distribution, uses.counts)
        var fields = Self.fields(of: row, at: call.now)
        let search = call.query["search"].trimmed
        let status = LinkStatus(call.query["status"])
        let page = Paging(call.query["page"], count: distribution.contacts, size: Self.contactsPerPage).page
        // Contacts are personal data.
        let found: (rows: [[String: Any]], hasMore: Bool) =
            call.session.map { $0.role >= .editor } ?? false
            ? try links(of: distribution, uses, matching: search, status, page: page, at: call.now) : ([], false)
        let path =
            "/distributions/\(distribution.id)?search=\(search.percentEncoded)&status=\((status?.rawValue ?? "").percentEncoded)"
        fields.merge(countedFields(at: call.now)) { $1 }
        fields.merge([
            "createdShort": distribution.createdAt.short, "expiresShort": distribution.expiry.time.short,
            "surveyURL": distribution.surveyURL.text, "baseURL": distribution.baseURL.text,
            "keyID": distribution.keyID.description, "data": Self.words(for: distribution.embeddedData),
            "revoked": grouped(distribution.revocations.count),
            "chart": ActivityChart(ActivityHistogram(of: uses)).html,
            "search": search, "isFiltered": !search.isEmpty || status != nil,
            "hasCountProblem": problem != nil, "countProblem": problem ?? "",
            "statuses": LinkStatus.allCases.map {
                ["title": $0.rawValue, "isChosen": $0 == status] as [String: Any]
            },
            "contactRows": found.rows, "hasContactRows": !found.rows.isEmpty,
            "hasPrevious": page > 1, "previous": "\(path)&page=\(page - 1)#contacts", "hasNext": found.hasMore,
            "next": "\(path)&page=\(page + 1)#contacts", "page": page, "isPaged": page > 1 || found.hasMore,
            "resume": Self.words(for: distribution.resume), "tools": Self.tools(nil),
            "message": Self.note(for: call.query["done"]), "hasMessage": !Self.note(for: call.query["done"]).isEmpty,
        ]) { $1 }
        return self.page("distribution", distribution.name, in: .links, fields, for: call.session)
    }

    /// A page of the contacts that match, read as far as that page.
    private func links(
        of distribution: Distribution, _ uses: DistributionHistory, matching search: String, _ wanted: LinkStatus?,
        page: Int,
        at now: UnixTime
    ) throws -> (rows: [[String: Any]], hasMore: Bool) {
        var rows: [[String: Any]] = []
        var passed = 0
        var hasMore = false
        let first = (page - 1) * Self.contactsPerPage
        try workspace.distributions.forEachContact(of: distribution.id) { (contact, serial) in
            let status = distribution.status(of: serial, use: uses[serial], at: now)
            guard wanted == nil || status == wanted, search.isEmpty || contact.isFound(by: search) else { return true }
            passed += 1
            if passed <= first { return true }
            guard rows.count < Self.contactsPerPage else {
                hasMore = true
                return false
            }
            let use = uses[serial]
            var fields = Self.fields(of: contact)
            fields["href"] = "/distributions/\(distribution.id)/links/\(serial)"
            fields["status"] = status.rawValue
            fields["statusClass"] = Self.mood(of: status)
            fields["started"] = use?.startedAt.short ?? ""
            fields["finished"] = use?.finishedAt?.short ?? ""
            rows.append(fields)
            return true
        }
        return (rows, hasMore)
    }

    static func mood(of status: LinkStatus) -> String {
        switch status {
        case .emailNotSent: "waiting"
        case .surveyStarted: "started"
        case .surveyFinished: "finished"
        case .linkExpired, .linkDeleted, .incomplete: "over"
        }
    }

    private static func words(for mode: EmbeddedDataMode) -> String {
        switch mode {
        case .sealed: "sealed, with you"
        case .inLink(let fields): "in the link: " + fields.joined(separator: ", ")
        }
    }

    private static func words(for policy: ResumePolicy) -> String {
        switch policy {
        case .never: "no"
        case .within(let seconds) where seconds % 86400 == 0: "for \(seconds / 86400) days"
        case .within: "for \(policy.text)"
        case .untilFinished: "until they are finished"
        }
    }

    /// What a person picks the headings of a spreadsheet by.
    static func tools(_ chosen: MailMerge?) -> [[String: Any]] {
        MailMerge.all.map { ["value": $0.id, "title": $0.name, "isChosen": $0 == chosen] }
    }

    private static func note(for done: String) -> String {
        switch done {
        case "ended": "The expiration is changed."
        case "ended-unpublished": "The expiration is changed here. " + sentence(unpublished)
        case "revoked": "The link is revoked."
        case "revoked-unpublished": "The link is revoked here. " + sentence(unpublished)
        default: ""
        }
    }
}
