/// How far minting has come.
public struct MintingProgress: Hashable, Sendable {
    /// Links that were written.
    public let done: Int
    /// Links that there will be, when that is known before the end.
    public let total: Int?
    /// Seconds since it began.
    public let elapsed: Double

    /// Links per second so far.
    public var rate: Double { elapsed > 0 ? Double(done) / elapsed : 0 }

    /// Seconds that are left at that rate.
    public var timeLeft: Double? {
        guard let total, rate > 0 else { return nil }
        return Double(total - done) / rate
    }

    public typealias Report = @Sendable (MintingProgress) -> Void
}
