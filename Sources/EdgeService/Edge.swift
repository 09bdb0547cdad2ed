import ConsumptionLog
import Glibc
import LinkToken
import Logging
import ServiceLifecycle
import Tracing
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
        /// Where it listens; all serve the same.
        public var listeners: [ListenAddress]
        /// Where surveys of distributions are sent that no bundle names. Without one their links can't be opened.
        public var defaultSurveyURL: SurveyURLTemplate?
        /// Seconds past a bundle's due time after which the edge stops. A week by default.
        public var trustGrace: UInt32
        /// What it shows on TCP, where it speaks TLS then. UNIX-domain sockets stay in clear.
        public var tls: TLSCertificate?
        /// Whether every connection begins with a PROXY header, and comes from a trusted proxy.
        public var readsProxyProtocol: Bool
        /// Whose `X-Forwarded-For` and PROXY header is believed, besides that of this machine.
        public var trustedProxies: [NetworkRange]
        /// What recipients see.
        public var pages: PageCatalog

        public init(
            listeners: [ListenAddress], defaultSurveyURL: SurveyURLTemplate? = nil,
            trustGrace: UInt32 = BundleFreshness.standardGrace, tls: TLSCertificate? = nil,
            readsProxyProtocol: Bool = false, trustedProxies: [NetworkRange] = [],
            pages: PageCatalog = .standard
        ) {
            self.listeners = listeners
            self.defaultSurveyURL = defaultSurveyURL
            self.trustGrace = trustGrace
            self.tls = tls
            self.readsProxyProtocol = readsProxyProtocol
            self.trustedProxies = trustedProxies
            self.pages = pages
        }
    }

    private let configuration: Configuration
    private let proxyProtocol: ProxyProtocolPolicy?
    private let responder: EdgeResponder
    private let load: RequestLoad
    private let logger: Logger
    private let onListening: @Sendable (ListenAddress) -> Void
    private let onReady: @Sendable () -> Void

    /// - Parameters:
    ///   - trust: the bundle in force; whoever follows publications replaces it there.
    ///   - store: where consumed links are recorded.
    ///   - sessions: the keys that this edge shares with others of its group.
    ///   - following: how following the publications goes, where somebody does.
    ///   - tracer: what is told of each request as a span of kind server, in the trace that its `traceparent` names; nil
    ///     for nothing. Spans have the route, the method, the status and the outcome, never a token.
    ///   - clock: the wall clock.
    ///   - uptime: seconds of a clock that only goes forward, by which refusals are forgotten.
    ///   - logger: at `info` each request is logged, never with a token.
    ///   - onListening: called once per listener when it accepts connections, with the port that it got.
    ///   - onReady: called when all do.
    public init(
        trust: CurrentTrust, store: any ConsumptionStore, sessions: SessionKeyring, configuration: Configuration,
        following: @escaping @Sendable () -> BundleStatus? = { nil }, tracer: (any Tracer)? = nil,
        clock: @escaping @Sendable () -> UnixTime = Edge.systemClock,
        uptime: @escaping @Sendable () -> Double = Edge.systemUptime, logger: Logger,
        onListening: @escaping @Sendable (ListenAddress) -> Void = { _ in },
        onReady: @escaping @Sendable () -> Void = {}
    ) {
        self.configuration = configuration
        self.logger = logger
        self.onListening = onListening
        self.onReady = onReady
        let load = RequestLoad()
        self.load = load
        let trusted = TrustedProxies(ranges: configuration.trustedProxies)
        proxyProtocol = configuration.readsProxyProtocol ? ProxyProtocolPolicy(trusted: trusted, logger: logger) : nil
        responder = EdgeResponder(
            service: LinkService(
                trust: trust, store: store, sessions: sessions, defaultSurveyURL: configuration.defaultSurveyURL,
                trustGrace: configuration.trustGrace, cache: SignatureCache(), clock: clock),
            network: EdgeNetwork(tls: configuration.tls, proxyProtocol: proxyProtocol),
            following: following, pages: configuration.pages, metrics: EdgeMetrics(), limiter: RefusalLimiter(),
            uptime: uptime, load: load, outages: StoreOutageLog(logger: logger), tracer: tracer, logger: logger)
    }

    /// `CLOCK_REALTIME`, in whole seconds.
    public static let systemClock: @Sendable () -> UnixTime = {
        UnixTime(rawValue: UInt32(clamping: time(nil)))
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
    /// - Throws: ``EdgeFault`` when an address can't be listened on; then none is.
    public func run() async throws {
        let listeners = try await bind()
        for listener in listeners { onListening(listener.address) }
        onReady()
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { (tasks) in
                for listener in listeners { tasks.addTask { try await listener.serve() } }
                let watch = configuration.tls.map { (tls) in Task { [logger] in await tls.watch(logger: logger) } }
                let storeWatch = Task { [responder] in await responder.watchStore() }
                defer {
                    watch?.cancel()
                    storeWatch.cancel()
                }
                try await tasks.waitForAll()
            }
        } onGracefulShutdown: {
            for listener in listeners { listener.drain() }
        }
    }

    private func bind() async throws(EdgeFault) -> [EdgeListener] {
        let trusted = TrustedProxies(ranges: configuration.trustedProxies)
        let pipeline = ConnectionPipeline(
            tls: configuration.tls, proxyProtocol: proxyProtocol, load: load
        ) { [responder] (request, connection) in
            await responder.respond(to: request, context: EdgeContext(connection: connection, trusted: trusted))
        }
        var listeners: [EdgeListener] = []
        do throws(EdgeFault) {
            for address in configuration.listeners {
                listeners.append(
                    try await .bind(
                        address, pipeline, connectionLimit: Self.connectionLimit / configuration.listeners.count,
                        logger: logger))
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

    /// At most 10,000, and fewer where the process may not open as many files.
    private static var connectionLimit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 500 }
        return min(10_000, max(64, Int(clamping: limit.rlim_cur) - 128))
    }
}
