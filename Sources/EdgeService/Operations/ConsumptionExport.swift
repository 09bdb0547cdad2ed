import Consumption
import ConsumptionLog
import Cryptography

/// What an edge tells the admin's machine of the links that were used, so that it can count across edges.
public struct ConsumptionExport: Sendable {
    /// The key that lets clients read the log.
    public var key: BearerKey
    /// Nil where edges share a store: that is read directly.
    public var log: ConsumptionLog?

    public init(key: BearerKey, log: ConsumptionLog?) {
        self.key = key
        self.log = log
    }
}
