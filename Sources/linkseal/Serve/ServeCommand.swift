import ArgumentParser
import BundleFollowing
import Consumption
import ConsumptionLog
import ConsumptionPostgres
import EdgeService
import Fetching
import FoundationEssentials
import HTTPServer
import Logging
import ServiceLifecycle

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

            Two edges with separate logs each accept a link once, so let edges that open the same links share a PostgreSQL \
            store (--store), in which a link is accepted once in all. The admin counts what happens on this edge after \
            `linkseal edges add`, which reads the log at --operations-listen with the key of --consumption-key-file.

            Settings come from flags, or else from the environment (LINKSEAL_LISTEN for --listen), or else from the file \
            that --config names; `--check` shows the result.

            SIGTERM drains and ends it, SIGHUP reads the TLS certificate again, SIGUSR1 compacts the log.
            """)

    @OptionGroup var settings: ServeSettings

    @Option(
        help: ArgumentHelp(
            "A JSON file of settings, named as the flags are (default: $LINKSEAL_CONFIG).", valueName: "file"))
    var config: String?

    @Flag(help: "Print the settings and where each comes from, say whether the edge would start, and exit.")
    var check = false

    @OptionGroup var result: ResultOptions

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let effective = try EffectiveSettings(
            settings, environment: environment,
            file: config ?? environment["LINKSEAL_CONFIG"].flatMap { $0.isEmpty ? nil : $0 })
        let plan = ServePlan(settings: effective.settings, environment: environment)
        try FileLimit.raise()
        if check { return try await report(effective, plan) }
        let format = result.json ? .json : effective.settings.logFormat ?? .text
        var logger = Logger(label: "linkseal") { LineLogHandler.standardError(label: $0, format: format) }
        logger.logLevel = (effective.settings.logLevel ?? .info).level
        Server.fitEventLoopsToCores()
        try await serve(plan, logger)
    }

    private struct Report: Encodable {
        struct Setting: Encodable {
            let name: String
            let value: String?
            let origin: String
        }

        let settings: [Setting]
        let errors, warnings: [ServeCheck.Finding]
    }

    private func report(_ effective: EffectiveSettings, _ plan: ServePlan) async throws {
        let standards = plan.standards
        let settings = effective.entries.map {
            Report.Setting(name: $0.name, value: $0.value ?? standards[$0.name], origin: "\($0.origin)")
        }
        let check = await ServeCheck(plan)
        try result.show(Report(settings: settings, errors: check.errors, warnings: check.warnings)) {
            let width = settings.map(\.name.count).max() ?? 0
            for setting in settings {
                let name = setting.name + String(repeating: " ", count: width - setting.name.count)
                print("\(name)  \(setting.value ?? "not set")  (\(setting.origin))")
            }
            for warning in check.warnings { warn("\(warning.setting): \(warning.message)") }
            for error in check.errors { note("Error: \(error.setting): \(error.message)") }
            if check.errors.isEmpty { print("All is as it should be: the edge would start now.") }
        }
        if !check.errors.isEmpty { throw ExitCode.failure }
    }

    private func serve(_ plan: ServePlan, _ logger: Logger) async throws {
        let files = try plan.files()
        #if PostgreSQL
            if let address = try plan.settings.shared.address() {
                let store = try await PostgresStore.open(address)
                if let failure = store.failure {
                    logger.warning("the store is away, so no survey is started yet: \(failure)")
                }
                return try await serve(plan, files, store, log: nil, logger) { await store.close() }
            }
        #else
            try plan.settings.shared.refuse()
        #endif
        let store = try ConsumptionLog.open(
            at: files.log, mode: plan.settings.newLog ? .existingOrNew : .existing)
        if store.recovery.tornBytes > 0 {
            logger.warning(
                "dropped an unfinished write at the end of the log",
                metadata: ["bytes": .stringConvertible(store.recovery.tornBytes), "log": "\(files.log)"])
        }
        var inbox = InboxService(store: store, logger: logger)
        // Before anybody is served: what is left there may end links.
        await inbox.look()
        try await serve(
            plan, files, store, log: store, logger,
            besides: [CompactionOnSignal(store: store, logger: logger), inbox]
        ) {
            await store.close()
        }
    }

    private func serve(
        _ plan: ServePlan, _ files: ServePlan.Files, _ store: some ConsumptionStore, log: ConsumptionLog?,
        _ logger: Logger,
        besides others: [any Service] = [], close: () async -> Void
    ) async throws {
        do {
            let follower = try await BundleFollower.open(
                BundleSource(files.bundle), pinned: plan.rootKey(files), record: files.log + ".trust",
                interval: plan.settings.pollInterval?.seconds, preparesKeys: plan.settings.verifyWith != .evp,
                client: FetchClient.trusting(plan.settings.caFile), logger: logger)
            let notifications = SystemdNotifications(environment: plan.environment)
            let configuration = try plan.edgeConfiguration(log: log)
            let edge = Edge(
                trust: follower.trust, store: store, sessions: try plan.sessions(files), configuration: configuration,
                following: { follower.status }, logger: logger,
                onListening: { [logger] in logger.notice("listening", metadata: ["address": "\($0)"]) },
                onReady: { notifications.ready() })
            let reload = ReloadOnSignal { [logger] in
                notifications.reloading { configuration.tls?.reload(logger) }
            }
            try await ServiceGroup(
                services: [follower, notifications, reload] + others + [edge],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet(logger)
            ).run()
        } catch {
            await close()
            throw error
        }
        await close()
    }

    private func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }
}
