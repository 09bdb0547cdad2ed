import LinkToken

/// What a request shows to be let in: the token of a link, or the session of a started survey.
///
/// The two can't be taken for each other: every token begins with `L`, every session with `S`.
enum Credential: Hashable, Sendable {
    case token(String)
    case session(String)

    /// Reads what arrived as either, as leniently as ``LinkText`` and ``SessionText`` do.
    init(_ text: String) {
        let session = SessionText.session(in: text)
        self = session.utf8.first == UInt8(ascii: "S") ? .session(session) : .token(LinkText(text).token)
    }

    /// Nil for what has the form of neither. Whether a key vouches for it is not looked at.
    init?(wellFormed text: String) {
        self.init(text)
        do {
            switch self {
            case .token(let text): _ = try Token(parsing: text)
            case .session(let text): _ = try SessionReceipt(unverified: text)
            }
        } catch {
            return nil
        }
    }

    var text: String {
        switch self {
        case .token(let text), .session(let text): text
        }
    }
}
