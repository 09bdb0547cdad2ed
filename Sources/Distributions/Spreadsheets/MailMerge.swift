/// A program that imports the spreadsheet: the headings that it knows, and its placeholder for the link in mails.
///
/// To add a mail system, add an entry to ``all``.
///
/// ```swift
/// options.mailMerge = MailMerge(id: "brevo")
/// print(options.mergeField) // {{ contact.LINK }}
/// ```
public struct MailMerge: Sendable {
    /// What commands call it, such as `mailchimp`.
    public let id: String
    /// What its makers call it.
    public let name: String
    /// How many characters a text field of it holds, if that is less than mail programs take.
    public let fieldLengthLimit: Int?
    /// Whether merge fields are inserted from a menu there, and can't be typed.
    public let insertsFields: Bool
    let needsByteOrderMark: Bool
    /// The headings of its own fields.
    private let fields: [ContactField: String]
    /// How any other heading is spelled.
    private let spelling: @Sendable (_ heading: String) -> String
    private let placeholder: @Sendable (_ heading: String) -> String

    private init(
        _ id: String, _ name: String, fields: [ContactField: String] = [:], fieldLengthLimit: Int? = nil,
        insertsFields: Bool = false, needsByteOrderMark: Bool = false,
        spelling: @escaping @Sendable (String) -> String = { $0 },
        placeholder: @escaping @Sendable (_ heading: String) -> String
    ) {
        self.id = id
        self.name = name
        self.fields = fields
        self.fieldLengthLimit = fieldLengthLimit
        self.insertsFields = insertsFields
        self.needsByteOrderMark = needsByteOrderMark
        self.spelling = spelling
        self.placeholder = placeholder
    }

    /// Nil unless it is the ID of a mail system.
    public init?(id: String) {
        guard let known = Self.all.first(where: { $0.id == id }) else { return nil }
        self = known
    }

    /// The heading that this tool wants over a column.
    func heading(of column: SpreadsheetColumn) -> String {
        if case .field(let field) = column.content, let own = fields[field] { return own }
        return spelling(column.heading)
    }

    /// The placeholder in a mail for the text of a column.
    func mergeField(forHeading heading: String) -> String { placeholder(heading) }
}

extension MailMerge: Hashable {
    public static func == (a: MailMerge, b: MailMerge) -> Bool { a.id == b.id }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

extension MailMerge {
    /// Every mail system that linkseal knows.
    public static let all: [MailMerge] = [
        mailchimp, brevo, mailjet, sendgrid, hubspot, klaviyo, activeCampaign, marketo, marketingCloud, word,
        thunderbird,
        yamm, gmass,
    ]

    /// Asks for `Email Address`. A merge tag has 10 capital letters, digits and underscores at most; a merge field holds 255
    /// characters.
    static let mailchimp = MailMerge(
        "mailchimp", "Mailchimp", fields: [.email: "Email Address"], fieldLengthLimit: 255,
        placeholder: { "*|\(identifier($0).uppercased().prefix(10))|*" })

    /// Attributes are capital letters, digits and underscores.
    static let brevo = MailMerge(
        "brevo", "Brevo", fields: [.firstName: "FIRSTNAME", .lastName: "LASTNAME"],
        spelling: { identifier($0).uppercased() }, placeholder: { "{{ contact.\(identifier($0).uppercased()) }}" })

    /// Imported columns are contact properties, which `data` names; `var` names what comes with a call of its API.
    static let mailjet = MailMerge(
        "mailjet", "Mailjet", spelling: { identifier($0).lowercased() },
        placeholder: { "{{data:\(identifier($0).lowercased()):\"\"}}" })

    /// Custom fields are letters, digits and underscores; it has fields `email`, `first_name`, `last_name` and
    /// `external_id`.
    static let sendgrid = MailMerge(
        "sendgrid", "SendGrid", fields: [.externalDataReference: "external_id"],
        spelling: { identifier($0).lowercased() }, placeholder: { "{{\($0)}}" })

    /// Matches headings with the labels of its properties. The internal name of a new one is its label in lower case with
    /// underscores.
    static let hubspot = MailMerge(
        "hubspot", "HubSpot", placeholder: { "{{ contact.\(identifier($0).lowercased()) }}" })

    /// Headings become the names of custom properties as they are.
    static let klaviyo = MailMerge("klaviyo", "Klaviyo", placeholder: { "{{ person|lookup:'\($0)' }}" })

    /// The tag of a new field is its name in capital letters with underscores.
    static let activeCampaign = MailMerge(
        "activecampaign", "ActiveCampaign", placeholder: { "%\(identifier($0).uppercased())%" })

    /// Matches headings with the names of its fields. A string field holds 255 characters.
    static let marketo = MailMerge(
        "marketo", "Marketo", fields: [.email: "Email Address"], fieldLengthLimit: 255,
        placeholder: { "{{lead.\($0)}}" })

    /// Takes any name of an attribute that begins with a letter.
    static let marketingCloud = MailMerge(
        "marketing-cloud", "Salesforce Marketing Cloud", fields: [.email: "Email Address"], placeholder: { "%%\($0)%%" }
    )

    /// Takes letters, digits and underscores, 40 at most, and needs a byte order mark to see UTF-8. A merge field holds 255
    /// characters. Outlook's mail merge is Word's.
    static let word = MailMerge(
        "word", "Word", fieldLengthLimit: 255, insertsFields: true, needsByteOrderMark: true,
        spelling: { String(identifier($0).prefix(40)) }, placeholder: { "«\($0)»" })

    /// The add-on Mail Merge takes any heading.
    static let thunderbird = MailMerge("thunderbird", "Thunderbird's Mail Merge", placeholder: { "{{\($0)}}" })

    /// Yet Another Mail Merge takes any heading, and looks for `Email Address`.
    static let yamm = MailMerge("yamm", "YAMM", fields: [.email: "Email Address"], placeholder: { "{{\($0)}}" })

    /// Variables are letters and digits, so headings are too.
    static let gmass = MailMerge(
        "gmass", "GMass", fields: [.email: "EmailAddress"], spelling: { identifier($0).replacing("_", with: "") },
        placeholder: { "{\($0)}" })

}

/// Letters, digits and underscores, beginning with a letter.
private func identifier(_ heading: String) -> String {
    var text = ""
    for scalar in heading.unicodeScalars {
        let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
        if isPlain { text.unicodeScalars.append(scalar) } else if text.last != "_" { text += "_" }
    }
    while text.last == "_" { text.removeLast() }
    guard let first = text.unicodeScalars.first, first.properties.isAlphabetic else { return "field_" + text }
    return text
}
