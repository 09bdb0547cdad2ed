import NIOCore
import NIOHTTP1

/// A request, when nothing more of it is waited for.
package struct Request: Sendable {
    package enum Body: Sendable {
        case whole(ByteBuffer)
        /// More bytes than the limit, announced or sent.
        case tooLarge(limit: Int)
        /// What was sent is not framed as HTTP asks, or does not name one host.
        case brokenOff
    }

    package let head: HTTPRequestHead
    package let body: Body
    let connection: Connection

    /// The client's address, from the connection or a trusted proxy; nil for a program on this machine and for a trusted
    /// proxy that names nobody.
    package var client: ClientAddress? {
        ClientAddress(connection.origin, forwardedFor: self["X-Forwarded-For"], trusting: connection.trusted)
    }

    package var method: HTTPMethod { head.method }
    var isWhole: Bool { if case .whole = body { true } else { false } }

    /// A field's value, its lines joined by commas (RFC 9110 §5.3).
    package subscript(name: String) -> String? {
        let lines = head.headers[name]
        return lines.count > 1 ? lines.joined(separator: ", ") : lines.first
    }

    /// Whether HTML is wanted rather than JSON. Browsers name HTML when they open a page; programs that take anything
    /// (`*/*`) don't.
    package var prefersHTML: Bool {
        let accepted = PreferenceList(self["Accept"])
        let html = accepted["text/html"]
        return html > 0 && html >= max(accepted["application/json"], accepted["application/problem+json"])
    }

    /// The value of a cookie (RFC 6265 §5.4), the first of that name.
    package func cookie(_ name: String) -> Substring? {
        for pair in head.headers["Cookie"].lazy.flatMap({ $0.split(separator: ";") }) {
            let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0] == name { return parts[1] }
        }
        return nil
    }
}

/// The members of a field in which a client lists what it prefers, such as `Accept-Language`, in lower case and with
/// their weights from 0 to 1 (RFC 9110 §12.4.2).
///
/// Reads the first 1,000 characters. A weight that is not a number counts as 0, which means "not acceptable".
package struct PreferenceList: Sendable {
    package let members: [(name: String, weight: Double)]

    package init(_ field: String?) {
        members = (field ?? "").prefix(1000).split(separator: ",").compactMap { (member) in
            let parts = member.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let name = parts.first else { return nil }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            return (name, (0...1).contains(weight) ? weight : 0)
        }
    }

    /// The weight of the member with that name; 0 where it is not listed.
    package subscript(name: String) -> Double { members.first { $0.name == name }?.weight ?? 0 }
}
