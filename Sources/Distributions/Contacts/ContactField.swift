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

    /// The headings that mean this field, the ones that say it best first: when a file has several of them, the first
    /// is taken and the others are embedded data.
    ///
    /// They are those of Qualtrics' contact exports (`Contact ID`, `RecipientID`, `External Data Reference`), Marketo's
    /// (`Email Address`, `Id`), Mailchimp's (`EUID`, `LEID`), HubSpot's (`Record ID`) and of plain lists.
    var usualHeadings: [String] {
        switch self {
        case .contactID:
            [
                "contactid", "recipientid", "participantid", "respondentid", "personid", "customerid", "subscriberid",
                "leadid", "recordid", "euid", "leid", "id",
            ]
        case .firstName: ["firstname", "givenname", "forename", "fname", "recipientfirstname"]
        case .lastName: ["lastname", "surname", "familyname", "lname", "recipientlastname"]
        case .email:
            [
                "email", "emailaddress", "mail", "mailaddress", "primaryemail", "primaryemailaddress",
                "recipientemail",
            ]
        case .externalDataReference:
            ["externaldatareference", "externaldataref", "externalreference", "externalref", "extref", "externalid"]
        case .language: ["language", "lang", "preferredlanguage", "languagecode", "contactlanguage", "userlanguage"]
        }
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
