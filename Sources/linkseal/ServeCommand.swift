import ArgumentParser
import ConsumptionLog
import ConsumptionPostgres
import Cryptography
import Dispatch
import Distributions
import EdgeService
import Glibc
import LinkToken
import Logging
import ServiceLifecycle
import Trust

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Open links: the page, start, finish, and the API for survey tools.",
        discussion: """
            On the machine of the workspace it needs nothing more. Elsewhere it needs three files and no private key: the \
            root key to pin, the session key that edges share, and a log of its own.

              linkseal serve --listen 127.0.0.1:8080
              linkseal serve --listen 0.0.0.0:8080 --bundle https://admin.example/bundle.json \\
                --root-key root.pub.pem --session-key session.key --log consumption.log

            SIGTERM drains and ends it; SIGUSR1 compacts the log.
            """)

    @OptionGroup var workspace: WorkspaceOptions

    @Option(help: ArgumentHelp("HOST:PORT or unix:PATH; can be given again.", valueName: "address"))
    var listen: [ListenAddress] = [.tcp(host: "127.0.0.1", port: 8080)]

    @Option(
        help: ArgumentHelp(
            "The trust bundle: a file that is watched, or a URL that is polled.", valueName: "file-or-url"))
    var bundle: String?

    @Option(help: ArgumentHelp("The public root key that bundles must be signed with.", valueName: "file"))
    var rootKey: String?

    @Option(help: ArgumentHelp("The 32 bytes that all edges issue sessions with.", valueName: "file"))
    var sessionKey: String?

    @Option(help: ArgumentHelp("The consumption log; made where there is none with --new-log.", valueName: "file"))
    var log: String?

    @OptionGroup var shared: StoreOptions

    @Flag(help: "Begin with an empty log where there is none. With an empty log every used link works again.")
    var newLog = false

    @Option(help: ArgumentHelp("Seconds between two looks at the bundle.", valueName: "seconds"))
    var pollInterval: UInt32?

    @Option(
        help: ArgumentHelp("Where surveys are sent whose distribution no bundle names yet.", valueName: "template"))
    var defaultSurveyURL: String?

    func validate() throws {
        if bundle != nil, rootKey == nil || sessionKey == nil || log == nil && shared.store == nil {
            throw ValidationError("--bundle goes with --root-key, --session-key, and --log or --store.")
        }
    }

    func run() async throws {
        var logger = Logger(label: "linkseal") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .info
        let files = try edgeFiles()
        #if PostgreSQL
            if let address = try shared.address() {
                let store = try await PostgresStore.open(address)
                if let failure = store.failure {
                    logger.warning("the store is away, so no survey is started yet: \(failure)")
                }
                return try await serve(files, store, logger) { await store.close() }
            }
        #else
            try shared.refuse()
        #endif
        let store = try ConsumptionLog.open(at: files.log, mode: newLog ? .existingOrNew : .existing)
        if store.recovery.tornBytes > 0 {
            logger.warning(
                "dropped an unfinished write at the end of the log",
                metadata: ["bytes": "\(store.recovery.tornBytes)", "log": "\(files.log)"])
        }
        try await serve(files, store, logger, besides: [CompactionOnSignal(store: store, logger: logger)]) {
            await store.close()
        }
    }

    private func serve(
        _ files: EdgeFiles, _ store: some ConsumptionStore, _ logger: Logger, besides others: [any Service] = [],
        close: () async -> Void
    ) async throws {
        do {
            let follower = try await BundleFollower.open(
                BundleSource(files.bundle), pinned: PublicKey(contentsOf: files.rootKey), record: files.log + ".trust",
                interval: pollInterval, logger: logger)
            let edge = Edge(
                trust: follower.trust, store: store,
                sessions: try SessionKeyring(current: SecretFile.read(files.sessionKey)),
                configuration: Edge.Configuration(
                    listeners: listen,
                    defaultSurveyURL: try defaultSurveyURL.map { (text) throws(TemplateFault) in
                        try SurveyURLTemplate(text)
                    }),
                following: { follower.status }, logger: logger,
                onListening: { [logger] in logger.notice("listening", metadata: ["address": "\($0)"]) })
            try await ServiceGroup(
                services: [follower] + others + [edge], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: quiet(logger)
            ).run()
        } catch {
            await close()
            throw error
        }
        await close()
    }

    private typealias EdgeFiles = (bundle: String, rootKey: String, sessionKey: String, log: String)

    /// Without a log, its name is still where the edge keeps its record of accepted bundles.
    private func edgeFiles() throws -> EdgeFiles {
        if let bundle, let rootKey, let sessionKey {
            return (bundle, rootKey, sessionKey, log ?? "linkseal-edge")
        }
        let workspace = try workspace.open()
        let keys = workspace.keyringDirectory
        return (
            workspace.bundlePath, rootKey ?? keys + "/root.pub.pem", sessionKey ?? keys + "/session.key",
            log ?? workspace.consumptionLogPath
        )
    }

    private func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = .warning
        return quiet
    }
}

/// Compacts the log whenever somebody sends SIGUSR1, as cron does at night.
struct CompactionOnSignal: Service {
    let store: ConsumptionLog
    let logger: Logger

    func run() async throws {
        signal(SIGUSR1, SIG_IGN)
        let (signals, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let source = DispatchSource.makeSignalSource(signal: SIGUSR1, queue: .global())
        source.setEventHandler { continuation.yield() }
        source.resume()
        await cancelWhenGracefulShutdown {
            for await _ in signals {
                do {
                    let report = try await store.compact()
                    logger.notice(
                        "compacted the log",
                        metadata: ["before": "\(report.recordsBefore)", "after": "\(report.recordsAfter)"])
                } catch {
                    logger.error("could not compact the log: \(error)")
                }
            }
        }
        source.cancel()
    }
}

extension ListenAddress: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
