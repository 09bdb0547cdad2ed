import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// Everything between a socket and `(Request) async -> Response`: listeners, TLS, the PROXY protocol, HTTP/1.1 and HTTP/2,
/// limits on what clients send and how long they take, fairness among connections, and draining.
///
/// ```swift
/// let server = Server(connectionLimit: 1000, logger: logger)
/// let address = ListenAddress.tcp(host: "127.0.0.1", port: 8080)
/// try await server.run([Server.Endpoint(addresses: [address]) { (request) in Response(.noContent, .guarded) }])
/// ```
package struct Server: Sendable {
    package typealias Handler = @Sendable (Request) async -> Response

    /// Addresses, and what answers the requests there.
    package struct Endpoint: Sendable {
        let addresses: [ListenAddress]
        let isPrivate: Bool
        let handler: Handler

        /// Makes an endpoint. A private one is for the server's operators: it speaks plain HTTP, and its connections don't
        /// count towards the limit.
        package init(addresses: [ListenAddress], isPrivate: Bool = false, handler: @escaping Handler) {
            self.addresses = addresses
            self.isPrivate = isPrivate
            self.handler = handler
        }
    }

    /// Requests that wait for their answers.
    package let load = RequestLoad()
    private let tls: TLSCertificate?
    private let proxyProtocol: ProxyProtocolPolicy?
    private let table: ConnectionTable
    private let limits: ServerLimits
    private let draining = Draining()
    private let drainDelay: Duration
    private let logger: Logger

    /// - Parameters:
    ///   - tls: the certificate for TLS on TCP sockets; nil for plain HTTP. UNIX-domain sockets always use plain HTTP.
    ///   - readsProxyProtocol: whether every connection comes from a trusted proxy and begins with a PROXY header.
    ///   - trustedProxies: proxies whose `X-Forwarded-For` and PROXY headers are trusted, in addition to this machine.
    ///   - connectionLimit: the maximum number of open connections, not counting those to private endpoints.
    ///   - limits: the limits for a connection and its requests.
    ///   - drainDelay: how long connections are still accepted and kept open during shutdown, so that requests already
    ///     sent are answered.
    ///   - logger: logs connections that were refused or failed.
    package init(
        tls: TLSCertificate? = nil, readsProxyProtocol: Bool = false, trustedProxies: [NetworkRange] = [],
        connectionLimit: Int, limits: ServerLimits = ServerLimits(), drainDelay: Duration = .zero, logger: Logger
    ) {
        self.tls = tls
        self.limits = limits
        self.drainDelay = drainDelay
        self.logger = logger
        let trusted = TrustedProxies(ranges: trustedProxies)
        table = ConnectionTable(limit: connectionLimit, trusted: trusted, logger: logger)
        proxyProtocol = readsProxyProtocol ? ProxyProtocolPolicy(trusted: trusted, logger: logger) : nil
    }

    /// Serves until it is cancelled or shut down gracefully. It then accepts no more connections, and answers the
    /// requests that have arrived.
    ///
    /// - Parameters:
    ///   - endpoints: the addresses to listen on, and what answers requests there.
    ///   - onListening: called once per address when it accepts connections, with the port that it got.
    ///   - onReady: called when all addresses accept connections.
    /// - Throws: ``ServerError`` if it can't listen on one of the addresses. It then listens on none.
    package func run(
        _ endpoints: [Endpoint], onListening: (ListenAddress) -> Void = { _ in }, onReady: () -> Void = {}
    ) async throws {
        let listeners = try await bind(endpoints)
        for listener in listeners { onListening(listener.address) }
        onReady()
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { (tasks) in
                for listener in listeners { tasks.addTask { try await listener.serve() } }
                let watch = tls.map { (tls) in Task { [logger] in await tls.watch(logger: logger) } }
                defer { watch?.cancel() }
                try await tasks.waitForAll()
            }
        } onGracefulShutdown: {
            logger.notice("stopping: requests that have arrived are answered, and soon no connection is accepted")
            draining.begin()
            Task {
                await waitForQuiet()
                for listener in listeners { listener.drain() }
            }
        }
        logger.notice("stopped: the last connection is closed")
    }

    /// Requests that were sent before the shutdown are on their way, on connections that may not even be accepted yet.
    private func waitForQuiet() async {
        try? await Task.sleep(for: drainDelay)
        var (accepted, quietRounds) = (table.acceptedCount, 0)
        for _ in 0..<Self.acceptingRounds where drainDelay > .zero && quietRounds < 10 {
            try? await Task.sleep(for: .milliseconds(20))
            quietRounds = table.acceptedCount == accepted ? quietRounds + 1 : 0
            accepted = table.acceptedCount
        }
    }

    /// How often a shutdown waits for 20 ms because connections still come out of the kernel's queue.
    private static let acceptingRounds = 100

    private func bind(_ endpoints: [Endpoint]) async throws(ServerError) -> [Listener] {
        var listeners: [Listener] = []
        do throws(ServerError) {
            for endpoint in endpoints {
                let pipeline = pipeline(endpoint)
                for address in endpoint.addresses {
                    listeners.append(try await .bind(address, pipeline, logger: logger))
                }
            }
        } catch {
            for listener in listeners {
                listener.drain()
                try? await listener.serve()
            }
            throw error
        }
        return listeners
    }

    private func pipeline(_ endpoint: Endpoint) -> ConnectionPipeline {
        let table =
            endpoint.isPrivate
            ? ConnectionTable(limit: Self.privateConnectionLimit, trusted: table.trusted, logger: logger) : table
        return ConnectionPipeline(
            tls: endpoint.isPrivate ? nil : tls, proxyProtocol: endpoint.isPrivate ? nil : proxyProtocol, load: load,
            table: table, limits: limits, draining: draining, handler: endpoint.handler)
    }

    private static let privateConnectionLimit = 64
}

extension Server {
    /// What there is to measure.
    package struct Report: Sendable {
        package typealias Counts = [(reason: String, count: Int)]

        package let openConnections: Int
        package let connectionLimit: Int
        /// Idle connections that were closed to make room.
        package let closings: Counts
        package let requestsInFlight: Int
        /// Nil if the server does not speak TLS.
        package let tls: TLSCertificate.Report?
        /// Nil if the server does not read PROXY headers.
        package let proxyProtocolRefusals: Counts?
    }

    package var report: Report {
        Report(
            openConnections: table.openCount, connectionLimit: table.limit, closings: table.closings.report,
            requestsInFlight: load.current, tls: tls?.report, proxyProtocolRefusals: proxyProtocol?.refusals.report)
    }
}

/// Bounds on what a client may send, and on how long it may take.
///
/// The standard ones are far above what any request needs and far below what hurts, so nobody has to choose them. Tests
/// set shorter times.
package struct ServerLimits: Sendable {
    /// Bytes of a request's body.
    package var bodyByteCount = 16 << 10
    /// Bytes of the request line and the header together.
    package var headByteCount = 16 << 10
    /// Fields of a header.
    package var headFieldCount = 100
    /// Unanswered requests of one connection. Neither browsers nor proxies send a second request before the answer to the
    /// first, and a client that sends hundreds at once should cost no more than parsing a few of them.
    package var pipelinedCount = 16
    /// Bytes of the first read: most requests fit. Everything that was read is parsed before a client that sent too much at
    /// once is closed.
    package var firstReadByteCount = 1 << 10
    /// From a connection's beginning to the end of its first request, and from the head of a later one to its end. A client
    /// that takes longer is slow on purpose or gone.
    package var requestTime = TimeAmount.seconds(15)
    /// How long a connection may stay open between two requests, until the head of the second one is whole.
    package var idleTime = TimeAmount.seconds(75)
    /// How long a client that was told to go away may take to go.
    package var graceTime = TimeAmount.seconds(10)

    package init() {}

    /// How long a connection may stay open when the server shuts down.
    var drainTime: TimeAmount { requestTime + graceTime }
}

/// How many connections and HTTP/2 streams have a request that has arrived and is not answered yet.
///
/// It is counted where bytes arrive, so it includes those that nobody has begun to answer: what makes latency collapse
/// is that queue. A request whose body is incomplete doesn't count yet, or clients that never send one could have the
/// others turned away.
package final class RequestLoad: Sendable {
    /// A quarter of a second of work for two cores. Above it, requests are told to come again instead of waiting longer
    /// than their senders do.
    package static let limit = 2048

    private let count = Atomic(0)

    func arrive() { count.add(1, ordering: .relaxed) }

    func leave() { count.subtract(1, ordering: .relaxed) }

    package var current: Int { count.load(ordering: .relaxed) }

    package var isExcessive: Bool { current > Self.limit }
}

/// Whether the server is shutting down: answers then say that their connection ends with them (RFC 9112 §9.6).
final class Draining: Sendable {
    private let hasBegun = Atomic(false)

    func begin() { hasBegun.store(true, ordering: .relaxed) }

    var isOn: Bool { hasBegun.load(ordering: .relaxed) }
}
