import Files

/// A range of addresses as CIDR writes it (RFC 4632 §3.1, RFC 4291 §2.3): `10.0.0.0/8`, `2001:db8::/32`, or one address.
public struct NetworkRange: Hashable, Sendable {
    private let base: IPAddress
    /// Of the 128 bits of an IPv6 address; IPv4 lies in the last 32.
    private let prefixLength: Int

    /// Nil for what is no range, also for one whose base has bits beyond its prefix: whoever wrote it meant another.
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
