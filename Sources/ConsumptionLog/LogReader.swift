import LinkToken

/// Reads the events of a log in order, whether it is in use or not, without locking or changing it.
///
/// ```swift
/// try LogReader(path: "consumption.log").forEachRecord { record in
///     print(record.nonce, record.event, record.time)
/// }
/// ```
///
/// It takes about a mebibyte of memory, whatever the log's size. Of a log in use, the last events may not be durable yet.
public struct LogReader: Sendable {
    public let path: String
    private let fileSystem: any FileSystem

    public init(path: String) {
        self.init(path: path, in: SystemFileSystem())
    }

    package init(path: String, in fileSystem: any FileSystem) {
        self.path = path
        self.fileSystem = fileSystem
    }

    /// Hands every event to the body.
    ///
    /// - Throws: what the body throws, which ends the reading, or a ``ConsumptionError``.
    public func forEachRecord(_ body: (LogRecord) throws -> Void) throws {
        var failure: (any Error)?
        do {
            try run { (record, _) throws(ConsumptionError) in
                do {
                    try body(record)
                } catch {
                    failure = error
                    throw .closed
                }
                return true
            }
        } catch {
            throw failure ?? error
        }
    }

    /// - Parameter body: false for a record that contradicts the ones before it.
    @discardableResult
    func run(
        _ body: (LogRecord, UInt64) throws(ConsumptionError) -> Bool
    ) throws(ConsumptionError) -> LogScan.Ending {
        let file: any StorageFile
        do { file = try fileSystem.open(path, .reading) } catch { throw ConsumptionError(error, opening: path) }
        defer { file.close() }
        let scan = try LogScan(file)
        var start = LogScan.Ending()
        while true {
            do throws(ConsumptionError) {
                return try scan.run(
                    from: start,
                    onDamage: { (damage) throws(ConsumptionError) in throw .damaged(path: path, damage) },
                    body
                )
            } catch .damaged(_, let damage) where damage.reason == .checksum || damage.reason == .zeroes {
                // Of a log in use, a record may have been looked at before it was written, and later ones after.
                guard let later = try Self.ending(before: damage.offset, in: scan) else {
                    throw .damaged(path: path, damage)
                }
                start = later
            }
        }
    }

    /// Where to go on if the record at an offset is sound by now.
    private static func ending(
        before offset: UInt64,
        in scan: LogScan
    ) throws(ConsumptionError) -> LogScan.Ending? {
        let bytes: [UInt8]
        do { bytes = try scan.file.readAll(at: Int(offset), count: RecordCoding.size) } catch { throw .system(error) }
        guard bytes.count == RecordCoding.size else { return nil }
        let index = UInt64((Int(offset) - LogHeader.size) / RecordCoding.size)
        let reading = bytes.withUnsafeBytes { RecordCoding.decode($0.baseAddress!, at: index, seed: scan.header.seed) }
        guard case .record(_, let batchOffset) = reading, batchOffset <= index else { return nil }
        return LogScan.Ending(records: index, lastBatchStart: index - UInt64(batchOffset))
    }
}
