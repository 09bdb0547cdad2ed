import NIOCore
import Synchronization

/// What is known of one connection beyond the requests on it.
final class Connection: Sendable {
    private let source: Mutex<IPAddress?>

    init(peer: SocketAddress?) {
        source = Mutex(peer.flatMap(IPAddress.init))
    }

    /// Who is at the other end: the peer, or whom it speaks for (PROXY protocol). Nil for a UNIX-domain socket.
    var address: IPAddress? { source.withLock { $0 } }

    func speaks(for address: IPAddress) { source.withLock { $0 = address } }
}
