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

    /// - Throws: what is wrong with a contact ID. An empty cell means no ID.
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

/// What linkseal knows about a person by name. Every other column of a list is embedded data.
public enum ContactField: String, Hashable, Sendable, CaseIterable, Codable {
    case contactID
    case firstName
    case lastName
    case email
    case externalDataReference
    case language

    /// The heading over it in the files that linkseal writes.
    public var heading: String {
        switch self {
        case .contactID: "Contact ID"
        case .firstName: "First Name"
        case .lastName: "Last Name"
        case .email: "Email"
        case .externalDataReference: "External Data Reference"
        case .language: "Language"
        }
    }

    /// Nil unless the text is the name of a field, in any case, with any spaces and punctuation, or a usual heading.
    public init?(_ text: String) {
        let key = Self.key(of: text)
        guard let field = Self.allCases.first(where: { $0.usualHeadings.contains(key) }) else { return nil }
        self = field
    }

    /// A heading without case, spaces and punctuation.
    static func key(of heading: String) -> String {
        String(
            String.UnicodeScalarView(
                heading.lowercased().unicodeScalars.filter {
                    $0.properties.isAlphabetic || $0.properties.numericType != nil
                }))
    }
}

extension ContactID {
    /// A new ID of 12 characters, more than 2^56 of them, for a contact that has none.
    ///
    /// It begins with a letter and has no vowels, so that no spreadsheet takes it for a number, a date or a formula and
    /// no reader for a word, and none of the characters that are taken for each other (0 O, 1 l I).
    static func made(using generator: inout some RandomNumberGenerator) -> ContactID {
        let text = String(unsafeUninitializedCapacity: 12) { buffer in
            buffer[0] = madeLetters.randomElement(using: &generator)!
            for index in 1..<12 { buffer[index] = madeCharacters.randomElement(using: &generator)! }
            return 12
        }
        guard let id = try? ContactID(text) else { preconditionFailure("letters and digits are a contact ID") }
        return id
    }
}

private let madeLetters = Array("bcdfghjkmnpqrstvwxz".utf8)
private let madeCharacters = madeLetters + Array("23456789".utf8)
