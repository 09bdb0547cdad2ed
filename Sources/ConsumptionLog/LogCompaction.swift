import Consumption
import Synchronization

extension ConsumptionLog {
    /// What a compaction did.
    public struct CompactionReport: Hashable, Sendable {
        /// Events that had been in the log when it began.
        public let recordsBefore: UInt64
        /// Events in the new file when it took over, those that came meanwhile included.
        public let recordsAfter: UInt64
    }

    /// Rewrites the log as what its events came to, while it serves. Times of starts and finishes are kept; of resets,
    /// the last one of each link and what it undid. Where every reset must stay on record, export the log first.
    ///
    /// The work is done on a thread of its own; callers wait only for the last events to be copied and synced. If it
    /// fails before the new file takes over, the log continues unchanged.
    ///
    /// - Throws: `ConsumptionError.compacting(path:)`, `ConsumptionError.system(_:)`,
    ///   `ConsumptionError.damaged(path:_:)`, or `ConsumptionError.stopped(_:)` if taking over failed half-way.
    @discardableResult
    public func compact() async throws(ConsumptionError) -> CompactionReport {
        let begins = isCompacting.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing)
        guard begins.exchanged else { throw .compacting(path: path) }
        defer { isCompacting.store(false, ordering: .releasing) }
        return try await onThread { [path, writer, fileSystem] () throws(ConsumptionError) in
            try Self.compact(path, writer, fileSystem)
        }
    }

    /// Compacts a log that no process has open.
    ///
    /// - Throws: what opening and compacting throw.
    @discardableResult
    public static func compact(at path: String) async throws(ConsumptionError) -> CompactionReport {
        let log = try open(at: path)
        do throws(ConsumptionError) {
            let report = try await log.compact()
            await log.close()
            return report
        } catch {
            await log.close()
            throw error
        }
    }

    private static func compact(
        _ path: String,
        _ writer: Writer,
        _ fileSystem: any FileSystem
    ) throws(ConsumptionError) -> CompactionReport {
        if let failure = writer.ledger.withLock({ $0.failure }) { throw failure }
        func durableRecords() -> UInt64 { writer.measurements.withLock { $0.records } }
        var compaction = try Compaction(path, in: fileSystem)
        do throws(ConsumptionError) {
            let before = durableRecords()
            try compaction.writeSnapshot(upTo: before)
            try compaction.sync()
            // Each round leaves what came during it, and copying is faster than syncing batches.
            for _ in 0..<8 {
                let now = durableRecords()
                if now - compaction.taken < UInt64(RecordCoding.largestBatch) { break }
                try compaction.catchUp(to: now)
                try compaction.sync()
            }
            let prepared = compaction
            try writer.perform { (journal) throws(ConsumptionError) in
                var compaction = prepared
                let result = try compaction.switchOver(&journal)
                let (log, records) = (journal.header.id, journal.records)
                writer.measurements.withLock { ($0.log, $0.records) = (log, records) }
                return result
            }
            return CompactionReport(recordsBefore: before, recordsAfter: durableRecords())
        } catch {
            compaction.discard()
            throw error
        }
    }
}
