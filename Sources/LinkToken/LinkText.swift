import Cryptography
import Encoding

/// A link or a bare token as it arrived: from an address bar, a mail program, a spreadsheet cell, a JSON string.
///
/// The strict reading comes first. Only if that fails is the damage undone that mail programs and people do to links:
/// punctuation around them, line breaks and invisible characters in them, percent-encoding of the whole, another
/// link's query around them. A text that could mean two different links means none. Since the signature decides in the
/// end, leniency costs no security; <doc:ReadingLinks> has the rules.
///
/// ```swift
/// let text = LinkText("<https://links.example/l/LQx…?plan=gold>.")
/// let link = try Token(parsing: text.token).verify(against: bundle, at: now)
/// let data = try link.inLinkData(fields: ["plan"], from: text.query)
/// ```
public struct LinkText: Sendable {
    /// The text of the token. If none was found, whatever is in its place, so that parsing it says what is wrong.
    public let token: String
    /// What came behind the token.
    public let query: QueryString

    /// Bytes of text in which a link is looked for. Longer text was not meant to be one.
    public static let byteCountLimit = 16_384

    /// Reads any text that holds a link or is a token.
    public init(_ text: String) {
        let bytes = Array(text.utf8)
        let path = bytes.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        let rest = bytes[path.endIndex...]
        let query =
            rest.first == UInt8(ascii: "?") ? rest.dropFirst().prefix { $0 != UInt8(ascii: "#") } : []
        self.init(
            path: path, whole: bytes, query: String(decoding: query, as: UTF8.self),
            // A token has no slash, so whatever precedes the last one is the address of the edge.
            inPlace: path.lastIndex(of: UInt8(ascii: "/")).map { path[($0 + 1)...] } ?? path)
    }

    /// Reads a request's target.
    ///
    /// - Parameters:
    ///   - path: what the path has in the token's place, percent-encoded as it arrived.
    ///   - query: what follows the question mark.
    public init(path: Substring, query: Substring) {
        let bytes = Array(path.utf8)
        self.init(
            path: bytes[...], whole: Array((path + "?" + query).utf8), query: String(query), inPlace: bytes[...])
    }

    private init(
        path: ArraySlice<UInt8>, whole: @autoclosure () -> [UInt8], query: String, inPlace place: ArraySlice<UInt8>
    ) {
        if CredentialKind.token.isExactly(place) {
            (token, self.query) = (String(decoding: place, as: UTF8.self), QueryString(query))
        } else if let found = CredentialScan.token.find(in: Array(path)) {
            token = found.text
            self.query = QueryString([Self.query(behind: found), query].filter { !$0.isEmpty }.joined(separator: "&"))
        } else if let found = CredentialScan.token.find(in: whole()) {
            (token, self.query) = (found.text, QueryString(Self.query(behind: found)))
        } else {
            token = String(decoding: place.percentDecoded(plusIsSpace: false), as: UTF8.self)
            self.query = QueryString(query)
        }
    }

    /// The query that follows a token which something was glued to; `&utm_source=x` without a question mark is one.
    private static func query(behind found: CredentialScan.Found) -> String {
        let rest = found.rest.prefix { $0 != UInt8(ascii: "#") }
        guard let mark = rest.firstIndex(of: UInt8(ascii: "?")) ?? rest.firstIndex(of: UInt8(ascii: "&")) else {
            return ""
        }
        return String(decoding: rest[(mark + 1)...], as: UTF8.self)
    }
}

/// A session as it arrived, read as leniently as ``LinkText`` reads links.
public enum SessionText {
    /// The session in a text, or the text as it is where it holds none.
    public static func session(in text: String) -> String { found(in: text) ?? text }

    /// The session in a text. Nil where it holds none, or different ones.
    public static func found(in text: String) -> String? {
        let bytes = Array(text.utf8)
        return CredentialKind.session.isExactly(bytes) ? text : CredentialScan.session.find(in: bytes)?.text
    }
}
