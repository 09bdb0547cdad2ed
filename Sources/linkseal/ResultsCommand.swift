import ArgumentParser
import Distributions
import Encoding
import LinkToken
import Trust

struct ResultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results",
        abstract: "Add names and embedded data to the responses, and record who finished.",
        subcommands: [Join.self, Finish.self], defaultSubcommand: Join.self)

    struct Join: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Join a survey tool's export with the contacts, and list what doesn't match.",
            discussion: """
                Exports of LimeSurvey, Google Forms, Microsoft Forms, Qualtrics, SurveyMonkey, Typeform, REDCap and Formbricks \
                are read as they come.

                  linkseal results join responses.csv --by session --out joined.csv
                  linkseal results join responses.csv --by contact --distribution "NPS Q4" --column "Your ID" --out joined.csv
                  linkseal results join responses.csv --columns "Email,Distribution,Status,Finished At" --out joined.csv
                  linkseal results join responses.csv --finish --time-zone Europe/Berlin --out joined.csv
                  linkseal results join responses.csv --for excel --locale de --out joined.csv

                The output begins with a byte order mark if the export does.
                """)
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @OptionGroup var logs: LogOptions

        @Argument(help: ArgumentHelp("The export; - is standard input.", valueName: "file"))
        var responses: String

        @Option(help: "What identifies the respondent: session, contact or link.")
        var by: ResponseKey = .session

        @Option(help: ArgumentHelp("The heading of that column (default: detected).", valueName: "heading"))
        var column: String?

        @OptionGroup var export: ExportOptions

        @Option(
            help: ArgumentHelp(
                "Columns to add, in order, with commas: contact fields, embedded data, "
                    + ResultsColumn.own.map(\.heading).joined(separator: ", ")
                    + " (default: contact fields, embedded data and Match).",
                valueName: "names"))
        var columns: String?

        @Option(
            name: .customLong("for"),
            help: "excel: CSV that Excel opens with a double click, where --locale is the computer's.")
        var program: SpreadsheetProgram?

        @OptionGroup var csv: CSVArguments

        @Flag(
            inversion: .prefixedNo,
            help: "Put an apostrophe before cells that a spreadsheet might run as a formula.")
        var formulaGuard = true

        @Flag(help: "First record a finish for every response of a genuine session, as `results finish` does.")
        var finish = false

        @OptionGroup var times: ResponseTimeArguments

        @Option(help: ArgumentHelp("Where the joined table goes; - is standard output.", valueName: "file"))
        var out: String

        func validate() throws {
            try csv.check(isForExcel: program == .excel)
            guard finish else {
                if times.now { throw ValidationError("--now goes with --finish.") }
                return
            }
            if by != .session { throw ValidationError("--finish goes with --by session: nothing else proves it.") }
            // It is read twice.
            if responses == "-" { throw ValidationError("--finish needs a file, not standard input.") }
            if logs.log.count > 1 { throw ValidationError("--finish goes with one --log.") }
        }

        private struct Joined: Encodable {
            struct Row: Encodable {
                var line: Int
                var match: String
                var firstLine: Int?
            }
            var column: String
            var responses: Int
            var counts: [String: Int]
            var rows: [Row]
            var unchecked: [String]
            /// New ones. Nil without --finish.
            var finishes: Int?
            var countedFrom: [CountedUses.Source]

            init(_ report: ResultsReport, finishes: Int?, countedFrom: [CountedUses.Source]) {
                self.finishes = finishes
                self.countedFrom = countedFrom
                column = report.column
                responses = report.responses
                counts = Dictionary(uniqueKeysWithValues: report.counts.map { ($0.key.name, $0.value) })
                rows = report.rows.map { Row(line: $0.line, match: $0.match.name, firstLine: $0.firstLine) }
                unchecked = report.unchecked
            }
        }

        /// - Returns: how many are new.
        private func recordFinishes(of distributions: [Distribution]) async throws -> Int {
            var request = FinishRequest(responses: responses)
            request.column = column
            request.separator = export.delimiter
            request.times = times.options
            let report = try readFinishes(request, of: distributions, in: workspace.open())
            let target = try EventTarget(log: logs.log.first, store: logs.store, in: workspace)
            let counts = try await target.record(report.finishes, of: distributions)
            note("Finishes recorded in \(target): \(counts).")
            return counts.recorded
        }

        func run() async throws {
            let workspace = try workspace.open()
            let library = workspace.distributions
            let distributions = try export.distributions(in: library)
            let keyring = try Keyring(opening: workspace.keyringDirectory)
            var join = ResultsJoin(responses: responses, by: by, output: out)
            join.column = column
            join.separator = export.delimiter
            join.columns = columns.map { $0.split(separator: ",").map(\.trimmed) }
            if program == .excel { join.csv = csv.dialect(isForExcel: true) }
            join.addsByteOrderMark = csv.bom
            join.guardsFormulas = formulaGuard
            join.times = times.options
            // Before they are read for the columns Status and Finished At.
            let finishes = finish ? try await recordFinishes(of: distributions) : nil
            let counted = try await logs.counted(in: workspace)
            let uses = try await counted.accounts.uses(of: distributions)
            counted.say()
            let keys = try keyring.publishedKeys()
            let sessions = try keyring.sessionKeyring()
            let report = try library.joinResults(
                join, of: distributions, keys: keys, sessions: sessions, uses: uses, at: .now)
            for row in report.rows {
                let first = row.firstLine.map { ", first in line \($0)" } ?? ""
                note("\(responses), line \(row.line): \(row.match.name)\(first)")
            }
            note("Took the \(by.rawValue) from the column \"\(report.column)\".")
            if let fault = report.timeFault {
                note("It was not checked whether responses came too late: \(fault); \(fault.advice).")
            }
            for name in report.unchecked {
                note(
                    "No start of \"\(name)\" is in the log, so it was not checked that its responses came through an edge."
                )
            }
            guard !isStandardOutput(out) else {
                for line in summary(of: report) { note("\(line)") }
                return
            }
            try result.show(Joined(report, finishes: finishes, countedFrom: counted.sources)) {
                for line in summary(of: report) { print("\(line)") }
            }
        }

        private func summary(of report: ResultsReport) -> [String] {
            let place = isStandardOutput(out) ? "." : " in \(out)."
            let total = "\(report.withContact) of \(report.responses) responses have their contact beside them" + place
            return [total]
                + ResponseMatch.all.compactMap { (match) in
                    report.counts[match].map { "  \(match.name)  \($0)" }
                }
        }
    }
}

extension ResponseKey: ExpressibleByArgument {}
