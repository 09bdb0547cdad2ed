import ArgumentParser
import BundleFollowing
import Consumption
import ConsumptionLog
import Distributions
import EdgeService
import FoundationEssentials
import LinkToken
import Logging
import ServiceLifecycle
import Synchronization
import Trust

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Try everything once, in a temporary workspace with a sample survey.",
        discussion: """
            Makes keys and a contact list, generates links, serves them and a survey of one question on loopback, and \
            prints three links to click. Ctrl-C ends it and removes everything.

              linkseal demo
              linkseal demo --walk    # act as the recipients too, and exit
            """)

    @Flag(help: "Act as the recipients, print what happens, and exit with status 0 if everything worked.")
    var walk = false
    @OptionGroup var result: ResultOptions

    private struct Walked: Encodable {
        var walked = true
    }

    func run() async throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "linkseal-demo-\(UUID())").path
        try FileManager.default.createDirectory(
            atPath: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: root) }

        let (workspace, keyring) = try Workspace.initialize(in: root, algorithm: .ed25519, at: .now)
        let log = try ConsumptionLog.open(at: workspace.consumptionLogPath)
        let trust = CurrentTrust(try workspace.publishedBundle(keyring))

        let edgePort = OneTime<Int>()
        let surveyPort = OneTime<Int>()
        var logger = Logger(label: "edge")
        logger.logLevel = .error
        let survey = SampleSurvey { "http://127.0.0.1:\(edgePort.value ?? 0)/done" }
            .application { surveyPort.set($0) }
        let edge = Edge(
            trust: trust, store: log, sessions: try keyring.sessionKeyring(),
            configuration: Edge.Configuration(listeners: [.tcp(host: "127.0.0.1", port: 0)]), logger: logger,
            onListening: { if case .tcp(_, let port) = $0 { edgePort.set(port) } })
        let show = DemoShow(
            workspace: workspace, keyring: keyring, trust: trust, ports: (edgePort, surveyPort), walk: walk)

        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: survey), .init(service: edge),
        ]
        services.append(
            .init(
                service: show, successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .gracefullyShutdownGroup))
        try await ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services, gracefulShutdownSignals: [.sigint, .sigterm], logger: logger)
        ).run()
        await log.close()
        if walk { try result.show(Walked()) { print("\nAll went as it should.") } }
    }
}

/// A value that one task sets once and others wait for.
final class OneTime<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiters: [CheckedContinuation<Value, Never>] = []
    }

    private let state = Mutex(State())

    var value: Value? { state.withLock { $0.value } }

    func set(_ value: Value) {
        let waiters = state.withLock { (state) in
            state.value = state.value ?? value
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    func wait() async -> Value {
        await withCheckedContinuation { (waiter) in
            let value = state.withLock { (state) in
                if state.value == nil { state.waiters.append(waiter) }
                return state.value
            }
            if let value { waiter.resume(returning: value) }
        }
    }
}
