import LinkToken

/// What a request shows to be let in: the token of a link, or the session of a started survey.
///
/// The two can't be taken for each other: every token begins with `L`, every session with `S`.
enum Credential: Hashable, Sendable {
    case token(String)
    case session(String)

    init(_ text: some StringProtocol) {
        self = text.utf8.first == UInt8(ascii: "S") ? .session(String(text)) : .token(String(text))
    }
}

/// A link as people copy it, or the bare token: `https://links.example/l/LQx…?plan=gold`.
struct LinkText: Hashable, Sendable {
    let token: String
    let query: String

    init(_ text: some StringProtocol) {
        let address = text.prefix { $0 != "#" }
        let parts = address.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        // A token has no slash, so whatever precedes the last one is the address of the edge.
        token = String(parts[0].split(separator: "/", omittingEmptySubsequences: false).last ?? "")
        query = parts.count > 1 ? String(parts[1]) : ""
    }
}
