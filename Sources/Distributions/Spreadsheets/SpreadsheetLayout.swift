import Consumption
import Encoding
import LinkToken

/// Which columns a spreadsheet of links has, and how it is written.
///
/// ```swift
/// var layout = SpreadsheetLayout()
/// layout.mailMerge = MailMerge(id: "mailchimp")
/// ```
///
/// The usual columns are Contact ID, First Name, Last Name, Email, External Data Reference, Status, Link and Link
/// Expiration, then Language where contacts have one, and the embedded data in the list's order.
public struct SpreadsheetLayout: Sendable {
    /// Names of columns in the order wanted (headings, fields or embedded data); the usual ones when nil.
    public var columns: [String]?
    /// The heading over the links.
    public var linkHeading: String?
    /// What imports the spreadsheet.
    public var mailMerge: MailMerge?
    public var format = SpreadsheetFormat.csv
    /// How CSV is written. In TSV, cells are separated by tabs all the same.
    public var csv = CSVDialect()
    /// How the column Link Expires prints the expiration; nil leaves the column out.
    public var printedExpiration: PrintedDate?
    /// Whether Started At, the details of the start and Finished At are among the usual columns.
    public var showsTimes = false

    public init() {}

    /// The placeholder in the mail for the link, such as `*|LINK|*`. Nil without a mail merge, or without links.
    public var mergeField: String? {
        guard let mailMerge,
            columns?.contains(where: { SpreadsheetColumn.Content($0, embeddedNames: []) == .link }) != false
        else { return nil }
        return mailMerge.mergeField(forHeading: linkHeading ?? mailMerge.heading(of: SpreadsheetColumn(.link)))
    }

    /// How CSV and TSV are written.
    var dialect: CSVDialect {
        CSVDialect(
            separator: format == .tsv ? .tab : csv.separator,
            byteOrderMark: csv.byteOrderMark || mailMerge?.needsByteOrderMark == true)
    }

    /// From how many characters on a link is too long for what carries it.
    var linkLengthLimit: Int { mailMerge?.fieldLengthLimit ?? LinkLength.mailLimit }

    /// The columns for contacts with these fields.
    ///
    /// - Throws: ``DistributionsError/invalid(what:value:expected:)`` for a column that there is not, and for headings
    ///   that would appear twice.
    func columns(
        embeddedNames: [String], contactFields: Set<ContactField>
    ) throws(DistributionsError) -> [SpreadsheetColumn] {
        let own: [SpreadsheetColumn.Content] =
            [
                .field(.contactID), .field(.firstName), .field(.lastName), .field(.email),
                .field(.externalDataReference), .status, .link, .linkExpiration,
            ] + (printedExpiration == nil ? [] : [.linkExpires])
            + (showsTimes ? SpreadsheetColumn.Content.uses : [])
        var contents =
            own + (contactFields.contains(.language) ? [.field(.language)] : [])
            + embeddedNames.enumerated().map { .embeddedData(name: $1, index: $0) }
        if let chosen = columns {
            contents = []
            for name in chosen {
                guard let content = SpreadsheetColumn.Content(name.trimmed, embeddedNames: embeddedNames),
                    content != .linkExpires || printedExpiration != nil
                else {
                    throw .invalid(
                        what: "column", value: name,
                        expected: (own.map(\.heading) + ["Language"] + embeddedNames).joined(separator: ", "))
                }
                contents.append(content)
            }
        }
        var headings: Set<String> = []
        var columns: [SpreadsheetColumn] = []
        for content in contents {
            var column = SpreadsheetColumn(content)
            if let mailMerge { column.heading = mailMerge.heading(of: column) }
            if content == .link, let linkHeading { column.heading = linkHeading }
            // A field of the list may be called as one of linkseal's own columns, or two may come out the same.
            if self.columns == nil, case .embeddedData = content, headings.contains(column.heading.lowercased()) {
                let base = column.heading
                var number = 2
                while headings.contains(column.heading.lowercased()) {
                    column.heading = "\(base)_\(number)"
                    number += 1
                }
            }
            guard headings.insert(column.heading.lowercased()).inserted else {
                throw .invalid(what: "column", value: column.heading, expected: "each heading once")
            }
            columns.append(column)
        }
        return columns
    }
}

/// A column of a spreadsheet of links.
struct SpreadsheetColumn: Hashable, Sendable {
    var heading: String
    let content: Content

    /// With the usual heading.
    init(_ content: Content) {
        heading = content.heading
        self.content = content
    }

    /// The content of a column.
    enum Content: Hashable, Sendable {
        case field(ContactField)
        case status
        case link
        case linkExpiration
        /// The expiration as a mail prints it.
        case linkExpires
        case startedAt
        case startDetail(StartDetails.Field)
        case finishedAt
        case embeddedData(name: String, index: Int)

        var heading: String {
            switch self {
            case .field(let field): field.heading
            case .status: "Status"
            case .link: "Link"
            case .linkExpiration: "Link Expiration"
            case .linkExpires: "Link Expires"
            case .startedAt: "Started At"
            case .startDetail(let field): field.heading
            case .finishedAt: "Finished At"
            case .embeddedData(let name, _): name
            }
        }

        /// What is known of the use of a link.
        static let uses: [Self] =
            [.startedAt] + StartDetails.Field.allCases.map { .startDetail($0) } + [.finishedAt]
        /// Those that are neither a contact's field nor embedded data.
        static let own: [Self] = [.status, .link, .linkExpiration, .linkExpires] + uses

        /// Nil unless the text names a column, in any case: one of linkseal's own, a field, or an embedded-data field.
        init?(_ text: String, embeddedNames: [String]) {
            let key = ContactField.key(of: text)
            let fields = ContactField.allCases.map { Self.field($0) }
            if let column = (Self.own + fields).first(where: { ContactField.key(of: $0.heading) == key }) {
                self = column
            } else if let index = embeddedNames.firstIndex(of: text)
                ?? embeddedNames.firstIndex(where: { $0.lowercased() == text.lowercased() })
            {
                self = .embeddedData(name: embeddedNames[index], index: index)
            } else if let field = ContactField(text) {
                self = .field(field)
            } else {
                return nil
            }
        }
    }
}

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
