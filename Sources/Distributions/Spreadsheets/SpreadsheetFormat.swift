/// How a spreadsheet of links is written.
public enum SpreadsheetFormat: String, Hashable, Sendable, CaseIterable {
    /// RFC 4180.
    case csv
    /// As CSV, with tabs between the cells.
    case tsv
    /// One JSON object a line, named by the headings. No formula guard: no spreadsheet reads it.
    case jsonl
    /// An Excel workbook. Every cell is text, so it needs no formula guard; links can be clicked.
    case xlsx

    /// The format that a file's name says. Nil for a name that says nothing.
    public init?(fileName: String) {
        guard let dot = fileName.lastIndex(of: "."), fileName[dot...].dropFirst().allSatisfy(\.isASCII) else {
            return nil
        }
        self.init(rawValue: fileName[dot...].dropFirst().lowercased())
    }
}

/// What imports the spreadsheet, and the headings that it knows.
public enum MailMerge: String, Hashable, Sendable, CaseIterable {
    /// Mailchimp asks for `Email Address`.
    case mailchimp
    /// Marketo matches headings with the names of its fields.
    case marketo
    /// SendGrid takes letters, digits and underscores, and knows `email`, `first_name`, `last_name`, `external_id`.
    case sendgrid
    /// HubSpot matches headings with the labels of its properties.
    case hubspot
    /// Word takes letters, digits and underscores, 40 at most, and needs a byte order mark to see UTF-8.
    case word

    var needsByteOrderMark: Bool { self == .word }

    /// How many characters a text field of it holds: 255 for a merge field of Mailchimp, a string field of Marketo and a
    /// merge field of Word.
    public var fieldLengthLimit: Int? {
        switch self {
        case .mailchimp, .marketo, .word: 255
        case .sendgrid, .hubspot: nil
        }
    }

    /// The heading that this tool wants over a column.
    func heading(of column: SpreadsheetColumn) -> String {
        switch self {
        case .mailchimp, .marketo:
            return column.content == .field(.email) ? "Email Address" : column.heading
        case .hubspot:
            return column.heading
        case .sendgrid:
            if column.content == .field(.externalDataReference) { return "external_id" }
            return Self.identifier(column.heading).lowercased()
        case .word:
            return String(Self.identifier(column.heading).prefix(40))
        }
    }

    /// Letters, digits and underscores, beginning with a letter.
    private static func identifier(_ heading: String) -> String {
        var text = ""
        for scalar in heading.unicodeScalars {
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            if isPlain { text.unicodeScalars.append(scalar) } else if text.last != "_" { text += "_" }
        }
        while text.last == "_" { text.removeLast() }
        guard let first = text.unicodeScalars.first, first.properties.isAlphabetic else { return "field_" + text }
        return text
    }
}
