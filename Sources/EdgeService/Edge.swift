import BundleFollowing
import Consumption
import Glibc
import HTTPServer
import LinkToken
import Logging
import ServiceLifecycle
import Trust

/// The HTTP service that recipients' links lead to: it verifies them with public keys alone, starts each survey once,
/// and records it before it says so.
///
/// ```swift
/// let edge = Edge(
///     trust: CurrentTrust(bundle), store: log, sessions: try keyring.sessionKeyring(),
///     configuration: Edge.Configuration(listeners: [.tcp(host: "127.0.0.1", port: 8080)]), logger: logger)
/// try await ServiceGroup(services: [edge], gracefulShutdownSignals: [.sigterm], logger: logger).run()
/// ```
///
/// It holds no private key. What it answers to is described in `/openapi.json`.
public struct Edge: Service {
    public struct Configuration: Sendable {
        /// Where it listens for recipients, survey tools and proxies.
        public var listeners: [ListenAddress]
        /// Where it listens for those who run it: `/metrics`, `/readyz` and `/openapi.json` are answered there alone, in
        /// clear, and so is `/consumption`, which is answered nowhere else. Without one they are answered at ``listeners``.
        public var operationsListeners: [ListenAddress]
        /// Where surveys of distributions are sent that no bundle names. Without one their links can't be opened.
        public var defaultSurveyURL: SurveyURLTemplate?
        /// Seconds past a bundle's due time after which the edge stops. A week by default.
        public var trustGrace: UInt32
        /// What it shows on TCP, where it speaks TLS then. UNIX-domain sockets stay in clear.
        public var tls: TLSCertificate?
        /// Whether every connection begins with a PROXY header, and comes from a trusted proxy.
        public var readsProxyProtocol: Bool
        /// Proxies whose `X-Forwarded-For` and PROXY headers are trusted, in addition to this machine.
        public var trustedProxies: [NetworkRange]
        /// Whether `/auth` admits a link's bare token, even one that was never started. By default only the session of a
        /// started link gets in.
        public var authAcceptsTokens: Bool
        /// What recipients see.
        public var pages: PageCatalog
        /// Connections of recipients that may be open at once; by default as many as the limit of open files leaves room for.
        public var connectionLimit: Int
        /// What `/consumption` hands out at ``operationsListeners``; nil where that is not answered.
        public var export: ConsumptionExport?
        /// What a client may send, and how long it may take. Links are minted with the limit of a head in mind.
        package var limits: ServerLimits = {
            var limits = ServerLimits()
            limits.headByteCount = LinkLength.requestHeadByteCount
            return limits
        }()
        /// How long connections are still accepted and kept when it shuts down: what was sent before is answered.
        public var drainDelay: Duration

        public init(
            listeners: [ListenAddress], operationsListeners: [ListenAddress] = [],
            defaultSurveyURL: SurveyURLTemplate? = nil,
            trustGrace: UInt32 = BundleFreshness.standardGrace, tls: TLSCertificate? = nil,
            readsProxyProtocol: Bool = false, trustedProxies: [NetworkRange] = [],
            authAcceptsTokens: Bool = false, pages: PageCatalog = .standard,
            connectionLimit: Int = FileLimit.connectionLimit, export: ConsumptionExport? = nil,
            drainDelay: Duration = .milliseconds(500)
        ) {
            self.listeners = listeners
            self.operationsListeners = operationsListeners
            self.connectionLimit = connectionLimit
            self.export = export
            self.drainDelay = drainDelay
            self.defaultSurveyURL = defaultSurveyURL
            self.trustGrace = trustGrace
            self.tls = tls
            self.readsProxyProtocol = readsProxyProtocol
            self.trustedProxies = trustedProxies
            self.authAcceptsTokens = authAcceptsTokens
            self.pages = pages
        }
    }

    private let configuration: Configuration
    private let server: Server
    private let responder: EdgeResponder
    private let onListening: @Sendable (ListenAddress) -> Void
    private let onReady: @Sendable () -> Void

    /// - Parameters:
    ///   - trust: the bundle in force, which the bundle follower replaces.
    ///   - store: where consumed links are recorded.
    ///   - sessions: the keys that this edge shares with others of its group.
    ///   - configuration: where it listens, and what it allows.
    ///   - following: the state of the bundle follower, if there is one.
    ///   - clock: the wall clock.
    ///   - uptime: seconds of a clock that only goes forward, by which refusals are forgotten.
    ///   - logger: at `info` each request is logged, never with a token.
    ///   - onListening: called once per listener when it accepts connections, with the port that it got.
    ///   - onReady: called when all listeners accept connections.
    public init(
        trust: CurrentTrust, store: any ConsumptionStore, sessions: SessionKeyring, configuration: Configuration,
        following: @escaping @Sendable () -> BundleStatus? = { nil },
        clock: @escaping @Sendable () -> UnixTime = { .now },
        uptime: @escaping @Sendable () -> Double = Edge.systemUptime, logger: Logger,
        onListening: @escaping @Sendable (ListenAddress) -> Void = { _ in },
        onReady: @escaping @Sendable () -> Void = {}
    ) {
        self.configuration = configuration
        self.onListening = onListening
        self.onReady = onReady
        server = Server(
            tls: configuration.tls, readsProxyProtocol: configuration.readsProxyProtocol,
            trustedProxies: configuration.trustedProxies, connectionLimit: configuration.connectionLimit,
            limits: configuration.limits, drainDelay: configuration.drainDelay, logger: logger)
        responder = EdgeResponder(
            service: LinkService(
                trust: trust, store: store, sessions: sessions, defaultSurveyURL: configuration.defaultSurveyURL,
                trustGrace: configuration.trustGrace, acceptsTokens: configuration.authAcceptsTokens,
                cache: SignatureCache(), limiter: ForgeryLimiter(), uptime: uptime, clock: clock),
            server: server, following: following, pages: configuration.pages, metrics: EdgeMetrics(),
            outages: StoreOutageLog(logger: logger), export: configuration.export, logger: logger)
    }

    /// `CLOCK_MONOTONIC`, in seconds.
    public static let systemUptime: @Sendable () -> Double = {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Serves until it is cancelled or gracefully shut down: then no connection is accepted any more, and requests that
    /// have arrived are answered.
    ///
    /// - Throws: `ServerError` when an address can't be listened on; then none is.
    public func run() async throws {
        let storeWatch = Task { [responder] in await responder.watchStore() }
        defer { storeWatch.cancel() }
        let hasOperations = !configuration.operationsListeners.isEmpty
        try await server.run(
            [
                endpoint(configuration.listeners, hasOperations ? .recipients : .whole),
                endpoint(configuration.operationsListeners, .operations),
            ], onListening: onListening, onReady: onReady)
    }

    private func endpoint(_ addresses: [ListenAddress], _ surface: Surface) -> Server.Endpoint {
        Server.Endpoint(addresses: addresses, isPrivate: surface == .operations) { [responder] (request) in
            await responder.respond(to: request, on: surface)
        }
    }
}
