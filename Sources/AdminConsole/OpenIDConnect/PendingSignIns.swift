import LinkToken
import Synchronization

/// Sign-ins that the provider has yet to answer. Each is answered once.
final class PendingSignIns: Sendable {
    /// Seconds that somebody may take at the provider.
    static let lifetime: UInt32 = 600
    private static let limit = 100

    private let attempts = Mutex<[String: SignInProvider.Attempt]>([:])

    func keep(_ attempt: SignInProvider.Attempt) {
        attempts.withLock { (attempts) in
            attempts = attempts.filter { attempt.beganAt < $0.value.beganAt.adding(seconds: Self.lifetime) }
            if attempts.count >= Self.limit, let oldest = attempts.min(by: { $0.value.beganAt < $1.value.beganAt }) {
                attempts[oldest.key] = nil
            }
            attempts[attempt.state] = attempt
        }
    }

    /// The attempt with that state, which is forgotten.
    func take(_ state: String, at now: UnixTime) -> SignInProvider.Attempt? {
        guard let attempt = attempts.withLock({ $0.removeValue(forKey: state) }),
            now < attempt.beganAt.adding(seconds: Self.lifetime)
        else { return nil }
        return attempt
    }
}
