import Files
import NIOCore
import Synchronization

/// What is known of one connection beyond the requests on it.
final class Connection: Sendable {
    /// Who is at the other end.
    enum Origin: Hashable, Sendable {
        /// The peer itself. Nil for a UNIX-domain socket.
        case peer(IPAddress?)
        /// Whom the peer speaks for by its PROXY header. Nil where the header names nobody.
        case proxied(IPAddress?)
    }

    private let source: Mutex<Origin>
    /// Whether it is TLS from the client to here.
    let isEncrypted: Bool
    private let requestCount = Atomic(0)
    private let lastUse: Atomic<UInt64>
    private let close: @Sendable () -> Void

    /// - Parameter close: closes it; called on any thread, at most once.
    init(peer: SocketAddress?, isEncrypted: Bool, close: @escaping @Sendable () -> Void = {}) {
        self.isEncrypted = isEncrypted
        source = Mutex(.peer(peer.flatMap(IPAddress.init)))
        lastUse = Atomic(NIODeadline.now().uptimeNanoseconds)
        self.close = close
    }

    var origin: Origin { source.withLock { $0 } }

    /// - Parameter address: nil where the peer's PROXY header names nobody.
    func speaks(for address: IPAddress?) { source.withLock { $0 = .proxied(address) } }

    // MARK: Idleness

    func requestArrived() { requestCount.add(1, ordering: .relaxed) }

    func requestAnswered() {
        requestCount.subtract(1, ordering: .relaxed)
        lastUse.store(NIODeadline.now().uptimeNanoseconds, ordering: .relaxed)
    }

    /// Since when nothing was asked on it, or nil while a request waits for its answer. A request that has not arrived
    /// whole is none yet.
    var idleSince: UInt64? {
        requestCount.load(ordering: .relaxed) > 0 ? nil : lastUse.load(ordering: .relaxed)
    }

    /// Closes it unless a request has arrived meanwhile.
    func closeIfIdle() {
        if idleSince != nil { close() }
    }
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
