import Logging
import NIOCore
import Synchronization

/// The open connections of an edge, and room for new ones.
///
/// Connections that ask nothing must not keep people out. When as many are open as may be, those that have been idle
/// longest are closed; a client other than a trusted proxy may have only part of them, and makes room for itself alone.
final class ConnectionTable: Sendable {
    /// Why a connection was closed before its time.
    enum Closing: String, CaseIterable {
        /// It had been idle longest when others needed the room.
        case limit
        /// Its client had too many.
        case clientLimit = "client_limit"
    }

    private struct State {
        var connections: [ObjectIdentifier: Connection] = [:]
        var clients: [ClientAddress: [Connection]] = [:]
        var closings: [Closing: Int] = [:]
        var acceptedCount = 0
    }

    let limit: Int
    /// Connections of one client: an eighth of all, and at most 256. A household has far fewer, and an office that has more
    /// loses only those that it does not use.
    let clientLimit: Int
    private let trusted: TrustedProxies
    private let logger: Logger
    private let state = Mutex(State())

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

    /// The first, second, fourth, eighth… is logged: an operator notices, and a flood fills no disk.
    private func close(_ connections: [Connection], _ reason: Closing) {
        for connection in connections {
            connection.closeIfIdle()
            let count = state.withLock {
                $0.closings[reason, default: 0] += 1
                return $0.closings[reason, default: 0]
            }
            guard count & (count - 1) == 0 else { continue }
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
    var closings: [Closing: Int] { state.withLock { $0.closings } }
}
