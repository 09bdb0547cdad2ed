import ArgumentParser
import Distributions
import LinkToken
import Trust

struct ResultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results",
        abstract: "Put names and embedded data beside the responses.",
        subcommands: [Join.self], defaultSubcommand: Join.self)

    struct Join: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Join a survey tool's export with the contacts, and list what does not match.",
            discussion: """
                Exports of Google Forms, LimeSurvey and Qualtrics are read as they come.

                  linkseal results join responses.csv --by session --out joined.csv
                  linkseal results join responses.csv --by contact --distribution "NPS Q4" --column "Your ID" --out joined.csv
                """)
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions

        @Argument(help: ArgumentHelp("The export; - is standard input.", valueName: "file"))
        var responses: String

        @Option(help: "What tells whose a response is: session, contact or link.")
        var by: ResponseKey = .session

        @Option(help: ArgumentHelp("The heading of the column with it (default: a usual one).", valueName: "heading"))
        var column: String?

        @Option(
            help: ArgumentHelp("Only this distribution; can be given again (default: all).", valueName: "distribution"))
        var distribution: [String] = []

        @Option(help: ArgumentHelp("comma, semicolon or tab (default: detected).", valueName: "name"))
        var delimiter: CSVSeparator?

        @Option(help: ArgumentHelp("Where the joined table goes; - is standard output.", valueName: "file"))
        var out: String

        private struct Joined: Encodable {
            struct Unmatched: Encodable {
                var line: Int
                var reason: String
            }
            struct Repetition: Encodable {
                var line, firstLine: Int
            }
            var column: String
            var responses, matched, repeated: Int
            var repetitions: [Repetition]
            var mismatches: [String: Int]
            var unmatched: [Unmatched]
        }

        func run() throws {
            let workspace = try workspace.open()
            let library = workspace.distributions
            let distributions =
                try distribution.isEmpty
                ? library.all() : distribution.map { try library.distribution(called: $0) }
            let keyring = try Keyring(opening: workspace.keyringDirectory)
            var join = ResultsJoin(responses: responses, by: by, output: out)
            join.column = column
            join.separator = delimiter
            let report = try library.joinResults(
                join, of: distributions, keys: keyring.publishedKeys(), sessions: keyring.sessionKeyring())
            for row in report.unmatched { note("\(responses), line \(row.line): \(row.reason.rawValue)") }
            for row in report.repetitions {
                note("\(responses), line \(row.line): repeats the response in line \(row.firstLine)")
            }
            note("Took the \(by.rawValue) from the column \"\(report.column)\".")
            let summary =
                [
                    "\(report.matched) of \(report.responses) responses have their contact beside them"
                        + (isStandardOutput(out) ? "." : " in \(out).")
                ]
                + (report.repeated > 0
                    ? ["Of these, \(report.repeated) came through a link that had a response already."] : [])
            guard !isStandardOutput(out) else {
                for line in summary { note("\(line)") }
                return
            }
            let joined = Joined(
                column: report.column, responses: report.responses, matched: report.matched,
                repeated: report.repeated,
                repetitions: report.repetitions.map { .init(line: $0.line, firstLine: $0.firstLine) },
                mismatches: Dictionary(uniqueKeysWithValues: report.mismatches.map { ($0.key.rawValue, $0.value) }),
                unmatched: report.unmatched.map { .init(line: $0.line, reason: $0.reason.rawValue) })
            try result.show(joined) {
                for line in summary { print("\(line)") }
            }
        }
    }
}

extension ResponseKey: ExpressibleByArgument {}
