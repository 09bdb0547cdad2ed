/// How a person wants a spreadsheet of links. It becomes a ``SpreadsheetLayout`` once the contacts' fields are known.
public struct SpreadsheetOptions: Sendable {
    /// Names of columns in the order wanted; the usual ones when nil.
    public var columns: [String]?
    /// The heading over the links.
    public var linkHeading: String?
    /// What imports the spreadsheet.
    public var mailMerge: MailMerge?
    public var format = SpreadsheetFormat.csv
    /// How CSV is written. In TSV, cells are separated by tabs all the same.
    public var csv = CSVDialect()
    /// How the column Link Expires prints the expiration; without it, there is no such column.
    public var printedExpiration: PrintedDate?

    public init() {}

    /// What stands in the mail where the link goes, such as `*|LINK|*`. Nil without a mail merge, or without links.
    public var mergeField: String? {
        guard let mailMerge,
            columns?.contains(where: { SpreadsheetColumn.Content($0, embeddedNames: []) == .link }) != false
        else { return nil }
        return mailMerge.mergeField(forHeading: linkHeading ?? mailMerge.heading(of: SpreadsheetColumn(.link)))
    }

    func layout(
        embeddedNames: [String], contactFields: Set<ContactField>, withTimes: Bool
    ) throws(DistributionsError) -> SpreadsheetLayout {
        try SpreadsheetLayout(
            embeddedNames: embeddedNames, hasLanguages: contactFields.contains(.language), columns: columns,
            linkHeading: linkHeading, mailMerge: mailMerge, format: format, csv: csv,
            printedExpiration: printedExpiration, withTimes: withTimes)
    }
}
