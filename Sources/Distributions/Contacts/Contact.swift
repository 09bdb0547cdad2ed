import LinkToken

/// A person, as a row of a contact list tells of them. What the list does not say is empty.
public struct Contact: Hashable, Sendable {
    /// Nil until a contact of a file or a service is taken in: every contact of a list or a distribution has one.
    public var id: ContactID?
    public var firstName: String
    public var lastName: String
    public var email: String
    public var externalDataReference: String
    public var language: String
    /// The values of the list's embedded-data fields, in the list's order.
    public var embeddedData: [String]

    public init(
        id: ContactID? = nil, firstName: String = "", lastName: String = "", email: String = "",
        externalDataReference: String = "", language: String = "", embeddedData: [String] = []
    ) {
        self.id = id
        self.firstName = firstName
        self.lastName = lastName
        self.email = email
        self.externalDataReference = externalDataReference
        self.language = language
        self.embeddedData = embeddedData
    }

    public subscript(field: ContactField) -> String {
        switch field {
        case .contactID: id?.text ?? ""
        case .firstName: firstName
        case .lastName: lastName
        case .email: email
        case .externalDataReference: externalDataReference
        case .language: language
        }
    }

    /// - Throws: what is wrong with a contact ID. An empty one is none.
    mutating func set(_ field: ContactField, to text: String) throws(ContactIDError) {
        switch field {
        case .contactID: id = text.isEmpty ? nil : try ContactID(text)
        case .firstName: firstName = text
        case .lastName: lastName = text
        case .email: email = text
        case .externalDataReference: externalDataReference = text
        case .language: language = text
        }
    }

    /// The name, or else the e-mail address, or else the ID.
    public var title: String {
        let name = [firstName, lastName].filter { !$0.isEmpty }.joined(separator: " ")
        return [name, email].first { !$0.isEmpty } ?? self[.contactID]
    }
}
