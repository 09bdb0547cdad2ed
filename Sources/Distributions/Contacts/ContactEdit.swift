import LinkToken

/// What shall be said of a contact from now on. What isn't named stays as it is.
public struct ContactEdit: Hashable, Sendable {
    /// The contact ID only of a contact that is added.
    public var fields: [ContactField: String] = [:]
    /// By the name of the list's field.
    public var embeddedData: [String: String] = [:]

    public init() {}

    /// - Throws: ``DistributionsError/invalid(what:value:expected:)`` for a field that the list does not have, an
    ///   invalid e-mail address or contact ID, and a contact that couldn't be told from the others.
    func apply(to contact: inout Contact, of list: ContactList) throws(DistributionsError) {
        for (field, value) in fields {
            do {
                try contact.set(field, to: value)
            } catch {
                throw .invalid(what: "contact ID", value: value, expected: "another one: \(error)")
            }
        }
        for (name, value) in embeddedData.sorted(by: { $0.key < $1.key }) {
            guard let column = list.embeddedNames.firstIndex(of: name) else {
                throw .invalid(
                    what: "field", value: name,
                    expected: list.embeddedNames.isEmpty
                        ? "none, since the list has no embedded data"
                        : "one of the list's: " + list.embeddedNames.joined(separator: ", "))
            }
            contact.embeddedData[column] = value
        }
        if let email = fields[.email], !email.isEmpty {
            guard let address = EmailAddress.repaired(email) else {
                throw .invalid(what: "e-mail address", value: email, expected: "one such as ada@customer.example")
            }
            contact.email = address
        }
        guard contact.id != nil || !contact.email.isEmpty || !contact.externalDataReference.isEmpty else {
            throw .invalid(
                what: "contact", value: contact.title,
                expected: "a contact ID, an e-mail address or an external data reference")
        }
    }
}
