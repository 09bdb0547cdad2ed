import Files
import NIOCore
import Synchronization

/// What is known of one connection beyond the requests on it.
final class Connection: Sendable {
    private let source: Mutex<IPAddress?>
    /// Whether it is TLS from the client to here.
    let isEncrypted: Bool

    init(peer: SocketAddress?, isEncrypted: Bool) {
        source = Mutex(peer.flatMap(IPAddress.init))
        self.isEncrypted = isEncrypted
    }

    /// Who is at the other end: the peer, or whom it speaks for (PROXY protocol). Nil for a UNIX-domain socket.
    var address: IPAddress? { source.withLock { $0 } }

    func speaks(for address: IPAddress) { source.withLock { $0 = address } }
}

extension IPAddress {
    /// Nil for a UNIX-domain socket.
    init?(_ address: SocketAddress) {
        switch address {
        case .v4(let address): self.init(v4: UInt32(bigEndian: address.address.sin_addr.s_addr))
        case .v6(let address): self.init(address.address.sin6_addr)
        case .unixDomainSocket: return nil
        }
    }
}
