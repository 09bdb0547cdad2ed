/// Counts values in buckets, as a Prometheus histogram has them.
public struct Histogram: Hashable, Sendable {
    /// The upper bounds of the buckets, inclusive and ascending.
    public let bounds: [Double]
    /// How many values fell into each bucket, and last how many were above all bounds.
    public private(set) var counts: [Int]
    /// Of all values.
    public private(set) var sum = 0.0

    /// How many values were counted.
    public var count: Int { counts.reduce(0, +) }

    public init(bounds: [Double]) {
        self.bounds = bounds
        counts = [Int](repeating: 0, count: bounds.count + 1)
    }

    public mutating func add(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    /// Takes in what another one counted.
    ///
    /// - Precondition: it has the same bounds.
    public mutating func add(_ other: Histogram) {
        precondition(bounds == other.bounds)
        for index in counts.indices { counts[index] += other.counts[index] }
        sum += other.sum
    }
}
