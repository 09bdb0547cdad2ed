import Files
import LinkToken
import Synchronization

/// Slows down whoever guesses passwords: after some failures from an address it has to wait, each time for longer.
///
/// An attempt counts as a failure from when it is let in, and is taken back when it was none. So whoever sends many at
/// once gets no more guesses than one after the other. IPv6 addresses count by their /64, which one client has whole.
///
/// All addresses together are limited as well, so that many of them don't help. That limit does not hold for those that
/// somebody has signed in from since the console started, nor for this machine: whoever exhausts it keeps out others who
/// are as unknown, but not the admins. It knows a bounded number of addresses and forgets those first that failed, or
/// signed in, the longest ago.
final class SignInLimiter: Sendable {
    /// Failures before the first wait.
    static let freeFailures = 5
    /// Seconds of the first wait; each further failure doubles it, up to the longest.
    static let firstWait: UInt32 = 30
    static let longestWait: UInt32 = 15 * 60
    /// Failures of all addresses within a minute.
    static let failuresPerMinute = 60
    /// Attempts of one address whose password is being checked. Checks wait for one another.
    static let checksAtOnce = 2
    static let addressLimit = 1000

    private struct Failures {
        var count = 0
        var checks = 0
        var last = UnixTime(rawValue: 0)
    }

    private struct State {
        /// By network; nil for clients of which no address is known.
        var networks: [IPAddress?: Failures] = [:]
        var known: [IPAddress: UnixTime] = [:]
        var minute: UInt32 = 0
        var failures = 0

        /// Attempts that are being checked are not forgotten, or they would be counted wrongly when they end.
        mutating func forgetOldest() {
            if networks.count > addressLimit,
                let oldest = networks.lazy.filter({ $0.value.checks == 0 }).min(by: { $0.value.last < $1.value.last })
            {
                networks[oldest.key] = nil
            }
            if known.count > addressLimit, let oldest = known.min(by: { $0.value < $1.value }) {
                known[oldest.key] = nil
            }
        }
    }

    private let state = Mutex(State())

    /// An attempt whose password may be checked. ``end(_:succeeded:at:)`` must follow.
    struct Attempt: Sendable {
        fileprivate let network: IPAddress?
        /// The minute whose failures it counts among.
        fileprivate let minute: UInt32
    }

    enum Admission: Sendable {
        case admitted(Attempt)
        case wait(seconds: Int)
    }

    /// Asked before a password is checked.
    ///
    /// - Parameter client: the address, or nil where it is not known.
    func admit(_ client: IPAddress?, at now: UnixTime) -> Admission {
        let network = client?.clientNetwork
        return state.withLock { (state) in
            var failures = state.networks[network] ?? Failures()
            if now >= failures.last.adding(seconds: 4 * Self.longestWait) { failures.count = 0 }
            if failures.count >= Self.freeFailures {
                let doublings = min(failures.count - Self.freeFailures, 10)
                let end = failures.last.adding(seconds: min(Self.longestWait, Self.firstWait << UInt32(doublings)))
                if now < end { return .wait(seconds: Int(end.rawValue - now.rawValue)) }
            }
            if failures.checks >= Self.checksAtOnce { return .wait(seconds: 1) }
            if state.minute != now.rawValue / 60 { (state.minute, state.failures) = (now.rawValue / 60, 0) }
            let isKnown = network.map { $0.isLoopback || state.known[$0] != nil } ?? false
            if !isKnown, state.failures >= Self.failuresPerMinute { return .wait(seconds: 60 - Int(now.rawValue % 60)) }
            state.failures += 1
            failures.count += 1
            failures.checks += 1
            failures.last = now
            state.networks[network] = failures
            state.forgetOldest()
            return .admitted(Attempt(network: network, minute: state.minute))
        }
    }

    /// Says what became of an attempt.
    func end(_ attempt: Attempt, succeeded: Bool, at now: UnixTime) {
        state.withLock { (state) in
            if succeeded {
                state.networks[attempt.network]?.count = 0
                if let network = attempt.network { state.known[network] = now }
                if state.minute == attempt.minute { state.failures -= 1 }
            }
            state.networks[attempt.network]?.checks -= 1
            if let left = state.networks[attempt.network], left.count == 0, left.checks == 0 {
                state.networks[attempt.network] = nil
            }
            state.forgetOldest()
        }
    }

    /// Somebody signed in from an address, whose attempts before were none that failed.
    func forgive(_ client: IPAddress?, at now: UnixTime) {
        state.withLock { (state) in
            state.networks[client?.clientNetwork]?.count = 0
            if let network = client?.clientNetwork { state.known[network] = now }
            state.forgetOldest()
        }
    }

    /// How many addresses it knows.
    var addressCount: Int { state.withLock { max($0.networks.count, $0.known.count) } }
}
