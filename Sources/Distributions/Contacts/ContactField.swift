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
