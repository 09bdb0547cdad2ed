import Logging
import NIOCore
import ServiceLifecycle

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

        /// - Parameter isPrivate: whether it is for those who run the server. Then it speaks plain HTTP, and has room for
        ///   connections whatever happens elsewhere.
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
    ///   - tls: what it shows on TCP, where it speaks TLS then. UNIX-domain sockets stay in clear.
    ///   - readsProxyProtocol: whether every connection begins with a PROXY header, and comes from a trusted proxy.
    ///   - trustedProxies: whose `X-Forwarded-For` and PROXY header is believed, besides that of this machine.
    ///   - connectionLimit: connections that may be open at once, besides those of private endpoints.
    ///   - drainDelay: how long connections are still accepted and kept when it shuts down: what was sent before is
    ///     answered.
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

    /// Serves until it is cancelled or gracefully shut down: then no connection is accepted any more, and requests that
    /// have arrived are answered.
    ///
    /// - Parameters:
    ///   - onListening: called once per address when it accepts connections, with the port that it got.
    ///   - onReady: called when all do.
    /// - Throws: ``ServerError`` when an address can't be listened on; then none is.
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
