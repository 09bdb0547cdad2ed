import Distributions
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
                "isEmpty": lists.isEmpty, "hasMarketo": configuration.marketo != nil,
                "limit": grouped(MultipartUpload.fileLimit >> 20),
                "lists": lists.map {
                    [
                        "name": $0.name, "query": $0.name.percentEncoded, "contacts": grouped($0.contacts),
                        "imported": $0.importedAt.description, "importedShort": $0.importedAt.day,
                        "fields": $0.embeddedNames.joined(separator: ", "),
                        "origin": $0.origin.map { "Marketo: \($0.name)" } ?? "", "hasOrigin": $0.origin != nil,
                    ] as [String: Any]
                },
                "hasMessage": done == "removed", "message": done == "removed" ? "The list is removed." : "",
                "hasProblem": problem != nil, "problem": problem.map(Self.sentence) ?? "",
            ], for: call.session, status: problem == nil ? status : .unprocessableContent)
    }

    func showList(_ call: Call) throws -> Response {
        let list = try workspace.contacts.list(named: call.query["name"])
        let search = call.query["search"].trimmedSpaces
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
                    fields["data"] = contact.embeddedData
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
        let name = call.form["name"].trimmedSpaces
        do throws(DistributionsError) {
            guard let count = Int(call.form["count"].filter { $0 != " " }), (1...5_000_000).contains(count) else {
                throw .invalid(what: "number of contacts", value: call.form["count"], expected: "1 to 5000000")
            }
            let list = try workspace.contacts.makeDummyList(count, name: name, at: call.now)
            return try imported(call, .madeDummies, list)
        } catch {
            return try listsPage(call, problem: error.description)
        }
    }

    private func imported(
        _ call: Call, _ action: AuditTrail.Action, _ list: ContactList
    ) throws(DistributionsError) -> Response {
        do {
            try record(action, call, name: list.name, detail: "\(list.contacts) contacts")
        } catch {
            throw .invalid(what: "audit trail", value: files.auditTrail, expected: "a file that can be written")
        }
        return .seeOther("/contacts/list?name=\(list.name.percentEncoded)")
    }
}
