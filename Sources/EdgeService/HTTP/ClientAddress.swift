import Glibc
import NIOCore

/// The network address that a client counts under: an IPv4 address, or the /64 of an IPv6 one, since a household has
/// that many addresses.
struct ClientAddress: Hashable, Sendable {
    private let high: UInt64
    /// Zero but for IPv4 addresses, which are mapped (RFC 4291 §2.5.5.2).
    private let low: UInt64

    private init(_ bytes: in6_addr) {
        let words = unsafeBitCast(bytes, to: (UInt64, UInt64).self)
        let (high, low) = (UInt64(bigEndian: words.0), UInt64(bigEndian: words.1))
        let isMapped = high == 0 && low >> 32 == 0xFFFF
        self.high = high
        self.low = isMapped ? low : 0
        isLoopback = isMapped ? low >> 24 & 0xFF == 127 : high == 0 && low == 1
    }

    /// Of this machine: a proxy in front, which names the client in a field.
    let isLoopback: Bool

    /// Nil for what is no IP address, with or without a port.
    init?(_ text: some StringProtocol) {
        var text = String(text.filter { $0 != " " && $0 != "\t" })
        if text.hasPrefix("[") {
            text = String(text.dropFirst().prefix { $0 != "]" })
        } else if text.filter({ $0 == ":" }).count == 1 {
            text = String(text.prefix { $0 != ":" })
        }
        if !text.contains(":") { text = "::ffff:" + text }
        var address = in6_addr()
        guard inet_pton(AF_INET6, text, &address) == 1 else { return nil }
        self.init(address)
    }

    /// The client of a connection and a request on it, or nil where nobody says who it is: a local proxy that names
    /// nobody, a UNIX-domain socket.
    ///
    /// A proxy appends the address that it saw, so the last one is the only one that was not made up by the client.
    ///
    /// - Parameters:
    ///   - peer: the other end of the connection.
    ///   - forwardedFor: the field `X-Forwarded-For`; heard from this machine alone.
    init?(peer: SocketAddress?, forwardedFor: String?) {
        if let peer, let text = peer.ipAddress, let address = ClientAddress(text), !address.isLoopback {
            self = address
        } else {
            guard let last = forwardedFor?.split(separator: ",").last, let address = ClientAddress(last),
                !address.isLoopback
            else { return nil }
            self = address
        }
    }
}
