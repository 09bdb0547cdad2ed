import Consumption
import LinkToken

/// Reads the events of a log in order, whether it is in use or not, without locking or changing it.
///
/// ```swift
/// try LogReader(path: "consumption.log").forEachEvent { event in
///     print(event.nonce, event.kind, event.time)
/// }
/// ```
///
/// It takes about a mebibyte of memory, whatever the log's size. Of a log in use, the last events may not be durable yet.
public struct LogReader: EventSource {
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
    /// - Parameters:
    ///   - distribution: the distribution whose events are read; nil for all.
    ///   - body: called for each event.
    /// - Throws: what the body throws, which ends the reading, or a `ConsumptionError`.
    public func forEachEvent(of distribution: DistributionID? = nil, _ body: (LinkEvent) throws -> Void) throws {
        var failure: (any Error)?
        do {
            try run { (event) throws(ConsumptionError) in
                if let distribution, event.nonce.distribution != distribution { return nil }
                do {
                    try body(event)
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

    /// What the events of a log came to.
    ///
    /// - Parameter distributions: nil for all.
    /// - Throws: a `ConsumptionError`, also for an event that contradicts the ones before it.
    public func histories(
        of distributions: Set<DistributionID>? = nil
    ) throws(ConsumptionError) -> LinkHistories {
        var histories = LinkHistories()
        try run { (event) in
            distributions?.contains(event.nonce.distribution) == false ? nil : histories.apply(event)
        }
        return histories
    }

    /// - Parameter body: returns why the record contradicts the ones before it, or nil.
    @discardableResult
    func run(
        _ body: (LinkEvent) throws(ConsumptionError) -> Damage.Reason?
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
