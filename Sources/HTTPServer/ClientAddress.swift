import Files

/// The network address that a client counts under.
package struct ClientAddress: Hashable, Sendable {
    private let network: IPAddress

    /// All clients together of whom a proxy says that it doesn't know them.
    static let unidentified = ClientAddress(IPAddress(high: 0, low: 0))

    init(_ address: IPAddress) { network = address.clientNetwork }

    /// Nil for what is no IP address, with or without a port: the forms that proxies write into `X-Forwarded-For`.
    package init?(_ text: some StringProtocol) {
        guard let address = Self.address(text) else { return nil }
        self.init(address)
    }

    private static func address(_ text: some StringProtocol) -> IPAddress? {
        var text = String(text.filter { $0 != " " && $0 != "\t" })
        if text.hasPrefix("[") {
            text = String(text.dropFirst().prefix { $0 != "]" })
        } else if text.filter({ $0 == ":" }).count == 1 {
            text = String(text.prefix { $0 != ":" })
        }
        return IPAddress(text)
    }

    /// The client of a connection and a request on it, or nil for a program on this machine and a trusted proxy that
    /// names nobody.
    ///
    /// Each proxy appends the address that it saw. So the field is read from its end for as long as whoever wrote an
    /// entry is trusted; what is further left may have been made up by the client. A proxy that speaks the PROXY protocol
    /// passes the client's own fields on, so behind its header the field is the client's word, unless the header names
    /// another proxy that the operator trusts.
    ///
    /// - Parameter forwardedFor: the field `X-Forwarded-For`, all its lines joined by commas.
    init?(_ origin: Connection.Origin, forwardedFor: String?, trusting proxies: TrustedProxies) {
        switch origin {
        case .peer(let peer?) where !proxies.contains(peer): self.init(peer)
        case .proxied(nil): self = .unidentified
        case .proxied(let source?) where !proxies.isNamed(source): self.init(source)
        case .peer, .proxied:
            var farthest: IPAddress?
            for entry in (forwardedFor ?? "").split(separator: ",").reversed() {
                guard let address = Self.address(entry) else {
                    self = .unidentified
                    return
                }
                farthest = address
                if !proxies.contains(address) { break }
            }
            guard let farthest, !farthest.isLoopback else { return nil }
            self.init(farthest)
        }
    }
}

extension ClientAddress: CustomStringConvertible {
    /// `192.0.2.1`, `2001:db8::/64`, or `unidentified`.
    package var description: String {
        if self == .unidentified { return "unidentified" }
        return network.isIPv4 ? network.description : "\(network)/64"
    }
}

/// A range of addresses as CIDR writes it (RFC 4632 §3.1, RFC 4291 §2.3): `10.0.0.0/8`, `2001:db8::/32`, or one address.
public struct NetworkRange: Hashable, Sendable {
    private let base: IPAddress
    /// Of the 128 bits of an IPv6 address; IPv4 lies in the last 32.
    private let prefixLength: Int

    /// Nil for anything else, also for a base with bits beyond the prefix, which is probably a mistake.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let base = IPAddress(parts[0]) else { return nil }
        let isIPv4 = !parts[0].contains(":")
        let width = isIPv4 ? 32 : 128
        var length = width
        if parts.count == 2 {
            guard let given = Int(parts[1]), String(given) == parts[1], given >= 0, given <= width else { return nil }
            length = given
        }
        self.base = base
        prefixLength = isIPv4 ? 96 + length : length
        guard Self.masked(base, prefixLength) == base else { return nil }
    }

    func contains(_ address: IPAddress) -> Bool { Self.masked(address, prefixLength) == base }

    private static func masked(_ address: IPAddress, _ length: Int) -> IPAddress {
        IPAddress(
            high: address.high & (length >= 64 ? .max : ~(UInt64.max >> length)),
            low: address.low & (length >= 128 ? .max : length <= 64 ? 0 : ~(UInt64.max >> (length - 64))))
    }
}

extension NetworkRange: CustomStringConvertible {
    public var description: String {
        base.isIPv4 && prefixLength >= 96 ? "\(base)/\(prefixLength - 96)" : "\(base)/\(prefixLength)"
    }
}

/// Whose word about a client's address is taken: this machine's, and that of the ranges that the operator named.
struct TrustedProxies: Sendable {
    let ranges: [NetworkRange]

    func contains(_ address: IPAddress) -> Bool {
        address.isLoopback || isNamed(address)
    }

    /// Whether the operator named it.
    func isNamed(_ address: IPAddress) -> Bool { ranges.contains { $0.contains(address) } }

    /// - Parameter peer: nil for a UNIX-domain socket, which only this machine can connect to.
    func trusts(_ peer: IPAddress?) -> Bool { peer.map(contains) ?? true }
}
