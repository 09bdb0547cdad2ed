import Consumption
import Files

extension ConsumptionLog {
    /// Writes a new log with what is known of links.
    ///
    /// - Throws: `ConsumptionError.alreadyExists(path:)`, `ConsumptionError.readOnly(path:)` or
    ///   `ConsumptionError.system(_:)`. No new file is left behind then.
    public static func write(_ histories: LinkHistories, to path: String) throws(ConsumptionError) {
        do throws(FileError) {
            try LogDraft.write(path, in: SystemFileSystem()) { (draft) throws(FileError) in
                try histories.forEachEvent { (event) throws(FileError) in try draft.append(event) }
            }
        } catch {
            throw ConsumptionError(error, creating: path)
        }
    }

    /// Writes a new log with the events of a store, so that one edge can continue with the log.
    ///
    /// The file gets its name when all of it is durable. Starts that the store takes meanwhile may be missing, so stop the
    /// edges first, and start the one that continues when the log is written.
    ///
    /// - Returns: how many events the log holds.
    /// - Throws: what ``write(_:to:)-(LinkHistories,_)`` and reading the store throw. No new file is left behind then.
    @discardableResult
    public static func write(_ source: some EventSource, to path: String) async throws -> UInt64 {
        func creating<Result>(
            _ body: () throws(FileError) -> Result
        ) throws(ConsumptionError) -> Result {
            do { return try body() } catch { throw ConsumptionError(error, creating: path) }
        }
        var draft = try creating { () throws(FileError) in try LogDraft(of: path, in: SystemFileSystem()) }
        do {
            try await source.forEachEvent(of: nil) { (event) in
                guard event.time.isRecordable else { throw ConsumptionError.timeOutOfRange(event.time) }
                try creating { () throws(FileError) in try draft.append(event) }
            }
            return try creating { () throws(FileError) in try draft.publish(as: path) }
        } catch {
            draft.discard()
            throw error
        }
    }
}
