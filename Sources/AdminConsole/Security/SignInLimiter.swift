import LinkToken
import Synchronization

/// Slows down whoever guesses passwords: after some failures from an address it has to wait, each time for longer.
///
/// All addresses together are limited as well, so that many of them don't help. It knows a bounded number of addresses
/// and forgets those first that failed the longest ago.
final class SignInLimiter: Sendable {
    /// Failures before the first wait.
    static let freeFailures = 5
    /// Seconds of the first wait; each further failure doubles it, up to the longest.
    static let firstWait: UInt32 = 30
    static let longestWait: UInt32 = 15 * 60
    /// Failures of all addresses within a minute.
    static let failuresPerMinute = 60
    static let addressLimit = 1000

    private struct Failures {
        var count = 0
        var last = UnixTime(rawValue: 0)
    }

    private struct State {
        var addresses: [String: Failures] = [:]
        var minute: UInt32 = 0
        var failures = 0
        var checks = 0
    }

    private let state = Mutex(State())

    /// Asked before a password is checked. ``checked(_:succeeded:at:)`` follows.
    ///
    /// - Returns: the seconds to wait, when it must not be checked now.
    func admit(_ address: String, at now: UnixTime) -> Int? {
        state.withLock { (state) in
            if let failures = state.addresses[address], failures.count >= Self.freeFailures {
                let doublings = min(failures.count - Self.freeFailures, 10)
                let end = failures.last.adding(seconds: min(Self.longestWait, Self.firstWait << UInt32(doublings)))
                if now < end { return Int(end.rawValue - now.rawValue) }
            }
            if state.minute == now.rawValue / 60, state.failures >= Self.failuresPerMinute {
                return 60 - Int(now.rawValue % 60)
            }
            // Checks wait for one another: a queue that grows would only serve who fills it.
            if state.checks >= 8 { return 5 }
            state.checks += 1
            return nil
        }
    }

    func checked(_ address: String, succeeded: Bool, at now: UnixTime) {
        state.withLock { (state) in
            state.checks -= 1
            guard !succeeded else {
                state.addresses[address] = nil
                return
            }
            if state.minute != now.rawValue / 60 { (state.minute, state.failures) = (now.rawValue / 60, 0) }
            state.failures += 1
            var failures = state.addresses[address] ?? Failures()
            if now >= failures.last.adding(seconds: 4 * Self.longestWait) { failures.count = 0 }
            failures.count += 1
            failures.last = now
            state.addresses[address] = failures
            if state.addresses.count > Self.addressLimit,
                let oldest = state.addresses.min(by: { $0.value.last < $1.value.last })
            {
                state.addresses[oldest.key] = nil
            }
        }
    }

    /// How many addresses it knows.
    var addressCount: Int { state.withLock { $0.addresses.count } }
}
