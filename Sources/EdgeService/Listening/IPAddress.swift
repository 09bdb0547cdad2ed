import Glibc
import NIOCore

/// An IPv4 or IPv6 address as a value; IPv4 is held mapped (RFC 4291 §2.5.5.2), so one address has one value however a
/// dual-stack socket shows it.
struct IPAddress: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Parameter v4: in the machine's byte order.
    init(v4: UInt32) {
        self.init(high: 0, low: 0xFFFF << 32 | UInt64(v4))
    }

    private init(_ bytes: in6_addr) {
        let words = unsafeBitCast(bytes, to: (UInt64, UInt64).self)
        self.init(high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1))
    }

    /// Nil for anything but an address alone: no port, no brackets, no zone.
    init?(_ text: some StringProtocol) {
        var address = in6_addr()
        guard inet_pton(AF_INET6, text.contains(":") ? String(text) : "::ffff:\(text)", &address) == 1 else {
            return nil
        }
        self.init(address)
    }

    /// Nil for a UNIX-domain socket.
    init?(_ address: SocketAddress) {
        switch address {
        case .v4(let address): self.init(v4: UInt32(bigEndian: address.address.sin_addr.s_addr))
        case .v6(let address): self.init(address.address.sin6_addr)
        case .unixDomainSocket: return nil
        }
    }

    var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    var isLoopback: Bool { isIPv4 ? low >> 24 & 0xFF == 127 : high == 0 && low == 1 }
}

extension IPAddress: CustomStringConvertible {
    /// As RFC 5952 writes it.
    var description: String {
        if isIPv4 { return [24, 16, 8, 0].map { String(low >> $0 & 0xFF) }.joined(separator: ".") }
        var address = unsafeBitCast((high.bigEndian, low.bigEndian), to: in6_addr.self)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { (text) in
            String(cString: inet_ntop(AF_INET6, &address, text.baseAddress, socklen_t(INET6_ADDRSTRLEN)))
        }
    }
}
