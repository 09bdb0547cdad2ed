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
            try run { (record) throws(ConsumptionError) in
                do {
                    try body(record)
                } catch {
                    failure = error
                    throw .closed
                }
                return nil
            }
        } catch {
            throw failure ?? error
        }
    }

    /// - Parameter body: returns why the record contradicts the ones before it, or nil.
    @discardableResult
    func run(
        _ body: (LogRecord) throws(ConsumptionError) -> Damage.Reason?
    ) throws(ConsumptionError) -> LogScan.Ending {
        let file: any StorageFile
        do { file = try fileSystem.open(path, .reading) } catch { throw ConsumptionError(error, opening: path) }
        defer { file.close() }
        return try LogScan(file).run(
            onDamage: { (damage) throws(ConsumptionError) in throw .damaged(path: path, damage) },
            body
        )
    }
}
