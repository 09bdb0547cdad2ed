import Cryptography
import Encoding

/// What each form of a session carries: a secret that no other site's page knows, whose form it is, and the page that
/// shows it. The last two let what was typed be shown again after the session has ended.
struct FormToken: Hashable, Sendable {
    let secret: String
    let user: String
    /// Nil where it isn't known.
    let page: ConsolePath?

    init(secret: String, user: String, page: ConsolePath?) {
        (self.secret, self.user, self.page) = (secret, user, page)
    }

    /// Reads ``text``.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 43, let user = Self.decoded(parts[1]),
            let page = Self.decoded(parts[2])
        else { return nil }
        self.init(secret: String(parts[0]), user: user, page: ConsolePath(page))
    }

    /// As forms carry it.
    var text: String { "\(secret).\(Self.encoded(user)).\(Self.encoded(page?.text ?? ""))" }

    /// Whether two texts have the same secret, in constant time.
    static func haveSameSecret(_ given: String, _ expected: String) -> Bool {
        func secret(_ text: String) -> [UInt8] { Array(text.utf8.prefix { $0 != UInt8(ascii: ".") }) }
        return constantTimeEqual(secret(given).span, secret(expected).span)
    }

    private static func encoded(_ text: String) -> String { Base64URL.encode(Array(text.utf8).span) }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        guard (try? Base64URL.decode(Array(text.utf8).span, appendingTo: &bytes)) != nil else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// A path of this console, with its query. It can't name another host, so a browser that is sent to it stays here.
struct ConsolePath: Hashable, Sendable {
    /// The longest path, in bytes.
    private static let limit = 2000

    let text: String

    /// Nil unless it begins with one slash and is printable ASCII, as browsers send it. Browsers take `//` and `/\` for the
    /// beginning of a host, and drop tabs and line breaks before they look (URL Standard §4.4).
    init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "/"), bytes.dropFirst().first != UInt8(ascii: "/"),
            bytes.count <= Self.limit,
            bytes.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "#") })
        else { return nil }
        self.text = String(text)
    }

    static let start = ConsolePath("/")!

    var query: Substring { text.dropFirst(path.count + 1) }
    /// Without the query.
    var path: Substring { text.prefix { $0 != "?" } }
    /// Its words, decoded.
    var words: [String] { path.split(separator: "/").map(\.percentDecoded) }
}
