import Consumption
import LinkToken
import Synchronization

/// The consumption log: an append-only file with the state of its links in memory.
///
/// ```swift
/// let log = try ConsumptionLog.open(at: "linkseal-data/consumption.log", mode: .existingOrNew)
/// if log.recovery.tornBytes > 0 { logger.notice("dropped \(log.recovery.tornBytes) bytes that a crash left") }
/// let outcome = try await log.start(link.nonce, at: now, details: details, terms: terms)
/// await log.close()
/// ```
///
/// Callers suspend until their record is durable. One thread writes: a batch is one write and one `fdatasync`, and the
/// next batch collects meanwhile, so throughput grows with the number of calls in flight. Calls can't be cancelled: a
/// record that is on its way can't be called back.
///
/// A failed write or sync is final. From then on every call throws `ConsumptionError.stopped(_:)`, and what the file
/// holds is decided when it is opened again. The same goes for a file that another program removed, replaced or cut
/// (`ConsumptionError.displaced(path:_:)`). A full disk is not final: calls throw `ConsumptionError.outOfSpace(_:)`
/// until there is room.
public final class ConsumptionLog: ConsumptionStore, Sendable {
    /// Where the log is: the file itself, where a symbolic link was opened.
    public let path: String
    /// What opening it found.
    public let recovery: Recovery
    let writer: Writer
    let fileSystem: any FileSystem
    let isCompacting = Atomic(false)

    /// Whether a log may be made.
    public enum OpenMode: Hashable, Sendable {
        /// It must exist. With an empty log in its place every link that was used would work again, so serving opens
        /// with this.
        case existing
        /// An empty one is made if there is none.
        case existingOrNew
    }

    /// What opening a log found.
    public struct Recovery: Hashable, Sendable {
        /// How many events it holds.
        public let records: UInt64
        /// The bytes at the end that a crash left and that were never acknowledged. They were dropped.
        public let tornBytes: UInt64
    }

    /// Makes an empty log, readable by its owner alone.
    ///
    /// - Throws: `ConsumptionError.alreadyExists(path:)`, `ConsumptionError.readOnly(path:)` or
    ///   `ConsumptionError.system(_:)`. No new file is left behind then.
    public static func create(at path: String) throws(ConsumptionError) {
        try LogOpening.create(at: path, in: SystemFileSystem())
    }

    /// Opens a log and locks it until it is closed. A symbolic link stands for the file that it leads to.
    ///
    /// Blocks while the file is read, 10 million events in about a second.
    ///
    /// - Throws: `ConsumptionError.missing(path:)`, `ConsumptionError.inUse(path:)`,
    ///   `ConsumptionError.readOnly(path:)`, `ConsumptionError.notALog(path:)`,
    ///   `ConsumptionError.unknownVersion(path:version:)`, `ConsumptionError.headerDamaged(path:copyIsSound:)`,
    ///   `ConsumptionError.damaged(path:_:)` or `ConsumptionError.system(_:)`.
    public static func open(
        at path: String,
        mode: OpenMode = .existing
    ) throws(ConsumptionError) -> ConsumptionLog {
        try open(at: path, mode: mode, in: SystemFileSystem())
    }

    package static func open(
        at path: String,
        mode: OpenMode = .existing,
        in fileSystem: any FileSystem
    ) throws(ConsumptionError) -> ConsumptionLog {
        if mode == .existingOrNew {
            do throws(ConsumptionError) {
                try LogOpening.create(at: path, in: fileSystem)
            } catch .alreadyExists {
                // The expected case.
            }
        }
        let opened = try LogOpening.open(path, in: fileSystem)
        let recovery = Recovery(records: opened.ending.records, tornBytes: opened.ending.tornBytes)
        let resolvedPath = opened.path
        let writer = Writer.start(opened.journal, opened.table)
        return ConsumptionLog(path: resolvedPath, recovery: recovery, writer: writer, fileSystem: fileSystem)
    }

    /// Does what opening does to a file, without serving it.
    package static func recover(at path: String, in fileSystem: any FileSystem) throws(ConsumptionError) -> Recovery {
        let opened = try LogOpening.open(path, in: fileSystem)
        opened.journal.file.close()
        return Recovery(records: opened.ending.records, tornBytes: opened.ending.tornBytes)
    }

    private init(path: String, recovery: Recovery, writer: Writer, fileSystem: any FileSystem) {
        self.path = path
        self.recovery = recovery
        self.writer = writer
        self.fileSystem = fileSystem
    }

    deinit {
        writer.requestClosing()
    }

    /// Writes what was accepted, accepts nothing more, and unlocks the file.
    public func close() async {
        await writer.close()
    }

    // MARK: Verbs

    public func start(
        _ nonce: Nonce, at time: UnixTime, details: StartDetails, terms: StartTerms
    ) async throws(ConsumptionError) -> StartOutcome {
        try await decide(nonce, at: terms.time(ofStartAt: time), details: details) {
            $0.start(at: time, terms: terms)
        }
    }

    public func finish(_ nonce: Nonce, at time: UnixTime) async throws(ConsumptionError) -> FinishOutcome {
        try await decide(nonce, at: time) { $0.finish(at: time) }
    }

    public func reset(_ nonce: Nonce, at time: UnixTime) async throws(ConsumptionError) -> ResetOutcome {
        try await decide(nonce, at: time) { $0.reset(at: time) }
    }

    public func state(of nonce: Nonce) async throws(ConsumptionError) -> LinkState {
        try await decide(nonce, at: .earliestRecordable) { Decision(outcome: $0) }
    }

    public func counts(of distribution: DistributionID) async throws(ConsumptionError) -> ConsumptionCounts {
        try await whenDurable { $0.counts(of: distribution, waiter: $1) }
    }

    private func decide<Outcome: Sendable>(
        _ nonce: Nonce,
        at time: UnixTime,
        details: StartDetails = .unknown,
        by rule: @Sendable (LinkState) -> Decision<Outcome>
    ) async throws(ConsumptionError) -> Outcome {
        guard time.isRecordable else { throw .timeOutOfRange(time) }
        return try await whenDurable { $0.decide(nonce, details: details, waiter: $1, by: rule) }
    }

    /// Decides under the lock, then suspends until the decision is durable.
    func whenDurable<Outcome: Sendable>(
        _ decision: @Sendable (inout Ledger, Ledger.Waiter) -> Ledger.Step<Outcome>
    ) async throws(ConsumptionError) -> Outcome {
        var outcome: Outcome?
        let failure = await withUnsafeContinuation { (waiter: Ledger.Waiter) in
            switch writer.ledger.withLock({ decision(&$0, waiter) }) {
            case .answer(let answer):
                outcome = answer
                waiter.resume(returning: nil)
            case .wait(let answer, let wakesWriter):
                outcome = answer
                if wakesWriter { writer.wake() }
            case .fail(let error):
                waiter.resume(returning: error)
            }
        }
        if let failure { throw failure }
        return outcome!
    }

    // MARK: Operations

    public var failure: ConsumptionError? { writer.ledger.withLock { $0.failure } }

    /// The numbers of now, for metrics.
    public var metrics: Metrics {
        let measured = writer.measurements.withLock { $0 }
        let (distributions, bytes) = writer.ledger.withLock { ($0.distributionCount, $0.pageBytes) }
        return Metrics(
            records: measured.records,
            batchSizes: measured.batchSizes,
            syncTimes: measured.syncTimes,
            distributions: distributions,
            stateBytes: bytes
        )
    }

    public struct Metrics: Hashable, Sendable {
        /// Events in the file. It falls at a compaction; otherwise a fall means that an older file was restored.
        public let records: UInt64
        /// Events in each batch since opening: how many calls shared a sync.
        public let batchSizes: Histogram
        /// How long each batch took to write and sync, in seconds.
        public let syncTimes: Histogram
        /// Distributions of which a link was used.
        public let distributions: Int
        /// Bytes that the state of the links takes in memory.
        public let stateBytes: Int
    }

    public var measurements: [StoreMeasurement] {
        let metrics = metrics
        return [
            StoreMeasurement("linkseal_log_records", .gauge(Double(metrics.records)), "Events in the consumption log."),
            StoreMeasurement(
                "linkseal_log_batch_records", .histogram(metrics.batchSizes),
                "Events that were written and synced together."),
            StoreMeasurement(
                "linkseal_log_sync_duration_seconds", .histogram(metrics.syncTimes), "Time to write and sync a batch."),
            StoreMeasurement(
                "linkseal_log_state_bytes", .gauge(Double(metrics.stateBytes)),
                "Memory that the state of the links takes."),
        ]
    }
}
