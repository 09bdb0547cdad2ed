import Consumption
import Distributions
import Encoding
import Hummingbird
import LinkToken
import Trust

/// The table of distributions: what the console opens with.
extension ConsoleService {
    private static let pageSize = 50

    func showDistributions(_ call: Call) async throws -> Response {
        let order = DistributionRow.Order(rawValue: call.query["sort"]) ?? .created
        let isDescending =
            call.query["direction"].isEmpty
            ? order == .created : call.query["direction"] == "descending"
        let search = call.query["search"].trimmed
        var filter = DistributionFilter()
        filter.includesArchived = call.query["archived"] == "yes"
        let all = try workspace.distributions.all()
        let archivedCount = all.count { $0.archivedAt != nil }
        let (uses, problem) = await knownUses(of: all, at: call.now)
        let rows = all.map { DistributionRow($0, uses[$0.id]?.counts ?? ConsumptionCounts()) }
            .filter { filter.accepts($0, at: call.now) }
            .filter {
                search.isEmpty || $0.distribution.name.containsIgnoringCase(search)
                    || $0.distribution.origin.source.containsIgnoringCase(search)
                    || $0.distribution.id.description.hasPrefix(search)
            }
            .sorted(by: order, descending: isDescending)
        let paging = Paging(call.query["page"], count: rows.count, size: Self.pageSize)
        let query =
            (search.isEmpty ? "" : "&search=\(search.percentEncoded)")
            + (filter.includesArchived ? "&archived=yes" : "")
        return page(
            "distributions", "Personal links", in: .links,
            [
                "search": search, "hasSearch": !search.isEmpty, "isEmpty": all.isEmpty,
                "steps": all.isEmpty ? try firstSteps() : [],
                "showsArchived": filter.includesArchived,
                "hidesArchived": !filter.includesArchived && archivedCount > 0,
                "archivedCount": grouped(archivedCount),
                "hasRows": !rows.isEmpty, "hasNothingFound": rows.isEmpty && !all.isEmpty,
                "count": grouped(rows.count), "countProblem": problem ?? "", "hasCountProblem": problem != nil,
                "headings": Self.columns.map {
                    heading($0.order, $0.title, isSorted: $0.order == order, isDescending: isDescending, query)
                },
                "rows": try rows[paging.range].map { (row) in
                    let only = try workspace.distributions.onlyContact(of: row.distribution)
                    return Self.fields(of: row, at: call.now).merging(
                        only.map { ["contacts": "\($0.title) of \(row.distribution.origin.source)"] } ?? [:]
                    ) { $1 }
                },
                "paging": paging.fields(
                    path: "/?sort=\(order.rawValue)&direction=\(isDescending ? "descending" : "ascending")\(query)"),
                "isDescending": isDescending,
                "orders": Self.columns.map {
                    ["value": $0.order.rawValue, "title": $0.title, "isChosen": $0.order == order] as [String: Any]
                },
                "jobs": openJobs(.minting),
                "message": Self.message(call.query["done"]), "hasMessage": !Self.message(call.query["done"]).isEmpty,
            ].merging(countedFields(at: call.now)) { $1 }, for: call.session)
    }

    /// What is to be done before there are any links, and how far it has come.
    private func firstSteps() throws -> [[String: Any]] {
        let lists = try workspace.contacts.lists()
        let defaults = try workspace.linkDefaults()
        let isReady = !lists.isEmpty && defaults.baseURL != nil
        let contacts: [String: Any] = [
            "title": "Contacts", "isDone": !lists.isEmpty,
            "state": lists.isEmpty ? "to do" : lists.count == 1 ? "1 list" : "\(lists.count) lists",
            "text":
                "Upload a spreadsheet of the people you want to invite.",
            "href": "/contacts", "action": "Contact lists", "isNext": lists.isEmpty,
        ]
        let links: [String: Any] = [
            "title": "Address of your links", "isDone": defaults.checkedAt != nil,
            "state": defaults.checkedAt != nil ? "works" : defaults.baseURL != nil ? "not checked" : "to do",
            "text": "Enter the address of your link server. It is asked whether it opens your links.",
            "href": "/settings", "action": "Settings", "isNext": !lists.isEmpty && defaults.baseURL == nil,
        ]
        let generating: [String: Any] = [
            "title": "Personal links", "isDone": false, "state": "to do",
            "text":
                "Choose the people and the survey. You get a spreadsheet with a link for each of them, for your mailing.",
            "href": "/generate", "action": "Generate links", "isNext": isReady,
        ]
        return [contacts, links, generating]
    }

    /// The jobs of a line that are not over, for its page.
    func openJobs(_ line: Job.Line) -> [[String: Any]] {
        jobs.open.filter { $0.kind.line == line }.map {
            ["id": $0.id, "title": "\(Self.verb(of: $0.kind)) \($0.title)"]
        }
    }

    /// What the script asks for every few seconds.
    func counts(_ call: Call) async throws -> Response {
        struct Counts: Encodable {
            var links, started, finished: Int
        }
        let all = try workspace.distributions.all()
        let uses = try await ledger.uses(of: all, at: call.now)
        return try .json(
            Dictionary(
                uniqueKeysWithValues: all.map { (distribution) in
                    let counts = uses[distribution.id]?.counts ?? ConsumptionCounts()
                    return (
                        distribution.id.description,
                        Counts(links: distribution.contacts, started: counts.started, finished: counts.finished)
                    )
                }))
    }

    /// What is known of all links, or why nothing is.
    func knownUses(
        of distributions: [Distribution], at now: UnixTime
    ) async -> (uses: [DistributionID: DistributionHistory], problem: String?) {
        do {
            return (try await ledger.uses(of: distributions, at: now), nil)
        } catch {
            return ([:], "The counts are not known: \(error).")
        }
    }

    static func fields(of row: DistributionRow, at now: UnixTime) -> [String: Any] {
        let distribution = row.distribution
        let standing = row.standing(at: now)
        return [
            "id": distribution.id.description, "name": distribution.name, "contacts": contactsText(of: distribution),
            "created": distribution.createdAt.element, "createdDay": distribution.createdAt.dayElement,
            "expires": distribution.expiry.time.endElement, "expiresDay": distribution.expiry.time.endDayElement,
            "links": grouped(distribution.contacts), "started": grouped(row.counts.started),
            "finished": grouped(row.counts.finished),
            "startedRate": rate(row.counts.started, of: distribution.contacts),
            "finishedRate": rate(row.counts.finished, of: distribution.contacts), "standing": standing.rawValue,
            "isDeleted": standing == .deleted, "isActive": standing == .active,
            "isArchived": distribution.archivedAt != nil,
            "bar": ProgressBar(row.counts, of: distribution.contacts).svg,
        ]
    }

    /// Where the contacts came from, in a word or two.
    static func contactsText(of distribution: Distribution) -> String {
        let source = distribution.origin.source
        return switch distribution.origin.selection {
        case .list: source
        case .sample: "Sample of \(source)"
        case .individual: "Individuals of \(source)"
        case .filtered: "Some of \(source)"
        }
    }

    private static let columns: [(order: DistributionRow.Order, title: String)] = [
        (.name, "Name"), (.contacts, "Contacts"), (.created, "Created"), (.expiration, "Expiration"),
        (.links, "Links"), (.started, "Surveys started"), (.finished, "Surveys finished"),
    ]

    private func heading(
        _ order: DistributionRow.Order, _ title: String, isSorted: Bool, isDescending: Bool, _ query: String
    ) -> [String: Any] {
        let next = isSorted && !isDescending ? "descending" : "ascending"
        return [
            "title": title, "href": "/?sort=\(order.rawValue)&direction=\(next)\(query)", "isSorted": isSorted,
            "sorting": isSorted ? (isDescending ? "descending" : "ascending") : "none",
            "arrow": isSorted ? (isDescending ? "↓" : "↑") : "",
            "isNumber": [.links, .started, .finished].contains(order),
        ]
    }

    /// What a page says after an action that led to it.
    private static func message(_ done: String) -> String {
        switch done {
        case "deleted": "The distribution is deleted: none of its links works any more."
        case "deleted-unpublished":
            "The distribution is deleted here. " + sentence(unpublished)
        default: ""
        }
    }
}

/// A part of a long list.
struct Paging: Sendable {
    let page: Int
    let pages: Int
    let range: Range<Int>
    let count: Int

    init(_ text: String, count: Int, size: Int) {
        self.count = count
        pages = max(1, (count + size - 1) / size)
        page = min(max(1, Int(text) ?? 1), pages)
        range = min(count, (page - 1) * size)..<min(count, page * size)
    }

    /// - Parameter path: of the page, with a query already.
    func fields(path: String) -> [String: Any] {
        [
            "isNeeded": pages > 1, "page": page, "pages": pages, "hasPrevious": page > 1, "hasNext": page < pages,
            "firstPage": "\(path)&page=1", "lastPage": "\(path)&page=\(pages)",
            "previous": "\(path)&page=\(page - 1)", "next": "\(path)&page=\(page + 1)",
            "first": grouped(range.lowerBound + 1), "last": grouped(range.upperBound), "count": grouped(count),
        ]
    }
}

extension String {
    func containsIgnoringCase(_ part: String) -> Bool { lowercased().contains(part.lowercased()) }
}
