import Cryptography
import Encoding
import LinkToken
import Synchronization

/// Somebody who is signed in.
struct Session: Sendable, Identifiable {
    /// Names the session to people who look at it and end it. The token in the browser is another.
    let id: String
    let user: String
    /// What the user may do at the time of the request.
    var role: Role
    let credential: Credential
    /// The address that it was begun from.
    let address: String
    let beganAt: UnixTime
    var usedAt: UnixTime
    let formSecret: String
    /// The page whose forms are drawn.
    var page: ConsolePath?
    /// What was typed before this session began, to be shown again on its page.
    var unsent: UnsentForm?

    /// What was signed in with.
    enum Credential: Hashable, Sendable {
        /// A change of it ends the session.
        case password(PasswordHash)
        /// The role is that of the sign-in.
        case provider
    }

    /// A user without the subject that a provider knows it by.
    static func shortName(of user: String) -> String { String(user.prefix { $0 != " " }) }

    /// What each form of this session carries, so that no other site's page can send one.
    var formToken: String { FormToken(secret: formSecret, user: user, page: page).text }
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
    ///
    /// - Returns: the token.
    func begin(
        _ credential: Session.Credential, _ role: Role, of user: String, from address: String, unsent: UnsentForm?,
        at now: UnixTime
    ) throws(CryptographyError) -> String {
        let token = try randomText(32)
        let session = Session(
            id: try randomText(12), user: user, role: role, credential: credential, address: address,
            beganAt: now, usedAt: now, formSecret: try randomText(32), unsent: unsent)
        let key = Self.key(of: token)
        sessions.withLock { (sessions) in
            sessions = sessions.filter { !Self.isOver($0.value, at: now) }
            if sessions.count >= Self.limit, let oldest = sessions.min(by: { $0.value.usedAt < $1.value.usedAt }) {
                sessions[oldest.key] = nil
            }
            sessions[key] = session
        }
        return token
    }

    /// The session of a token.
    ///
    /// - Parameter isUse: whether it counts as activity. Requests that an open page makes by itself don't.
    /// - Parameter account: gives the user's current password and role, or nil if the user no longer exists.
    func session(
        of token: String, at now: UnixTime, isUse: Bool, account: (_ user: String) -> Passwords.Account?
    ) -> Session? {
        let key = Self.key(of: token)
        guard var session = sessions.withLock({ $0[key] }) else { return nil }
        var isOver = Self.isOver(session, at: now)
        if case .password(let password) = session.credential {
            let account = account(session.user)
            if account?.password != password { isOver = true }
            session.role = account?.role ?? session.role
        }
        guard !isOver else {
            end(token)
            return nil
        }
        if isUse { sessions.withLock { $0[key]?.usedAt = now } }
        return session
    }

    /// Those that are not over, those used last first.
    ///
    /// - Parameter user: whose; nil for everybody's.
    func all(of user: String?, at now: UnixTime) -> [Session] {
        sessions.withLock { Array($0.values) }
            .filter { !Self.isOver($0, at: now) && (user == nil || $0.user == user) }
            .sorted { ($0.usedAt, $0.id) > ($1.usedAt, $1.id) }
    }

    /// What was typed is shown again once.
    func forgetUnsent(of session: Session) {
        sessions.withLock { (sessions) in
            guard let key = sessions.first(where: { $0.value.id == session.id })?.key else { return }
            sessions[key]?.unsent = nil
        }
    }

    /// Ends a session that is looked at.
    ///
    /// - Parameter user: whose it must be; nil for anybody's.
    /// - Returns: the session, or nil if it doesn't exist.
    func end(id: Session.ID, of user: String?) -> Session? {
        sessions.withLock { (sessions) in
            let found = sessions.first { $0.value.id == id && (user == nil || $0.value.user == user) }
            return found.flatMap { sessions.removeValue(forKey: $0.key) }
        }
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
