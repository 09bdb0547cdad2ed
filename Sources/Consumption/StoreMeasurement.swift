/// A number or a distribution of numbers, with the name that it has in monitoring.
public struct StoreMeasurement: Hashable, Sendable {
    public enum Value: Hashable, Sendable {
        /// It only rises while the process runs.
        case counter(UInt64)
        case gauge(Double)
        case histogram(Histogram)
    }

    /// As Prometheus wants it: with the unit at the end, and `_total` for a counter.
    public let name: String
    public let value: Value
    /// One sentence.
    public let help: String

    public init(_ name: String, _ value: Value, _ help: String) {
        self.name = name
        self.value = value
        self.help = help
    }
}
