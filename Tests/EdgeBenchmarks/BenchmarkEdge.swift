import BundleFollowing
import Consumption
import ConsumptionLog
import Cryptography
import EdgeService
import FoundationEssentials
import HTTPServer
import LinkToken
import Logging
import ServiceLifecycle
import Trust

/// A real edge on loopback with a consumption log in a directory of its own, and the key that mints its links.
struct BenchmarkEdge {
    let directory: String
    let port: Int
    /// That of its listener for operations, if it has one.
    let operationsPort: Int?
    let key: PrivateKey
    let distribution: DistributionID
    let now: UnixTime

    private static var warningLogger: Logger {
        var logger = Logger(label: "edge")
        logger.logLevel = .warning
        return logger
    }

    /// Runs the body against a serving edge.
    ///
    /// - Parameters:
    ///   - others: how many distributions its trust bundle holds besides the one that is measured.
    ///   - preparesKeys: whether signatures are verified with tables, as with `--verify-with tables`.
    ///   - consumptionKey: what its log is read with, at a listener for operations that it has then.
    ///   - logger: where requests are logged from the level `info` on.
    ///   - body: is given the edge, and what publishes the next bundle to it and waits until that is in force.
    static func serving(
        _ algorithm: SignatureAlgorithm, port: Int = 0, others: Int = 0, preparesKeys: Bool = true,
        consumptionKey: BearerKey? = nil, logger: Logger = warningLogger,
        _ body: @Sendable (BenchmarkEdge, _ publish: () async throws -> Void) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/linkseal-bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let (key, root) = (try PrivateKey.generate(algorithm), try PrivateKey.generate(.ed25519))
        let distribution = try DistributionID.random()
        let now = UnixTime.now
        let surveyURL = try SurveyURLTemplate("https://survey.example/s?c={contact_id}&r={session}")
        let distributions = try ([distribution] + (0..<others).map { (_) in try .random() }).map {
            PublishedDistribution(
                id: $0, name: "Benchmark", surveyURL: surveyURL, lastExpiry: now.adding(seconds: 86400))
        }
        let path = directory + "/bundle"
        @Sendable func write(_ sequence: UInt64) throws {
            let bundle = TrustBundle(
                sequence: sequence, issuedAt: now, nextUpdate: now.adding(seconds: 86400),
                keys: [PublishedKey(key: key.publicKey, state: .signing)], distributions: distributions)
            try Data(try bundle.signed(by: root)).write(to: URL(filePath: path), options: .atomic)
        }
        try write(1)
        let log = try ConsumptionLog.open(at: directory + "/consumption.log", mode: .existingOrNew)
        let follower = try await BundleFollower.open(
            BundleSource(path), pinned: root.publicKey, record: directory + "/record", interval: 1,
            preparesKeys: preparesKeys, logger: logger)
        let (bound, boundSource) = AsyncStream.makeStream(of: ListenAddress.self)
        var configuration = Edge.Configuration(listeners: [.tcp(host: "127.0.0.1", port: port)])
        if let consumptionKey {
            configuration.operationsListeners = [.tcp(host: "127.0.0.1", port: 0)]
            configuration.export = ConsumptionExport(key: consumptionKey, log: log)
        }
        let edge = Edge(
            trust: follower.trust, store: log,
            sessions: try SessionKeyring(current: SecretBytes(randomCount: SessionKeyring.keyByteCount)),
            configuration: configuration, logger: logger, onListening: { boundSource.yield($0) },
            onReady: { boundSource.finish() })
        let group = ServiceGroup(services: [follower, edge], logger: logger)
        let running = Task { try await group.run() }
        var ports: [Int] = []
        for await case .tcp(_, let port) in bound { ports.append(port) }
        guard let boundPort = ports.first else { return }
        var sequence: UInt64 = 1
        try await body(
            BenchmarkEdge(
                directory: directory, port: boundPort, operationsPort: ports.dropFirst().first, key: key,
                distribution: distribution, now: now)
        ) {
            sequence += 1
            try write(sequence)
            while follower.status.sequence != sequence { try await Task.sleep(for: .milliseconds(20)) }
        }
        await group.triggerGracefulShutdown()
        try await running.value
        await log.close()
    }

    func token(_ serial: UInt32, key: PrivateKey? = nil, expiresIn seconds: UInt32 = 3600) throws -> String {
        try Token(
            minting: Claims(
                nonce: Nonce(distribution: distribution, serial: Serial(rawValue: serial)), epoch: .initial,
                expiry: now.adding(seconds: seconds), embeddedDataHash: nil,
                contactID: try ContactID("C-\(serial + 10_000_000)")), with: key ?? self.key
        ).text
    }
}
