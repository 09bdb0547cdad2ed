import Distributions
import Encoding
import Hummingbird
import LinkToken
import Trust

/// The contact lists of the workspace.
extension ConsoleService {
    func showLists(_ call: Call) throws -> Response {
        try listsPage(call, problem: nil)
    }

    func listsPage(_ call: Call, problem: String?, status: HTTPResponse.Status = .ok) throws -> Response {
        let lists = try workspace.contacts.lists()
        let done = call.query["done"]
        return page(
            "lists", "Contact lists", in: .contacts,
            [
                "isEmpty": lists.isEmpty,
                "sources": configuration.sources.open.map { (source) in
                    ["path": Self.path(of: source), "title": type(of: source).title]
                },
                "limit": grouped(MultipartUpload.fileLimit >> 20),
                "lists": lists.map {
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
                "hasProblem": problem != nil, "problem": problem.map(Self.sentence) ?? "",
            ], for: call.session, status: problem == nil ? status : .unprocessableContent)
    }

    func showList(_ call: Call) throws -> Response {
        let list = try workspace.contacts.list(named: call.query["name"])
        let search = call.query["search"].trimmed
        var rows: [Contact] = []
        try workspace.contacts.forEachContact(of: list) { (contact) throws(DistributionsError) in
            if search.isEmpty || contact.matches(search) { rows.append(contact) }
            return rows.count < 50
        }
        return page(
            "list", list.name, in: .contacts,
            [
                "name": list.name, "query": list.name.percentEncoded, "contacts": grouped(list.contacts),
                "imported": list.importedAt.short, "search": search, "hasSearch": !search.isEmpty,
                "headings": list.embeddedNames, "hasRows": !rows.isEmpty, "isCut": rows.count == 50,
                "rows": rows.map { (contact) in
                    var fields = Self.fields(of: contact)
                    fields["reference"] = contact.externalDataReference
                    fields["language"] = contact.language
                    fields["data"] = zip(list.embeddedNames, contact.embeddedData).map { ["heading": $0, "value": $1] }
                    return fields
                },
            ], for: call.session)
    }

    func removeList(_ call: Call) throws -> Response {
        let name = call.form["name"]
        try workspace.contacts.removeList(named: name)
        try record(.removedList, call, name: name)
        return .seeOther("/contacts?done=removed")
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
            return try listsPage(call, problem: error.description)
        }
        let id = try startImport(.makeDummies, name, total: count, call) { [self] (progress) in
            (try jobWorkspace.contacts.makeDummyList(count, name: name, at: clock(), progress: progress), [])
        }
        return .seeOther("/jobs/\(id)")
    }

    /// Starts a job that puts contacts into a list, and records what came of it.
    func startImport(
        _ kind: Job.Kind, _ name: String, total: Int?, _ call: Call,
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
                    kind == .makeDummies ? .madeDummies : .imported, by: user, from: address, name: name,
                    detail: "\(list.contacts) contacts"
                        + (list.origin.map { " of \($0.service)'s list \($0.id)" } ?? ""))
                return .imported(list, warnings: warnings)
            } catch {
                try? record(.importFailed, by: user, from: address, name: name)
                return .failed(Self.advised(error))
            }
        }
    }
}
