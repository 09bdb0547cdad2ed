/// When to poll next.
///
/// Edges that were started together must not all poll together, and a server that is down must not be met by all of
/// them when it comes back: waits are drawn at random, and grow while polls fail (M. Brooker, "Exponential Backoff And
/// Jitter").
struct PollSchedule: Sendable {
    /// Between two polls that succeed.
    let seconds: Double

    /// Five minutes, or the interval where that is longer.
    private var longest: Double { max(300, seconds) }

    /// - Parameters:
    ///   - failures: how many polls have failed since one last succeeded.
    ///   - chance: from 0 to 1.
    func delay(afterFailures failures: Int, chance: Double) -> Duration {
        guard failures > 0 else { return .seconds(seconds * (0.9 + 0.2 * chance)) }
        var wait = seconds
        for _ in 0..<failures where wait < longest { wait *= 2 }
        return .seconds(min(wait, longest) * (0.5 + 0.5 * chance))
    }
}
