/// A person, as a row of a contact list tells of them. What the list does not say is empty.
public struct Contact: Hashable, Sendable {
    /// Stands readable in the person's link: 1 to 64 bytes of UTF-8 without control characters.
    public var id: String
    public var firstName: String
    public var lastName: String
    public var email: String
    public var externalDataReference: String
    public var language: String
    /// The values of the list's embedded-data fields, in the list's order.
    public var embeddedData: [String]

    public init(
        id: String, firstName: String = "", lastName: String = "", email: String = "",
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
        get {
            switch field {
            case .contactID: id
            case .firstName: firstName
            case .lastName: lastName
            case .email: email
            case .externalDataReference: externalDataReference
            case .language: language
            }
        }
        set {
            switch field {
            case .contactID: id = newValue
            case .firstName: firstName = newValue
            case .lastName: lastName = newValue
            case .email: email = newValue
            case .externalDataReference: externalDataReference = newValue
            case .language: language = newValue
            }
        }
    }

    /// The name, or else the e-mail address, or else the ID.
    public var title: String {
        let name = [firstName, lastName].filter { !$0.isEmpty }.joined(separator: " ")
        return [name, email].first { !$0.isEmpty } ?? id
    }
}
