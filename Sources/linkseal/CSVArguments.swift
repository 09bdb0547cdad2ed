import ArgumentParser
import Distributions

/// How a CSV file is written.
struct CSVArguments: ParsableArguments {
    @Flag(help: "Begin with a byte order mark, by which Excel knows UTF-8.")
    var bom = false

    @Option(
        help: ArgumentHelp(
            "Language and region of the computer with Excel, such as de or pt-BR: with a decimal comma, cells are separated"
                + " by semicolons (default: en).",
            valueName: "locale"))
    var locale: ExcelLocale?

    func check(isForExcel: Bool) throws {
        if locale != nil, !isForExcel { throw ValidationError("--locale goes with --for excel.") }
    }

    /// What the arguments ask for. For Excel, it is said which separator was taken.
    func dialect(isForExcel: Bool) -> CSVDialect {
        guard isForExcel else { return CSVDialect(byteOrderMark: bom) }
        let locale = locale ?? .english
        let dialect = CSVDialect.excel(in: locale)
        note("Cells are separated by \(dialect.separator)s, as Excel expects where the locale is \(locale.tag).")
        return dialect
    }
}

/// What a table is opened with, where no mail system imports it.
enum SpreadsheetProgram: String, ExpressibleByArgument, CaseIterable {
    case excel
}

extension ExcelLocale: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
