import Encoding
import LinkToken

/// Which columns a spreadsheet of links has, and how it is written.
///
/// ```swift
/// let layout = try SpreadsheetLayout(embeddedNames: list.embeddedNames, mailMerge: .mailchimp)
/// ```
///
/// The usual columns are Contact ID, First Name, Last Name, Email, External Data Reference, Status, Link and Link
/// Expiration, then Language where contacts have one, and the embedded data in the list's order.
public struct SpreadsheetLayout: Sendable {
    public let columns: [SpreadsheetColumn]
    public let format: SpreadsheetFormat
    /// How CSV and TSV are written.
    public let csv: CSVDialect
    let printedExpiration: PrintedDate?
    /// From how many characters on a link is too long for what carries it.
    let linkLengthLimit: Int

    /// - Parameters:
    ///   - embeddedNames: the embedded-data fields of the contacts.
    ///   - hasLanguages: whether Language is among the usual columns.
    ///   - columns: names of columns in the order wanted (headings, fields or embedded data); all when nil.
    ///   - linkHeading: the heading over the links.
    ///   - printedExpiration: how Link Expires prints the expiration; there is no such column without it.
    ///   - withTimes: whether Started At, Started By and Finished At are among the usual columns.
    /// - Throws: ``DistributionsError/invalid(what:value:expected:)`` for a column that there is not, and for headings
    ///   that would stand twice.
    public init(
        embeddedNames: [String], hasLanguages: Bool = false, columns chosen: [String]? = nil,
        linkHeading: String? = nil, mailMerge: MailMerge? = nil, format: SpreadsheetFormat = .csv,
        csv: CSVDialect = CSVDialect(), printedExpiration: PrintedDate? = nil, withTimes: Bool = false
    ) throws(DistributionsError) {
        let times: [SpreadsheetColumn.Content] = withTimes ? [.startedAt, .startedBy, .finishedAt] : []
        let usual: [SpreadsheetColumn.Content] =
            [
                .field(.contactID), .field(.firstName), .field(.lastName), .field(.email),
                .field(.externalDataReference), .status, .link, .linkExpiration,
            ] + (printedExpiration == nil ? [] : [.linkExpires]) + times
        var contents = usual + (hasLanguages ? [.field(.language)] : []) + embeddedNames.map { .embeddedData($0) }
        if let chosen {
            contents = []
            for name in chosen {
                guard let content = SpreadsheetColumn.Content(name.trimmed, embeddedNames: embeddedNames),
                    content != .linkExpires || printedExpiration != nil
                else {
                    throw .invalid(
                        what: "column", value: name,
                        expected: (usual.map(\.heading) + ["Language"] + embeddedNames).joined(separator: ", "))
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
            if chosen == nil, case .embeddedData = content, headings.contains(column.heading.lowercased()) {
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
        self.columns = columns
        self.format = format
        self.printedExpiration = printedExpiration
        linkLengthLimit = mailMerge?.fieldLengthLimit ?? LinkLength.mailLimit
        self.csv = CSVDialect(
            separator: format == .tsv ? .tab : csv.separator,
            byteOrderMark: csv.byteOrderMark || mailMerge?.needsByteOrderMark == true)
    }
}
