import ArgumentParser
import Distributions

/// How the spreadsheet is written.
struct SpreadsheetArguments: ParsableArguments {
    @Option(help: "csv, tsv, jsonl, or xlsx for Excel (default: as the file is named, else csv).")
    var format: SpreadsheetFormat?

    @OptionGroup var csv: CSVArguments

    @Option(help: ArgumentHelp("Columns by name, in order, with commas (default: all).", valueName: "names"))
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

    func validate() throws { try csv.check(isForExcel: target == .excel) }

    /// - Parameter out: where the spreadsheet goes.
    func options(for out: String) throws -> SpreadsheetOptions {
        var options = SpreadsheetOptions()
        options.columns = columns.map { $0.split(separator: ",").map(\.trimmed) }
        options.linkHeading = linkColumn
        options.format = format ?? SpreadsheetFormat(fileName: out) ?? .csv
        if target == .excel, options.format != .csv {
            throw Failure("--for excel is about CSV, and this is \(options.format); leave one of them out")
        }
        if case .mailMerge(let mailMerge) = target { options.mailMerge = mailMerge }
        options.csv = csv.dialect(isForExcel: target == .excel)
        return options
    }
}

extension SpreadsheetOptions {
    /// Says what stands in the mail where the link goes.
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
