import Distributions
import Encoding
import Hummingbird
import LinkToken
import Trust

/// The contact lists of the workspace.
extension ConsoleService {
    func showLists(_ call: Call) throws -> Response {
        try listsPage(call, problem: nil, at: .file)
    }

    /// A field of the page that something can be wrong with.
    enum ListsField {
        case file, placeholders
    }

    func listsPage(_ call: Call, problem: String?, at field: ListsField) throws -> Response {
        let all = try workspace.contacts.lists()
        let search = call.query["search"].trimmed
        let lists = all.filter { search.isEmpty || $0.name.containsIgnoringCase(search) }
        let paging = Paging(call.query["page"], count: lists.count, size: Self.listsOnPage)
        let done = call.query["done"]
        let isOpen = Set(configuration.sources.open.map { type(of: $0).name })
        return page(
            "lists", "Contact lists", in: .contacts,
            [
                "isEmpty": all.isEmpty, "search": search, "hasSearch": !search.isEmpty,
                "isSearchable": all.count > 10 || !search.isEmpty, "hasNothingFound": lists.isEmpty && !all.isEmpty,
                "hasRows": !lists.isEmpty, "canMerge": all.count > 1, "sampleName": SampleContacts.listName,
                "sources": configuration.sources.open.map { (source) in
                    ["path": Self.path(of: source), "title": type(of: source).title]
                },
                "closedSources": configuration.sources.registered.filter { !isOpen.contains($0.name) }.map {
                    ["title": $0.title, "credentials": $0.credentialNames.joined(separator: ", ")]
                },
                "limit": grouped(MultipartUpload.fileLimit >> 20),
                "paging": paging.fields(
                    path: "/contacts?" + (search.isEmpty ? "" : "search=\(search.percentEncoded)")),
                "lists": lists[paging.range].map {
                    [
                        "name": $0.name, "query": $0.name.percentEncoded, "contacts": grouped($0.contacts),
                        "imported": $0.importedAt.description, "importedShort": $0.importedAt.day,
                        "fields": $0.embeddedNames.joined(separator: ", "),
                        "origin": $0.origin.map { "\(configuration.sources.title(of: $0.service)): \($0.name)" } ?? "",
                        "hasOrigin": $0.origin != nil,
                    ] as [String: Any]
                },
                "jobs": openJobs(.contacts), "hasMessage": done == "removed",
                "message": done == "removed" ? "The list is removed." : "",
                "isFileWrong": problem != nil && field == .file,
                "arePlaceholdersWrong": problem != nil && field == .placeholders,
                "problem": problem.map(Self.sentence) ?? "", "readsWorkbooks": ContactFile.readsWorkbooks,
                "dummyName": call.form["name"], "dummyCount": call.form.has("count") ? call.form["count"] : "100",
                "uploads": uploads.contactFiles(of: call.user).map { ["id": $0.id, "name": $0.fileName] },
            ], for: call.session, status: problem == nil ? .ok : .unprocessableContent)
    }

    static func path(of list: ContactList) -> String { "/contacts/list?name=\(list.name.percentEncoded)" }

    func showList(_ call: Call) throws -> Response {
        try listPage(call, workspace.contacts.list(named: call.query["name"]), problem: nil)
    }

    func listPage(_ call: Call, _ list: ContactList, problem: String?) throws -> Response {
        let search = call.query["search"].trimmed
        let found = try workspace.contacts.contacts(of: list, finding: search) { (count) in
            Paging(call.query["page"], count: count, size: Self.contactsOnPage).range
        }
        let paging = Paging(call.query["page"], count: found.count, size: Self.contactsOnPage)
        let source = list.origin.flatMap { (origin) in
            configuration.sources.open.first { type(of: $0).name == origin.service }
        }
        let message = Self.message(ofList: call.query["done"])
        return page(
            "list", list.name, in: .contacts,
            [
                "name": list.name, "query": list.name.percentEncoded, "contacts": grouped(list.contacts),
                "isOne": list.contacts == 1, "imported": list.importedAt.short, "search": search,
                "hasSearch": !search.isEmpty, "found": grouped(found.count), "isOnlyFound": found.count == 1,
                "headings": list.embeddedNames, "hasRows": !found.contacts.isEmpty,
                "rows": found.contacts.enumerated().map { (index, contact) in
                    var fields = Self.fields(of: contact)
                    fields["index"] = index
                    fields["title"] = contact.title
                    fields["idQuery"] = contact[.contactID].percentEncoded
                    fields["reference"] = contact.externalDataReference
                    fields["language"] = contact.language
                    fields["data"] = zip(list.embeddedNames, contact.embeddedData).map { ["heading": $0, "value": $1] }
                    return fields
                },
                "paging": paging.fields(
                    path: Self.path(of: list) + (search.isEmpty ? "" : "&search=\(search.percentEncoded)")),
                "origin": list.origin.map { configuration.sources.title(of: $0.service) + ": " + $0.name } ?? "",
                "hasOrigin": list.origin != nil, "canRefresh": source != nil,
                "message": message, "hasMessage": !message.isEmpty,
                "problem": problem.map(Self.sentence) ?? "", "hasProblem": problem != nil,
                "readsWorkbooks": ContactFile.readsWorkbooks,
            ], for: call.session, status: problem == nil ? .ok : .unprocessableContent)
    }

    private static let contactsOnPage = 50
    private static let listsOnPage = 50

    private static func message(ofList done: String) -> String {
        switch done {
        case "added": "The contact is added."
        case "changed": "The contact is changed."
        case "added-shared":
            "The contact is added. Another contact of the list has the same e-mail address; each gets a link."
        case "changed-shared":
            "The contact is changed. Another contact of the list has the same e-mail address; each gets a link."
        case "removed-contacts": "The contacts are removed from the list."
        default: ""
        }
    }

    func showListRemoval(_ call: Call) throws -> Response {
        let list = try workspace.contacts.list(named: call.query["name"])
        return page(
            "list-removal", "Remove \(list.name)", in: .contacts,
            ["name": list.name, "query": list.name.percentEncoded, "contacts": grouped(list.contacts)],
            for: call.session)
    }

    func removeList(_ call: Call) throws -> Response {
        let name = call.form["name"]
        try workspace.contacts.removeList(named: name)
        try record(.removedList, call, name: name)
        return .seeOther("/contacts?done=removed")
    }

    /// The pages and actions of single lists and their contacts.
    var listRoutes: [Route] {
        [
            .get("/contacts/list.csv", for: .editor, exportList),
            .get("/contacts/sample.csv", for: .editor, downloadSample),
            .post("/contacts/sample", for: .editor, importSample),
            .get("/contacts/remove", for: .editor, showListRemoval),
            .get("/contacts/contact", for: .editor, showContact),
            .post("/contacts/contact", for: .editor, saveContact),
            .post("/contacts/remove-contacts", for: .editor, removeContacts),
            .get("/contacts/merge", for: .editor, showMerge),
            .post("/contacts/merge", for: .editor, merge),
            .post("/contacts/refresh", for: .editor, refresh),
            .get("/contacts/erase", for: .editor, showErasure),
            .post("/contacts/erase", for: .editor, erase),
        ]
    }

    func makeDummies(_ call: Call) throws -> Response {
        let name = call.form["name"].trimmed
        let count: Int
        do throws(DistributionsError) {
            guard let number = Int(call.form["count"].filter { $0 != " " }), (1...5_000_000).contains(number) else {
                throw .invalid(what: "number of contacts", value: call.form["count"], expected: "1 to 5000000")
            }
            try workspace.contacts.checkIsFree(name, replacing: false)
            count = number
        } catch {
            return try listsPage(call, problem: error.description, at: .placeholders)
        }
        let id = try startImport(.makeDummies, name, total: count, call) { [self] (progress) in
            (try jobWorkspace.contacts.makeDummyList(count, name: name, at: clock(), progress: progress), [])
        }
        return .seeOther("/jobs/\(id)")
    }

    /// Starts a job that puts contacts into a list, and records what came of it.
    ///
    /// - Parameter upload: the file that they come from. Its page says why, when it can't be imported.
    func startImport(
        _ kind: Job.Kind, _ name: String, total: Int?, _ call: Call,
        of upload: Uploads.Upload? = nil,
        _ work:
            @escaping @Sendable (_ progress: @escaping ContactLibrary.ContactProgress) async throws -> (
                list: ContactList, warnings: [String]
            )
    ) throws -> Job.ID {
        let (user, address) = (call.user, call.origin.address)
        return try jobs.start(kind, name, total: total, by: user, at: call.now) { [self] (report) in
            do {
                let (list, warnings) = try await work { report($0, nil, nil) }
                try record(
                    Self.action(of: kind), by: user, from: address, name: name,
                    detail: "\(list.contacts) contacts"
                        + (list.origin.map { " of \($0.service)'s list \($0.id)" } ?? ""))
                return .imported(list, warnings: warnings)
            } catch {
                try? record(.importFailed, by: user, from: address, name: name)
                guard let upload else { return .failed(Self.advised(error)) }
                uploads.note(failure: Self.advised(error), of: upload)
                return .shown(at: "/contacts/uploads/\(upload.id)")
            }
        }
    }

    private static func action(of kind: Job.Kind) -> AuditTrail.Action {
        switch kind {
        case .makeDummies: .madeDummies
        case .mergeLists: .merged
        default: .imported
        }
    }
}
