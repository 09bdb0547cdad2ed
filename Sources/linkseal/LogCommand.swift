import ArgumentParser
import ConsumptionLog
import Distributions
import LinkToken

struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "The consumption log: check, repair, compact, export.",
        subcommands: [Check.self, Repair.self, Compact.self, Export.self])
}

/// Which log a command works on.
struct LogPath: ParsableArguments {
    @OptionGroup var workspace: WorkspaceOptions
    @Argument(help: ArgumentHelp("The log (default: that of the workspace).", valueName: "file"))
    var file: String?

    func path() throws -> String { try file ?? workspace.open().consumptionLogPath }
}

/// What a look at a log found.
struct LogReportText: Encodable {
    var path: String
    var events: UInt64
    var distributions, started, finished: Int
    var tornBytes: UInt64
    var sound: Bool
    var damages: [String]
    var damageCount: Int

    init(_ report: LogReport) {
        path = report.path
        events = report.records
        distributions = report.distributions
        started = report.counts.started
        finished = report.counts.finished
        tornBytes = report.tornBytes
        sound = report.isSound
        damages = report.damages.map { "offset \($0.offset), \($0.length) bytes: \($0.reason)" }
        damageCount = report.damageCount
    }

    func printLines() {
        print(
            "\(path): \(events) events, \(started) links started, \(finished) finished, \(distributions) distributions."
        )
        if tornBytes > 0 { print("The last \(tornBytes) bytes were never acknowledged; opening drops them.") }
        for damage in damages { print("damage: \(damage)") }
        if damageCount > damages.count { print("… and \(damageCount - damages.count) more") }
        print(sound ? "The log is sound." : "The log is damaged: restore a copy, or run `linkseal log repair`.")
    }
}

extension LogCommand {
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Read a log from end to end and say what is wrong.")
        @OptionGroup var log: LogPath
        @OptionGroup var result: ResultOptions

        func run() throws {
            let report = LogReportText(try ConsumptionLog.check(at: log.path()))
            try result.show(report) { report.printLines() }
            if !report.sound { throw ExitCode.failure }
        }
    }

    struct Repair: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write what can be read of a damaged log to a new one.",
            discussion: """
                The old log stays as it is. Events in the damaged part are lost: their links work again.

                  linkseal log repair --out repaired.log
                """)
        @OptionGroup var log: LogPath
        @OptionGroup var result: ResultOptions
        @Option(help: ArgumentHelp("The new log.", valueName: "file"))
        var out: String

        func run() throws {
            let report = LogReportText(try ConsumptionLog.repair(at: log.path(), to: out))
            try result.show(report) {
                report.printLines()
                print(
                    "What could be read is in \(out). Stop serving, move it into the place of the old log, and keep that."
                )
            }
        }
    }

    struct Compact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Rewrite a log that nobody serves as what its events came to.",
            discussion: "A log that is being served is compacted by its server: send it SIGUSR1.")
        @OptionGroup var log: LogPath
        @OptionGroup var result: ResultOptions

        private struct Compacted: Encodable {
            var path: String
            var eventsBefore, eventsAfter: UInt64
        }

        func run() async throws {
            let path = try log.path()
            let report = try await ConsumptionLog.compact(at: path)
            let compacted = Compacted(
                path: path, eventsBefore: report.recordsBefore, eventsAfter: report.recordsAfter)
            try result.show(compacted) {
                print("\(path): \(report.recordsBefore) events became \(report.recordsAfter).")
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print every event as CSV or JSON lines.",
            discussion: """
                  linkseal log export > events.csv
                  linkseal log export --format jsonl --distribution "NPS Q4"
                """)
        @OptionGroup var log: LogPath
        @Option(help: "csv or jsonl.")
        var format: LogReader.ExportFormat = .csv
        @Option(help: ArgumentHelp("Only events of this distribution.", valueName: "distribution"))
        var distribution: String?

        func run() throws {
            let id = try distribution.map { (text) in
                try DistributionID(text) ?? log.workspace.open().distributions.distribution(called: text).id
            }
            try LogReader(path: log.path()).export(as: format, distribution: id) { print($0, terminator: "") }
        }
    }
}

extension LogReader.ExportFormat: ExpressibleByArgument {}
