/// How long to wait before a call is tried again: exponential, with jitter over the whole of it, so that clients that
/// failed together do not come back together (M. Brooker, "Exponential Backoff And Jitter", AWS 2015).
public struct Backoff: Hashable, Sendable {
    /// What the first wait is at most.
    public var base: Duration
    /// What any wait is at most.
    public var limit: Duration
    /// How often a call is tried in all.
    public var attempts: Int

    public static let standard = Backoff(base: .seconds(1), limit: .seconds(60), attempts: 10)

    /// Marketo counts 100 calls in 20 seconds.
    private static let rateWindow = Duration.seconds(20)

    public init(base: Duration, limit: Duration, attempts: Int) {
        self.base = base
        self.limit = limit
        self.attempts = attempts
    }

    /// - Parameters:
    ///   - attempt: how many attempts failed, from 1.
    ///   - fraction: where in the range, from 0 to 1.
    func delay(after attempt: Int, for reason: TransientError.Kind, fraction: Double) -> Duration {
        switch reason {
        case .token where attempt == 1:
            // An expired token is not a sign of load.
            return .zero
        case .rate:
            return Self.rateWindow * (0.5 + fraction / 2)
        case .token, .busy:
            return min(limit, base * (1 << min(attempt - 1, 16))) * fraction
        case .queue:
            return Self.exportDelay(after: attempt - 1)
        }
    }

    /// How long to wait before the next look at a job of the bulk extract API: a minute, in which Marketo does not renew
    /// a job's status, growing to the five minutes that it recommends.
    static func exportDelay(after looks: Int) -> Duration {
        min(.seconds(300), .seconds(60) * (1 + 0.5 * Double(looks)))
    }
}

/// Why a call is worth another attempt.
struct TransientError: Error, Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// 601, 602: the access token is unknown or has expired.
        case token
        /// 606: too many calls in 20 seconds.
        case rate
        /// 604, 608, 611, 615, 713, a server error, or no answer.
        case busy
        /// 1029: too many jobs wait already.
        case queue
    }

    let kind: Kind
    let reason: String
}
