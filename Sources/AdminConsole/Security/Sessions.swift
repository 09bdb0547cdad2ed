import Cryptography
import Encoding
import LinkToken
import Synchronization

/// Somebody who is signed in.
struct Session: Sendable {
    let user: String
    /// What each form of this session carries, so that no other site's page can send one.
    let formToken: String
    /// The password that was signed in with: a change of it ends the session.
    let password: PasswordHash
    let beganAt: UnixTime
    var usedAt: UnixTime
}

/// Those who are signed in. The tokens in their browsers are known by their hashes alone, and only in memory: whoever
/// reads this process's files can't take a session over, and a restart ends them all.
final class Sessions: Sendable {
    /// 30 minutes without a request (ASVS 3.3.2).
    static let idleTime: UInt32 = 30 * 60
    /// 12 hours (ASVS 3.3.2).
    static let longestTime: UInt32 = 12 * 3600
    private static let limit = 200

    private let sessions = Mutex<[String: Session]>([:])

    /// Begins a session under a token that nobody has seen before.
    func begin(
        _ user: String, _ password: PasswordHash, at now: UnixTime
    ) throws(CryptographyError) -> (token: String, session: Session) {
        let token = try randomText(32)
        let session = Session(
            user: user, formToken: try randomText(32), password: password,
            beganAt: now, usedAt: now)
        let key = Self.key(of: token)
        sessions.withLock { (sessions) in
            sessions = sessions.filter { !Self.isOver($0.value, at: now) }
            if sessions.count >= Self.limit, let oldest = sessions.min(by: { $0.value.usedAt < $1.value.usedAt }) {
                sessions[oldest.key] = nil
            }
            sessions[key] = session
        }
        return (token, session)
    }

    /// The session of a token.
    ///
    /// - Parameter isUse: whether it counts as activity. Requests that an open page makes by itself don't.
    /// - Parameter password: the present password of a user, or nil when there is no such user any more.
    func session(
        of token: String, at now: UnixTime, isUse: Bool, password: (_ user: String) -> PasswordHash?
    ) -> Session? {
        let key = Self.key(of: token)
        guard let session = sessions.withLock({ $0[key] }) else { return nil }
        guard !Self.isOver(session, at: now), password(session.user) == session.password else {
            end(token)
            return nil
        }
        if isUse { sessions.withLock { $0[key]?.usedAt = now } }
        return session
    }

    func end(_ token: String) {
        let key = Self.key(of: token)
        sessions.withLock { $0[key] = nil }
    }

    private static func isOver(_ session: Session, at now: UnixTime) -> Bool {
        now >= session.usedAt.adding(seconds: idleTime) || now >= session.beganAt.adding(seconds: longestTime)
    }

    private static func key(of token: String) -> String {
        let bytes = Array(token.utf8)
        let digest = SHA256.hash(bytes.span)
        return Base64URL.encode(digest.span)
    }
}

/// Random bytes from the system's generator, as text of a URL: 32 bytes are 43 characters.
func randomText(_ count: Int) throws(CryptographyError) -> String {
    let bytes = try SecureRandom.bytes(count: count)
    return Base64URL.encode(bytes.span)
}

func isEqualInConstantTime(_ a: String, _ b: String) -> Bool {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    return constantTimeEqual(a.span, b.span)
}
