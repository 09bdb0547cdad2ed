import ArgumentParser
import Consumption
import ConsumptionLog
import Distributions
import LinkToken
import Trust

/// How the times of an export are to be read.
struct ResponseTimeArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The heading of the column that says when a response was submitted (default: a usual one).",
            valueName: "heading"))
    var timeColumn: String?

    @Option(
        help: ArgumentHelp(
            "The time zone of times for which the export names none: UTC, Europe/Berlin or +02:00.",
            valueName: "zone"), transform: ResponseTimeZone.argument)
    var timeZone: ResponseTimeZone?

    @Option(
        help: ArgumentHelp(
            "Which comes first in dates such as 1/2/2027: mdy for the month, dmy for the day (default: as the export proves).",
            valueName: "order"))
    var dateOrder: ResponseTime.DateOrder?

    @Flag(help: "Count surveys as finished now, whatever the export says.")
    var now = false

    private var readsTimes: Bool { timeColumn != nil || timeZone != nil || dateOrder != nil }

    func validate() throws {
        if now, readsTimes {
            throw ValidationError("--now goes without --time-column, --time-zone and --date-order.")
        }
    }

    var options: ResponseTimeOptions {
        var options = ResponseTimeOptions()
        options.column = timeColumn
        options.zone = timeZone
        options.isNow = now
        options.dateOrder = dateOrder
        return options
    }
}

extension ResponseTimeZone {
    /// - Throws: what else to write, since abbreviations such as CET or MEZ look like names too.
    static func argument(_ text: String) throws -> ResponseTimeZone {
        guard let zone = ResponseTimeZone(named: text) else {
            throw ValidationError("Name a place, such as Europe/Berlin, or UTC, or an offset such as +02:00.")
        }
        return zone
    }
}

extension ResponseTime.DateOrder: ExpressibleByArgument {}

/// Reads from an export who finished, and says what it found.
func readFinishes(
    _ request: FinishRequest, of distributions: [Distribution], in workspace: Workspace
) throws -> FinishReport {
    let sessions = try Keyring(opening: workspace.keyringDirectory).sessionKeyring()
    let report = try workspace.distributions.finishes(request, of: distributions, sessions: sessions, at: .now)
    for refused in report.refused {
        note("\(request.responses), line \(refused.line): no finish is recorded: \(refused.reason.rawValue)")
    }
    if report.refusals.keys.contains(where: { $0 != .unreadableTime }) { note("Is the time zone the right one?") }
    if report.refusals[.unreadableTime] != nil { note("Without times, --now counts surveys as finished now.") }
    if let column = report.timeColumn {
        let zone = report.timeZone.map { ", which is in \($0) as the export says" } ?? ""
        note("Took the time from the column \"\(column)\"\(zone).")
    } else if !request.times.isNow {
        note("No column says when responses were submitted, so they count as finished now.")
    }
    return report
}

/// How a survey tool's export is read, and for which distributions.
struct ExportOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Only this distribution; can be given again (default: all).", valueName: "distribution"))
    var distribution: [String] = []

    @Option(help: ArgumentHelp("comma, semicolon or tab (default: detected).", valueName: "name"))
    var delimiter: CSVSeparator?

    /// Those that were named, or all.
    func distributions(in library: DistributionLibrary) throws -> [Distribution] {
        try distribution.isEmpty ? library.all() : distribution.map { try library.distribution(called: $0) }
    }
}

extension ResultsCommand {
    struct Finish: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record a finish for every response that came by a genuine session.",
            discussion: """
                For survey tools that can't send participants to /done. A survey counts as finished at the response's own \
                time if the export has one. What was finished before stays as it is, so running it again records only what \
                is new. An edge that serves the log meanwhile takes the finishes over.

                  linkseal results finish responses.csv --time-zone Europe/Berlin
                  linkseal results finish responses.csv --store postgres://edge@db.example.com/linkseal

                For an edge elsewhere, they go into a file that `linkseal log import` takes there:

                  linkseal results finish responses.csv --out finishes.log
                """)
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var result: ResultOptions

        @Argument(help: ArgumentHelp("The export; - is standard input.", valueName: "file"))
        var responses: String

        @Option(
            help: ArgumentHelp("The heading of the column with the session (default: found).", valueName: "heading"))
        var column: String?

        @OptionGroup var export: ExportOptions

        @OptionGroup var times: ResponseTimeArguments

        @Option(help: ArgumentHelp("The log to record them in (default: the workspace's).", valueName: "file"))
        var log: String?

        @Option(
            help: ArgumentHelp(
                "Write them to a new file instead, for `linkseal log import` on an edge.", valueName: "file"))
        var out: String?

        func validate() throws {
            if [store.store, log, out].count(where: { $0 != nil }) > 1 {
                throw ValidationError("Give only one of --log, --store and --out.")
            }
        }

        private struct Finished: Encodable {
            struct Refused: Encodable {
                var line: Int
                var reason: String
            }
            var column: String
            var timeColumn: String?
            var responses, finishes: Int
            var others, refusals: [String: Int]
            var refused: [Refused]
            var links: Int
            /// Nil for a file.
            var recorded, known, reset: Int?

            init(_ report: FinishReport) {
                (column, timeColumn) = (report.column, report.timeColumn)
                (responses, finishes) = (report.responses, report.finishes.count)
                others = Dictionary(uniqueKeysWithValues: report.others.map { ($0.key.name, $0.value) })
                refusals = Dictionary(uniqueKeysWithValues: report.refusals.map { ($0.key.rawValue, $0.value) })
                refused = report.refused.map { Refused(line: $0.line, reason: $0.reason.rawValue) }
                links = report.histories.links
            }
        }

        func run() async throws {
            let opened = try workspace.open()
            let distributions = try export.distributions(in: opened.distributions)
            var request = FinishRequest(responses: responses)
            request.column = column
            request.separator = export.delimiter
            request.times = times.options
            let report = try readFinishes(request, of: distributions, in: opened)
            note("Took the session from the column \"\(report.column)\".")
            var finished = Finished(report)
            let summary: String
            if let out {
                try ConsumptionLog.write(report.histories, to: out)
                summary = "Finishes written to \(out): \(finished.links). Run `linkseal log import \(out)` on the edge."
            } else {
                let target = try EventTarget(log: log, store: store, in: workspace)
                let counts = try await target.record(report.finishes, of: distributions)
                (finished.recorded, finished.known) = (counts.recorded, counts.known)
                finished.reset = counts.wereReset
                summary = "Finishes recorded in \(target): \(counts)."
            }
            try result.show(finished) {
                print(
                    "\(finished.finishes) of \(report.responses) responses came by a genuine session and were submitted."
                )
                for match in ResponseMatch.all {
                    if let count = report.others[match] { print("  \(match.name)  \(count)") }
                }
                for reason in FinishRefusal.allCases {
                    if let count = report.refusals[reason] { print("  \(reason.rawValue)  \(count)") }
                }
                print("\(summary)")
            }
            if out == nil, store.store == nil { try warnAboutEdges(of: opened) }
            // Whoever sends reminders next must know.
            if !report.refusals.isEmpty { throw ExitCode.failure }
        }

        /// A finish in this log closes no link elsewhere.
        private func warnAboutEdges(of workspace: Workspace) throws {
            let edges = try workspace.edges.all().filter { !$0.isRetired }.map(\.name)
            guard !edges.isEmpty else { return }
            warn(
                "\(edges.joined(separator: ", ")) can't know of these finishes and would let people come back; write them"
                    + " with --out FILE too, and run `linkseal log import FILE --log LOG` there")
        }
    }
}
