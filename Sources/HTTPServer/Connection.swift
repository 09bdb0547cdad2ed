import Files
import Logging
import NIOCore
import Synchronization

/// What is known of one connection beyond the requests on it.
final class Connection: Sendable {
    /// The peer.
    enum Origin: Hashable, Sendable {
        /// The peer itself. Nil for a UNIX-domain socket.
        case peer(IPAddress?)
        /// Whom the peer speaks for by its PROXY header. Nil where the header names nobody.
        case proxied(IPAddress?)
    }

    private let source: Mutex<Origin>
    /// Whether it is TLS from the client to here.
    let isEncrypted: Bool
    /// Whose word about the client's address is taken.
    let trusted: TrustedProxies
    private let requestCount = Atomic(0)
    private let lastUse: Atomic<UInt64>
    private let close: @Sendable () -> Void

    /// - Parameter close: closes it; called on any thread, at most once.
    init(
        peer: SocketAddress?, isEncrypted: Bool, trusted: TrustedProxies,
        close: @escaping @Sendable () -> Void = {}
    ) {
        self.isEncrypted = isEncrypted
        self.trusted = trusted
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

    /// Since when nothing was asked on it, or nil while a request waits for its answer. A request counts
    /// only once all of it has arrived.
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

/// The open connections of a server, and room for new ones.
///
/// Connections that ask nothing must not keep people out. When as many are open as may be, those that have been idle
/// longest are closed; a client other than a trusted proxy may have only part of them, and makes room for itself alone.
final class ConnectionTable: Sendable {
    /// Why a connection was closed before its time.
    enum Closing: String, CaseIterable, Sendable {
        /// It had been idle longest when others needed the room.
        case limit
        /// Its client had too many.
        case clientLimit = "client_limit"
    }

    private struct State {
        var connections: [ObjectIdentifier: Connection] = [:]
        var clients: [ClientAddress: [Connection]] = [:]
        var acceptedCount = 0
    }

    let limit: Int
    /// Connections of one client: an eighth of all, and at most 256. A household has far fewer, and an office that has more
    /// loses only those that it does not use.
    let clientLimit: Int
    let trusted: TrustedProxies
    private let logger: Logger
    private let state = Mutex(State())
    let closings = EventCounter<Closing>()

    /// - Parameters:
    ///   - limit: how many connections may be open.
    ///   - trusted: whose connections are not limited by client.
    init(limit: Int, trusted: TrustedProxies, logger: Logger) {
        self.limit = limit
        clientLimit = min(256, max(8, limit / 8))
        self.trusted = trusted
        self.logger = logger
    }

    /// Takes a connection in, and closes idle ones in its stead where there are too many.
    func add(_ connection: Connection) {
        let excess = state.withLock { (state) -> [Connection] in
            state.connections[ObjectIdentifier(connection)] = connection
            state.acceptedCount += 1
            guard state.connections.count > limit else { return [] }
            // Several at once: finding them takes a look at all.
            return Self.longestIdle(state.connections.values, atMost: max(1, limit / 128))
        }
        close(excess, .limit)
    }

    /// Counts a connection for its client, who is known with the connection or by its PROXY header.
    func identify(_ connection: Connection) {
        guard let client = client(of: connection) else { return }
        let excess = state.withLock { (state) -> [Connection] in
            // It may have been closed already.
            guard state.connections[ObjectIdentifier(connection)] != nil else { return [] }
            state.clients[client, default: []].append(connection)
            guard let own = state.clients[client], own.count > clientLimit else { return [] }
            let idle = Self.longestIdle(own, atMost: 1)
            return idle.isEmpty ? [connection] : idle
        }
        close(excess, .clientLimit)
    }

    func remove(_ connection: Connection) {
        let client = client(of: connection)
        state.withLock { (state) in
            state.connections[ObjectIdentifier(connection)] = nil
            guard let client, var own = state.clients.removeValue(forKey: client) else { return }
            own.removeAll { $0 === connection }
            if !own.isEmpty { state.clients[client] = own }
        }
    }

    private func client(of connection: Connection) -> ClientAddress? {
        switch connection.origin {
        case .peer(let address): address.flatMap { trusted.contains($0) ? nil : ClientAddress($0) }
        case .proxied(let address): address.map { ClientAddress($0) }
        }
    }

    private static func longestIdle(_ connections: some Collection<Connection>, atMost count: Int) -> [Connection] {
        let idle = connections.compactMap { (connection) in connection.idleSince.map { (connection, $0) } }
        if count == 1 { return idle.min { $0.1 < $1.1 }.map { [$0.0] } ?? [] }
        return idle.sorted { $0.1 < $1.1 }.prefix(count).map(\.0)
    }

    private func close(_ connections: [Connection], _ reason: Closing) {
        for connection in connections {
            connection.closeIfIdle()
            guard let count = closings.countToLog(reason) else { continue }
            logger.warning(
                reason == .limit
                    ? "closed the connection that was idle longest, since as many are open as may be"
                    : "closed a connection of a client that has too many",
                metadata: ["limit": "\(reason == .limit ? limit : clientLimit)", "closed": "\(count)"])
        }
    }

    /// Whether no more may be accepted now: all are in use.
    var isFull: Bool { state.withLock { $0.connections.count } >= limit + Self.slack }

    /// Connections above the limit that are accepted while idle ones are being closed.
    static let slack = 32

    /// How many were ever accepted.
    var acceptedCount: Int { state.withLock { $0.acceptedCount } }

    var openCount: Int { state.withLock { $0.connections.count } }
}
