import Glibc

/// An IPv4 or IPv6 address as a value; IPv4 is held mapped (RFC 4291 §2.5.5.2), so one address has one value however a
/// dual-stack socket shows it.
package struct IPAddress: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Parameter v4: in the machine's byte order.
    package init(v4: UInt32) {
        self.init(high: 0, low: 0xFFFF << 32 | UInt64(v4))
    }

    package init(_ bytes: in6_addr) {
        let words = unsafeBitCast(bytes, to: (UInt64, UInt64).self)
        self.init(high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1))
    }

    /// Nil for anything but an address alone: no port, no brackets, no zone.
    package init?(_ text: some StringProtocol) {
        var address = in6_addr()
        guard inet_pton(AF_INET6, text.contains(":") ? String(text) : "::ffff:\(text)", &address) == 1 else {
            return nil
        }
        self.init(address)
    }

    package var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// Whether it is a loopback address: 127.0.0.0/8 (RFC 1122 §3.2.1.3) or ::1 (RFC 4291 §2.5.3).
    package var isLoopback: Bool { isIPv4 ? low >> 24 & 0xFF == 127 : high == 0 && low == 1 }

    /// Whether it belongs to a private network or a single link: 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16 (RFC 1918 §3),
    /// fc00::/7 (RFC 4193 §3.1), 169.254.0.0/16 (RFC 3927 §2.1), fe80::/10 (RFC 4291 §2.5.6).
    package var isPrivate: Bool {
        guard isIPv4 else { return high >> 57 == 0xFC >> 1 || high >> 54 == 0xFE80 >> 6 }
        let address = UInt32(truncatingIfNeeded: low)
        return address >> 24 == 10 || address >> 20 == 0xAC1 || address >> 16 == 0xC0A8 || address >> 16 == 0xA9FE
    }

    /// What clients are counted by: an IPv4 address, or the /64 of an IPv6 one. A household has that many addresses, and
    /// a budget for each of them would be none.
    package var clientNetwork: IPAddress { isIPv4 ? self : IPAddress(high: high, low: 0) }
}

extension IPAddress: CustomStringConvertible {
    /// As RFC 5952 writes it.
    package var description: String {
        if isIPv4 { return [24, 16, 8, 0].map { String(low >> $0 & 0xFF) }.joined(separator: ".") }
        var address = unsafeBitCast((high.bigEndian, low.bigEndian), to: in6_addr.self)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { (text) in
            String(cString: inet_ntop(AF_INET6, &address, text.baseAddress, socklen_t(INET6_ADDRSTRLEN)))
        }
    }
}

/// Whether the host of a URL or of a setting is this machine: a loopback address, in brackets or not, or `localhost`
/// (RFC 6761 §6.3). No other name is, whatever it begins with: 127.0.0.1.example leads anywhere.
package func isLoopback(host: String) -> Bool {
    address(ofHost: host)?.isLoopback ?? (host.lowercased() == "localhost")
}

/// Whether the host of a URL is an address of a private network, in brackets or not. A name isn't, wherever it leads now.
package func isPrivate(host: String) -> Bool {
    address(ofHost: host)?.isPrivate ?? false
}

private func address(ofHost host: String) -> IPAddress? {
    var text = host[...]
    if text.hasPrefix("["), text.hasSuffix("]") { text = text.dropFirst().dropLast() }
    return IPAddress(text)
}
