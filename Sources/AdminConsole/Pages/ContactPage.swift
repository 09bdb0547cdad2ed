import Distributions
import Encoding
import Hummingbird
import LinkToken

/// One contact of a list: added, changed, and several of them removed.
extension ConsoleService {
    /// The form for a contact, or for a new one where the query names none.
    func showContact(_ call: Call) throws -> Response {
        let list = try workspace.contacts.list(named: call.query["name"])
        let id = call.query["contact"]
        let contact = id.isEmpty ? nil : try workspace.contacts.contact(called: id, of: list)
        return contactPage(call, list, contact, problem: nil)
    }

    func saveContact(_ call: Call) throws -> Response {
        let library = workspace.contacts
        let list = try library.list(named: call.form["name"])
        let id = call.form["contact"]
        let contact = id.isEmpty ? nil : try library.contact(called: id, of: list)
        var edit = ContactEdit()
        for field in ContactField.allCases where call.form.has(field.rawValue) {
            // A contact keeps its ID, and one that is added without gets one.
            let value = call.form[field.rawValue].trimmed
            if field != .contactID || contact == nil && !value.isEmpty { edit.fields[field] = value }
        }
        for (column, name) in list.embeddedNames.enumerated() where call.form.has("data-\(column)") {
            edit.embeddedData[name] = call.form["data-\(column)"]
        }
        let edited: ContactLibrary.EditedContact
        do throws(DistributionsError) {
            edited =
                if let contact {
                    try library.changeContact(contact[.contactID], of: list.name, edit)
                } else {
                    try library.addContact(edit, to: list.name)
                }
        } catch {
            switch error {
            case .invalid, .exists: return contactPage(call, list, contact, problem: error)
            default: throw error
            }
        }
        try record(contact == nil ? .addedContact : .changedContact, call, name: list.name)
        return .seeOther(
            Self.path(of: list) + "&done=" + (contact == nil ? "added" : "changed")
                + (edited.sharingEmail > 0 ? "-shared" : ""))
    }

    private func contactPage(
        _ call: Call, _ list: ContactList, _ contact: Contact?, problem: DistributionsError?
    ) -> Response {
        let wrong = problem.map { Self.field(of: $0) }
        let order: [ContactField] = [.firstName, .lastName, .email, .language, .externalDataReference, .contactID]
        let fields = order.filter { contact == nil || $0 != .contactID }.map { (field) in
            let isWrong = wrong == .some(field)
            return [
                "id": field.rawValue, "title": field.heading, "mode": field == .email ? "email" : "text",
                "value": call.form.has(field.rawValue) ? call.form[field.rawValue] : contact?[field] ?? "",
                "hint": field == .contactID ? "Leave it empty for a new one. It can be read in the link." : "",
                "isWrong": isWrong, "problem": isWrong ? problem.map(Self.words(forContact:)) ?? "" : "",
            ] as [String: Any]
        }
        let data = list.embeddedNames.enumerated().map { (column, name) in
            [
                "id": "data-\(column)", "title": name, "mode": "text",
                "value": call.form.has("data-\(column)")
                    ? call.form["data-\(column)"] : contact?.embeddedData[column] ?? "",
                "hint": "", "isWrong": false, "problem": "",
            ] as [String: Any]
        }
        let title = contact.map { "Edit \($0.title)" } ?? "Add a contact"
        return page(
            "contact", title, in: .contacts,
            [
                "title": title, "list": list.name, "query": list.name.percentEncoded,
                "contact": contact?[.contactID] ?? "", "isNew": contact == nil, "fields": fields + data,
                "person": contact?.personKey ?? "",
                "hasProblem": problem != nil && wrong == .some(nil),
                "problem": problem.map(Self.words(forContact:)) ?? "",
            ], for: call.session, status: problem == nil ? .ok : .unprocessableContent)
    }

    /// The field that is wrong. Nil when it is the contact as a whole.
    private static func field(of error: DistributionsError) -> ContactField? {
        switch error {
        case .invalid("e-mail address", _, _): .email
        case .invalid("contact ID", _, _), .exists: .contactID
        default: nil
        }
    }

    private static func words(forContact error: DistributionsError) -> String {
        switch error {
        case .exists(_, let id): "Another contact of the list has the ID \(id)."
        case .invalid("contact", _, let expected): "The contact needs \(expected)."
        default: sentence(error.description)
        }
    }

    // MARK: Removing

    /// Asks, and removes when that was answered.
    func removeContacts(_ call: Call) throws -> Response {
        let list = try workspace.contacts.list(named: call.form["name"])
        let ids = Set(call.form.all("contact").compactMap { try? ContactID($0) })
        guard !ids.isEmpty else {
            return try listPage(call, list, problem: "select the contacts to remove first")
        }
        guard call.form["confirmed"] == "yes" else {
            var titles: [[String: Any]] = []
            try workspace.contacts.forEachContact(of: list) { (contact) throws(DistributionsError) in
                if let id = contact.id, ids.contains(id) { titles.append(Self.fields(of: contact)) }
                return titles.count < ids.count
            }
            return page(
                "removal", "Remove contacts", in: .contacts,
                [
                    "list": list.name, "query": list.name.percentEncoded, "contacts": titles,
                    "isOne": titles.count == 1,
                    "count": grouped(titles.count), "isAll": titles.count == list.contacts,
                    "isSome": !titles.isEmpty && titles.count < list.contacts,
                ], for: call.session)
        }
        let removed = try workspace.contacts.removeContacts(ids, from: list.name)
        try record(.removedContacts, call, name: list.name, detail: "\(removed) contacts")
        return .seeOther(Self.path(of: list) + "&done=removed-contacts")
    }
}
