import Cryptography
import Distributions
import Fetching
import Files
import Glibc
import Hummingbird
import HummingbirdCore
import LinkToken
import Logging
import NIOCore
import ServiceLifecycle

/// The admin console: the pages on which people generate links, watch them and end them, in a browser.
///
/// ```swift
/// let console = try Console(of: workspace, configuration: Console.Configuration(), logger: logger)
/// try await ServiceGroup(services: [console], gracefulShutdownSignals: [.sigterm], logger: logger).run()
/// ```
///
/// It does what the commands do, with the same functions. <doc:Security> says how it is protected.
public struct Console: Service {
    public struct Configuration: Sendable {
        /// An address or name of this machine.
        public var host = "127.0.0.1"
        /// Zero for one that the system chooses.
        public var port = 8081
        /// More names under which browsers reach it: that of the proxy in front.
        public var hostNames: [String] = []
        /// Whether it may listen where other machines can reach it.
        public var allowsRemote = false
        /// The records of which links were used; when nil, the workspace's log and those of its registered edges.
        public var accounts: UseAccounts?
        /// What ``accounts`` are, in words.
        public var countedFrom = ""
        /// Whether what was consumed on the registered edges is fetched each minute.
        public var fetchesEdges = true
        /// The addresses of edges, to be asked which bundle they run.
        public var edges: [String] = []
        /// A file of certificate authorities in PEM that are trusted for edges and the provider, in addition to the system's.
        public var caFile: String?
        /// The services that lists are imported from.
        public var sources = ContactSources()
        /// Where users can sign in, beside those who have a password here.
        public var provider: SignInProvider?
        /// Opens the private keys where they are encrypted.
        public var passphrase: SecretBytes?

        public init() {}
    }

    private let configuration: Configuration
    let service: ConsoleService
    private let logger: Logger
    private let onListening: @Sendable (_ port: Int) -> Void

    /// - Parameters:
    ///   - workspace: the workspace that the console manages.
    ///   - configuration: where it listens, and what it allows.
    ///   - clock: the wall clock.
    ///   - logger: logs requests and errors.
    ///   - onListening: called with the port once it accepts connections.
    /// - Throws: ``ConsoleRefusal`` if nobody has a password yet, or if it would listen for other machines without
    ///   being told to.
    public init(
        of workspace: Workspace, configuration: Configuration, clock: @escaping @Sendable () -> UnixTime = { .now },
        logger: Logger, onListening: @escaping @Sendable (_ port: Int) -> Void = { _ in }
    ) throws {
        let isLoopback = isLoopback(host: configuration.host)
        guard isLoopback || configuration.allowsRemote else {
            throw ConsoleRefusal.notLoopback(configuration.host)
        }
        guard isLoopback || !configuration.hostNames.isEmpty else { throw ConsoleRefusal.noHostName }
        let files = ConsoleFiles(of: workspace)
        _ = try Passwords(contentsOf: files.passwords)
        try files.prepare()
        files.removeUploads()
        self.configuration = configuration
        self.logger = logger
        self.onListening = onListening
        service = try ConsoleService(
            workspace: workspace, files: files, configuration: configuration, clock: clock, logger: logger)
    }

    /// Serves until it is cancelled or gracefully shut down. Jobs that run then are cancelled and leave nothing behind.
    public func run() async throws {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            responder: ConsoleResponder(service: service, logger: logger),
            server: HTTPServerBuilder { (responder) in
                ConsoleConnections(
                    http: HTTP1Channel(
                        responder: responder,
                        configuration: HTTP1Channel.Configuration(
                            idleTimeout: .seconds(75),
                            httpDecoderConfiguration: .init(
                                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))))
            },
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), backlog: 256,
                availableConnectionsDelegate: .maximum(500, logger: quiet)),
            onServerRunning: { (channel) in onListening(channel.localAddress?.port ?? 0) }, logger: quiet)
        let fetching = Task { [service] in await service.keepFetchingEdges() }
        defer { fetching.cancel() }
        do {
            try await withGracefulShutdownHandler {
                try await application.run()
            } onGracefulShutdown: { [logger] in
                logger.notice("stopping: no connection is accepted any more, and jobs that run are cancelled")
            }
        } catch {
            await service.close()
            throw error
        }
        await service.close()
    }
}
