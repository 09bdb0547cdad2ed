import Files
import HTTPTypes
import NIOCore

/// Where a request comes from, as far as its head tells.
struct RequestOrigin: Sendable {
    /// The host and port that the browser believes to talk to.
    let authority: String
    /// Whether a TLS proxy says that the browser's connection is encrypted.
    let isSecure: Bool
    /// The client's address: nil where a proxy does not say it.
    let client: IPAddress?

    /// - Parameter proxyHosts: the names under which browsers know the proxy in front. What `X-Forwarded-For` and
    ///   `X-Forwarded-Proto` say is believed from this machine, of requests to one of them: other requests don't come
    ///   from a proxy, but from a program here that could claim to ask for anybody.
    init(_ head: HTTPRequest, peer: SocketAddress?, proxyHosts: Set<String>) {
        authority = head.authority ?? head.headerFields[.host] ?? ""
        let peerAddress = peer?.ipAddress.flatMap { IPAddress($0) }
        guard peerAddress?.isLoopback == true, proxyHosts.contains(Self.host(of: authority)) else {
            (client, isSecure) = (peerAddress, false)
            return
        }
        // A proxy appends the address that it saw, so the last one is the only one that the client did not make up.
        let last = head.headerFields[values: .forwardedFor].last?.split(separator: ",").last
        client = last.flatMap { IPAddress($0.filter { $0 != " " && $0 != "\t" }) }
        isSecure = head.headerFields[.forwardedProto]?.lowercased() == "https"
    }

    /// The client's address as the audit trail has it.
    var address: String { client?.description ?? "unknown" }

    /// Whether the host is one of the console's names. A page of another site whose name was made to lead here (DNS
    /// rebinding) is refused by it.
    func isFor(hosts: Set<String>) -> Bool {
        hosts.contains(Self.host(of: authority))
    }

    /// Whether the browser says that a page of the console itself made the request. Browsers tell it in
    /// `Sec-Fetch-Site` (W3C Fetch Metadata), older ones in `Origin`; who tells neither is refused.
    func isSameOrigin(_ fields: HTTPFields) -> Bool {
        if let origin = fields[.origin], origin != "null" {
            guard origin == (isSecure ? "https://" : "http://") + authority else { return false }
        }
        if let site = fields[.secFetchSite] { return site == "same-origin" }
        return fields[.origin].map { $0 != "null" } ?? false
    }

    /// Whether a link on another site's page, or in a message that a site shows, led here. Browsers keep cookies with
    /// `SameSite=Strict` back then.
    static func isNavigationFromElsewhere(_ fields: HTTPFields) -> Bool {
        fields[.secFetchMode] == "navigate" && ["cross-site", "same-site"].contains(fields[.secFetchSite])
    }

    /// The port in the authority; nil for that of the scheme.
    var port: UInt16? { UInt16(authority.dropFirst(Self.host(of: authority).count + 1)) }

    static func host(of authority: String) -> String {
        let text = authority.lowercased()
        if text.hasPrefix("[") { return String(text.prefix { $0 != "]" }) + "]" }
        return String(text.prefix { $0 != ":" })
    }
}

extension HTTPField.Name {
    static let host = HTTPField.Name("Host")!
    static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
    static let forwardedProto = HTTPField.Name("X-Forwarded-Proto")!
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
    static let secFetchMode = HTTPField.Name("Sec-Fetch-Mode")!
    static let refresh = HTTPField.Name("Refresh")!
    static let contentSecurityPolicy = HTTPField.Name("Content-Security-Policy")!
    static let contentTypeOptions = HTTPField.Name("X-Content-Type-Options")!
    static let frameOptions = HTTPField.Name("X-Frame-Options")!
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    static let openerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
    static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
    static let permissionsPolicy = HTTPField.Name("Permissions-Policy")!
    static let robots = HTTPField.Name("X-Robots-Tag")!
    static let transportSecurity = HTTPField.Name("Strict-Transport-Security")!
}
