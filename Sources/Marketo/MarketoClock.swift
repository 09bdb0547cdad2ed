/// The time of a client: how far it has come, and how to wait.
public struct MarketoClock: Sendable {
    /// Since any fixed moment.
    let now: @Sendable () -> Duration
    /// Throws `CancellationError` when the task is cancelled.
    let sleep: @Sendable (Duration) async throws -> Void

    public init(now: @escaping @Sendable () -> Duration, sleep: @escaping @Sendable (Duration) async throws -> Void) {
        self.now = now
        self.sleep = sleep
    }

    /// Goes on while the machine sleeps, as tokens do.
    public static let continuous: MarketoClock = {
        let clock = ContinuousClock()
        let start = clock.now
        return MarketoClock(now: { clock.now - start }, sleep: { try await clock.sleep(for: $0) })
    }()
}
