import ArgumentParser
import Consumption
import ConsumptionLog
import ConsumptionPostgres
import Distributions
import LinkToken

struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "The consumption log: check, repair, compact, export, import.",
        subcommands: [Check.self, Repair.self, Compact.self, Export.self, Import.self])
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
    var tornEvents: Int
    var sound: Bool
    var damages: [String]
    var damageCount: Int
    var withoutStart: [Link]
    var dropped: [DroppedEvent]

    struct Link: Encodable {
        var distribution: String
        var serial: UInt32

        init(_ nonce: Nonce) {
            distribution = nonce.distribution.description
            serial = nonce.serial.rawValue
        }
    }

    struct DroppedEvent: Encodable {
        var link: Link
        var offset: UInt64
        var reason: String
    }

    init(_ report: LogReport) {
        path = report.path
        events = report.records
        distributions = report.distributions
        started = report.counts.started
        finished = report.counts.finished
        tornBytes = report.tornBytes
        tornEvents = report.tornRecords
        sound = report.isSound
        damages = report.damages.map { "offset \($0.offset), \($0.length) bytes: \($0.reason)" }
        if report.usedHeaderCopy { damages.insert("the header, of which the copy is sound", at: 0) }
        damageCount = report.damageCount + (report.usedHeaderCopy ? 1 : 0)
        withoutStart = report.linksWithoutStart.map(Link.init)
        dropped = report.dropped.compactMap { (damage) in
            damage.nonce.map { DroppedEvent(link: Link($0), offset: damage.offset, reason: damage.reason.description) }
        }
    }

    func printLines() {
        print(
            "\(path): \(events) events, \(started) links started, \(finished) finished, \(distributions) distributions."
        )
        if tornBytes > 0 {
            let kept = "A repair keeps the \(tornEvents) events in them that can be read."
            print("The last \(tornBytes) bytes were never acknowledged. \(sound ? "Opening drops them." : kept)")
        }
        for damage in damages { print("damage: \(damage)") }
        if damageCount > damages.count { print("… and \(damageCount - damages.count) more") }
        for link in withoutStart {
            print(
                "serial \(link.serial) of \(link.distribution) was finished; its start is lost; a repair keeps it used")
        }
        for event in dropped {
            print(
                "a repair drops an event of serial \(event.link.serial) of \(event.link.distribution)"
                    + " at offset \(event.offset): \(event.reason)")
        }
    }
}

extension LogCommand {
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Read a log from end to end and say what is wrong.")
        @OptionGroup var log: LogPath
        @OptionGroup var result: ResultOptions

        func run() throws {
            let report = LogReportText(try ConsumptionLog.check(at: log.path()))
            try result.show(report) {
                report.printLines()
                print(
                    report.sound
                        ? "The log is sound." : "The log is damaged: restore a copy, or run `linkseal log repair`.")
            }
            if !report.sound { throw ExitCode.failure }
        }
    }

    struct Repair: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write what can be read of a damaged log to a new one.",
            discussion: """
                The old log stays as it is. A link stays used if any event of it can be read. Links all of whose events were in \
                the damaged part work again; restoring a sound copy of the log may lose fewer.

                  linkseal log repair --out repaired.log
                """)
        @OptionGroup var log: LogPath
        @OptionGroup var result: ResultOptions
        @Option(help: ArgumentHelp("The new log.", valueName: "file"))
        var out: String

        private struct Repaired: Encodable {
            var old: LogReportText
            var new: String
            var newEvents: UInt64
        }

        func run() throws {
            let report = try ConsumptionLog.repair(at: log.path(), to: out)
            let repaired = Repaired(old: LogReportText(report.survey), new: out, newEvents: report.records)
            try result.show(repaired) {
                repaired.old.printLines()
                print(
                    "\(report.records) events are in \(out). Stop serving, move it into the place of the old log, and keep"
                        + " the old one."
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

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print every event as CSV or JSON lines, or write the events of a store into a log.",
            discussion: """
                  linkseal log export > events.csv
                  linkseal log export --format jsonl --distribution "NPS Q4"
                  linkseal log export --store postgres://edge@db.example.com/linkseal --out consumption.log
                """)
        @OptionGroup var log: LogPath
        @OptionGroup var store: StoreOptions
        @OptionGroup var result: ResultOptions
        @Option(help: "csv or jsonl (default: csv, or jsonl with --json).")
        var format: EventFormat?
        @Option(help: ArgumentHelp("Only events of this distribution.", valueName: "distribution"))
        var distribution: String?
        @Option(help: ArgumentHelp("With --store: a new consumption log to write.", valueName: "file"))
        var out: String?

        func validate() throws {
            if result.json, format == .csv { throw ValidationError("--json and --format csv exclude each other.") }
            if out != nil, store.store == nil { throw ValidationError("--out goes with --store.") }
            if out != nil, distribution != nil {
                throw ValidationError("--out writes the whole log, without --distribution.")
            }
        }

        private struct Exported: Encodable {
            var path: String
            var events: UInt64
        }

        func run() async throws {
            let format = format ?? (result.json ? .jsonLines : .csv)
            let id = try distribution.map { (text) in
                try DistributionID(text) ?? log.workspace.open().distributions.distribution(called: text).id
            }
            #if PostgreSQL
                if let address = try store.address() {
                    try await withStore(address) { (opened) in
                        if let out {
                            let exported = Exported(
                                path: out, events: try await ConsumptionLog.write(opened, to: out))
                            try result.show(exported) { print("\(exported.events) events are in \(out).") }
                        } else {
                            try await opened.export(as: format, distribution: id) { printData($0) }
                        }
                    }
                    return
                }
            #else
                try store.refuse()
            #endif
            try await LogReader(path: log.path()).export(as: format, distribution: id) { printData($0) }
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take the events of a log over into another one, or into the store that edges share.",
            discussion: """
                The earlier start and the earlier finish of a link count, and what was reset stays so. Importing again adds \
                what came since. The log may be served meanwhile: its server then takes the events over.

                  linkseal log import other-edge.log
                  linkseal log import finishes.log --log /var/lib/linkseal/consumption.log
                  linkseal log import consumption.log --store postgres://edge@db.example.com/linkseal
                """)
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var result: ResultOptions
        @Argument(
            help: ArgumentHelp("The log to read (with --store, default: that of the workspace).", valueName: "file"))
        var file: String?
        @Option(
            help: ArgumentHelp("The log to take the events over into (default: the workspace's).", valueName: "file"))
        var log: String?

        func validate() throws {
            if store.store == nil, file == nil { throw ValidationError("Name the log to import, or give --store.") }
            if store.store != nil, log != nil { throw ValidationError("Give --log or --store, not both.") }
        }

        private struct Imported: Encodable {
            var events, links, added, changed: Int
        }

        func run() async throws {
            let path = try file ?? workspace.open().consumptionLogPath
            let target = try EventTarget(log: log, store: store, in: workspace)
            let report = try await target.takeOver(LogReader(path: path).histories())
            let imported = Imported(
                events: report.events, links: report.links, added: report.added, changed: report.changed)
            try result.show(imported) {
                print(
                    "\(report.links) links of \(path): \(report.added) are new in \(target), \(report.changed) changed."
                )
            }
        }
    }
}

#if PostgreSQL
    /// Opens a store that must answer, and closes it again.
    func withStore<Result>(
        _ address: StoreAddress, _ body: (PostgresStore) async throws -> Result
    ) async throws -> Result {
        let store = try await PostgresStore.open(address)
        do {
            if let failure = store.failure { throw failure }
            let result = try await body(store)
            await store.close()
            return result
        } catch {
            await store.close()
            throw error
        }
    }
#endif

extension EventFormat: ExpressibleByArgument {}
