import NIOCore
import NIOHTTP1

/// A request, when nothing more of it is waited for.
struct Request: Sendable {
    enum Body: Sendable {
        case whole(ByteBuffer)
        /// More than ``RequestLimits/bodyByteCount``, announced or sent.
        case tooLarge
        /// What was sent is not framed as HTTP asks, or does not name one host.
        case brokenOff
    }

    let head: HTTPRequestHead
    let body: Body

    var method: HTTPMethod { head.method }
    var isWhole: Bool { if case .whole = body { true } else { false } }

    /// A field's value, its lines joined by commas (RFC 9110 §5.3).
    subscript(name: String) -> String? {
        let lines = head.headers[name]
        return lines.count > 1 ? lines.joined(separator: ", ") : lines.first
    }

    /// Whether HTML is wanted rather than JSON. Browsers name HTML when they open a page; programs that take anything
    /// (`*/*`) don't.
    var prefersHTML: Bool {
        let accepted = PreferenceList(self["Accept"])
        let html = accepted["text/html"]
        return html > 0 && html >= max(accepted["application/json"], accepted["application/problem+json"])
    }

    /// The value of a cookie (RFC 6265 §5.4), the first of that name.
    func cookie(_ name: String) -> Substring? {
        for pair in head.headers["Cookie"].lazy.flatMap({ $0.split(separator: ";") }) {
            let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0] == name { return parts[1] }
        }
        return nil
    }
}
