import ConsumptionLog
import Glibc
import Hummingbird
import HummingbirdCore
import LinkToken
import Logging
import NIOCore
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
        /// Where it listens; all serve the same.
        public var listeners: [ListenAddress]
        /// Where surveys of distributions are sent that no bundle names. Without one their links can't be opened.
        public var defaultSurveyURL: SurveyURLTemplate?
        /// Seconds past a bundle's due time after which the edge stops. A week by default.
        public var trustGrace: UInt32

        public init(
            listeners: [ListenAddress], defaultSurveyURL: SurveyURLTemplate? = nil,
            trustGrace: UInt32 = BundleFreshness.standardGrace
        ) {
            self.listeners = listeners
            self.defaultSurveyURL = defaultSurveyURL
            self.trustGrace = trustGrace
        }
    }

    private let configuration: Configuration
    private let responder: EdgeResponder
    private let load: RequestLoad
    private let logger: Logger
    private let onListening: @Sendable (ListenAddress) -> Void

    /// - Parameters:
    ///   - trust: the bundle in force; whoever follows publications replaces it there.
    ///   - store: where consumed links are recorded.
    ///   - sessions: the keys that this edge shares with others of its group.
    ///   - following: how following the publications goes, where somebody does.
    ///   - clock: the wall clock.
    ///   - logger: at `info` each request is logged, never with a token.
    ///   - onListening: called once per listener when it accepts connections, with the port that it got.
    public init(
        trust: CurrentTrust, store: any ConsumptionStore, sessions: SessionKeyring, configuration: Configuration,
        following: @escaping @Sendable () -> BundleStatus? = { nil },
        clock: @escaping @Sendable () -> UnixTime = Edge.systemClock, logger: Logger,
        onListening: @escaping @Sendable (ListenAddress) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.logger = logger
        self.onListening = onListening
        let load = RequestLoad()
        self.load = load
        responder = EdgeResponder(
            service: LinkService(
                trust: trust, store: store, sessions: sessions, defaultSurveyURL: configuration.defaultSurveyURL,
                trustGrace: configuration.trustGrace, cache: SignatureCache(), clock: clock),
            following: following, pages: .standard, metrics: EdgeMetrics(), limiter: RefusalLimiter(), load: load,
            logger: logger)
    }

    /// `CLOCK_REALTIME`, in whole seconds.
    public static let systemClock: @Sendable () -> UnixTime = {
        UnixTime(rawValue: UInt32(clamping: time(nil)))
    }

    /// Serves until it is cancelled or gracefully shut down: then no connection is accepted any more, and requests that
    /// have arrived are answered.
    public func run() async throws {
        let services = configuration.listeners.map { (address) in
            ServiceGroupConfiguration.ServiceConfiguration(
                service: application(on: address), successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .cancelGroup)
        }
        try await ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: quiet)).run()
    }

    private func application(on address: ListenAddress) -> Application<EdgeResponder> {
        let bound: BindAddress =
            switch address {
            case .tcp(let host, let port): .hostname(host, port: port)
            case .unix(let path): .unixDomainSocket(path: path)
            }
        return Application(
            responder: responder, server: .http1(configuration: .edge(load)),
            configuration: ApplicationConfiguration(
                address: bound, backlog: 1024,
                availableConnectionsDelegate: .maximum(Self.connectionLimit, logger: quiet)),
            onServerRunning: { (channel) in
                if case .tcp(let host, _) = address, let port = channel.localAddress?.port {
                    onListening(.tcp(host: host, port: port))
                } else {
                    onListening(address)
                }
            }, logger: quiet)
    }

    /// The frameworks' own messages, of which only warnings concern those who run an edge.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }

    /// At most 10,000, and fewer where the process may not open as many files.
    private static var connectionLimit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 500 }
        return min(10_000, max(64, Int(clamping: limit.rlim_cur) - 128))
    }
}

extension HTTP1Channel.Configuration {
    /// Within ``RequestLimits``.
    fileprivate static func edge(_ load: RequestLoad) -> HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            additionalChannelHandlers: [RequestLimitHandler(load: load)], idleTimeout: RequestLimits.idleTime,
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: RequestLimits.headByteCount, maxHeaderListSize: RequestLimits.headByteCount,
                maxHeaderFieldCount: RequestLimits.headFieldCount))
    }
}
