import ArgumentParser
import Distributions
import Encoding

/// How the spreadsheet is written.
struct SpreadsheetArguments: ParsableArguments {
    @Option(help: "csv, tsv, jsonl, or xlsx for Excel (default: as the file is named, else csv).")
    var format: SpreadsheetFormat?

    @OptionGroup var csv: CSVArguments

    @Option(help: ArgumentHelp("Columns by name, in order, separated by commas (default: all).", valueName: "names"))
    var columns: String?

    @Option(help: ArgumentHelp("The heading over the links.", valueName: "name"))
    var linkColumn: String?

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "excel: CSV that Excel opens with a double click, where --locale is the computer's. Or headings as a mail"
                + " system imports them.",
            valueName: "program"))
    var target: SpreadsheetTarget?

    @Option(
        help: ArgumentHelp(
            "Add a column Link Expires to print in the mail: \(PrintedDate.styles.map(\.0).joined(separator: ", ")), or a"
                + " pattern such as '%d.%m.%Y, %H:%M'.",
            valueName: "style"))
    var dateFormat: String?

    @Option(
        help: ArgumentHelp(
            "The time zone of that column: UTC, Europe/Berlin or +02:00 (default: UTC).", valueName: "zone"),
        transform: ResponseTimeZone.argument)
    var timeZone: ResponseTimeZone?

    func validate() throws {
        try csv.check(isForExcel: target == .excel)
        if timeZone != nil, dateFormat == nil { throw ValidationError("--time-zone goes with --date-format.") }
        guard dateFormat != nil else { return }
        if printedExpiration == nil {
            throw ValidationError(
                "--date-format takes \(PrintedDate.styles.map(\.0).joined(separator: ", ")), or a pattern of %Y, %m, %d, %B,"
                    + " %H, %I, %M and %p.")
        }
        if let columns, !columns.lowercased().split(separator: ",").map(\.trimmed).contains("link expires") {
            throw ValidationError("--date-format fills the column \"Link Expires\"; add it to --columns.")
        }
    }

    private var printedExpiration: PrintedDate? {
        dateFormat.flatMap { PrintedDate($0, in: timeZone ?? .utc) }
    }

    /// - Parameter out: where the spreadsheet goes.
    func layout(for out: String) throws -> SpreadsheetLayout {
        var layout = SpreadsheetLayout()
        layout.columns = columns.map { $0.split(separator: ",").map(\.trimmed) }
        layout.linkHeading = linkColumn
        layout.format = format ?? SpreadsheetFormat(fileName: out) ?? .csv
        if target == .excel, layout.format != .csv {
            throw CommandError("--for excel is about CSV, and this is \(layout.format); leave one of them out")
        }
        if case .mailMerge(let mailMerge) = target { layout.mailMerge = mailMerge }
        layout.printedExpiration = printedExpiration
        layout.csv = csv.dialect(isForExcel: target == .excel)
        return layout
    }
}

extension SpreadsheetArguments {
    typealias Mint = @Sendable (SpreadsheetLayout, MintingProgress.Report?) async throws(DistributionsError) -> Download

    /// Mints a distribution's links again, and says what a person should know of them.
    func mintAgain(to out: String, _ mint: @escaping Mint) async throws -> (download: Download, mergeField: String?) {
        let layout = try layout(for: out)
        let progress = ProgressLine("links")
        let download = try await interruptible { () throws(DistributionsError) in
            try await mint(layout, progress.report)
        }
        progress.end()
        for warning in download.warnings { warn(warning) }
        layout.noteMergeField()
        return (download, layout.mergeField)
    }
}

extension SpreadsheetLayout {
    /// Names the placeholder in the mail for the link.
    func noteMergeField() {
        guard let mailMerge, let mergeField else { return }
        let verb = mailMerge.insertsFields ? "insert the merge field" : "paste"
        note("In \(mailMerge.name), \(verb) \(mergeField) where the link goes.")
    }
}

/// What the spreadsheet is for.
enum SpreadsheetTarget: Hashable, ExpressibleByArgument {
    case excel
    case mailMerge(MailMerge)

    init?(argument: String) {
        if argument == "excel" {
            self = .excel
        } else if let mailMerge = MailMerge(id: argument) {
            self = .mailMerge(mailMerge)
        } else {
            return nil
        }
    }

    static var allValueStrings: [String] { ["excel"] + MailMerge.all.map(\.id) }
}

extension SpreadsheetFormat: ExpressibleByArgument {}
