/// A column of a spreadsheet of links.
public struct SpreadsheetColumn: Hashable, Sendable {
    public var heading: String
    public var content: Content

    /// What stands in a column.
    public enum Content: Hashable, Sendable {
        case field(ContactField)
        case status
        case link
        case linkExpiration
        /// The expiration as a mail prints it.
        case linkExpires
        case startedAt
        /// What kind of program started the survey.
        case startedBy
        case finishedAt
        /// An embedded-data field, by its name.
        case embeddedData(String)
    }

    public init(heading: String, content: Content) {
        self.heading = heading
        self.content = content
    }

    public init(_ content: Content) {
        self.init(heading: content.heading, content: content)
    }
}

extension SpreadsheetColumn.Content {
    /// The usual heading.
    public var heading: String {
        switch self {
        case .field(let field): field.heading
        case .status: "Status"
        case .link: "Link"
        case .linkExpiration: "Link Expiration"
        case .linkExpires: "Link Expires"
        case .startedAt: "Started At"
        case .startedBy: "Started By"
        case .finishedAt: "Finished At"
        case .embeddedData(let name): name
        }
    }

    /// Nil unless the text names a column, in any case: one of linkseal's own, a field, or an embedded-data field.
    init?(_ text: String, embeddedNames: [String]) {
        let key = ContactField.key(of: text)
        let own: [Self] = [.status, .link, .linkExpiration, .linkExpires, .startedAt, .startedBy, .finishedAt]
        let fields = ContactField.allCases.map { Self.field($0) }
        if let column = (own + fields).first(where: { ContactField.key(of: $0.heading) == key }) {
            self = column
        } else if let name = embeddedNames.first(where: { $0 == text })
            ?? embeddedNames.first(where: { $0.lowercased() == text.lowercased() })
        {
            self = .embeddedData(name)
        } else if let field = ContactField(text) {
            self = .field(field)
        } else {
            return nil
        }
    }
}
