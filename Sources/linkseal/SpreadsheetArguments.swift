import ArgumentParser
import Distributions

/// How the spreadsheet is written.
struct SpreadsheetArguments: ParsableArguments {
    @Option(help: "csv, tsv, jsonl, or xlsx for Excel (default: as the file is named, else csv).")
    var format: SpreadsheetFormat?

    @Flag(help: "Begin with a byte order mark, by which Excel knows UTF-8.")
    var bom = false

    @Option(help: ArgumentHelp("Columns by name, in order, with commas (default: all).", valueName: "names"))
    var columns: String?

    @Option(help: ArgumentHelp("The heading over the links.", valueName: "name"))
    var linkColumn: String?

    @Option(
        name: .customLong("for"),
        help: "Headings as one tool imports them: mailchimp, marketo, sendgrid, hubspot, word.")
    var mailMerge: MailMerge?

    /// - Parameter out: where the spreadsheet goes.
    func options(for out: String) throws -> SpreadsheetOptions {
        var options = SpreadsheetOptions()
        options.columns = columns.map { $0.split(separator: ",").map(\.trimmed) }
        options.linkHeading = linkColumn
        options.mailMerge = mailMerge
        options.format = format ?? SpreadsheetFormat(fileName: out) ?? .csv
        options.byteOrderMark = bom
        return options
    }
}

extension SpreadsheetFormat: ExpressibleByArgument {}
extension MailMerge: ExpressibleByArgument {}
