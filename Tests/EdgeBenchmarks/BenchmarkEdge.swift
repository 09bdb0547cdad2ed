import ConsumptionLog
import Cryptography
import EdgeService
import FoundationEssentials
import LinkToken
import Logging
import ServiceLifecycle
import Trust

/// A real edge on loopback with a consumption log in a directory of its own, and the key that mints its links.
struct BenchmarkEdge {
    let directory: String
    let port: Int
    let key: PrivateKey
    let distribution: DistributionID
    let now: UnixTime

    /// Runs the body against a serving edge.
    static func serving(
        _ algorithm: SignatureAlgorithm, port: Int = 0, _ body: @Sendable (BenchmarkEdge) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/linkseal-bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let (key, root) = (try PrivateKey.generate(algorithm), try PrivateKey.generate(.ed25519))
        let distribution = try DistributionID.random()
        let now = Edge.systemClock()
        let bundle = TrustBundle(
            sequence: 1, issuedAt: now, nextUpdate: now.adding(seconds: 86400),
            keys: [PublishedKey(key: key.publicKey, state: .signing)],
            distributions: [
                PublishedDistribution(
                    id: distribution, name: "Benchmark",
                    surveyURL: try SurveyURLTemplate("https://survey.example/s?c={contact_id}&r={session}"),
                    lastExpiry: now.adding(seconds: 86400))
            ])
        let signed = try bundle.signed(by: root)
        let log = try ConsumptionLog.open(at: directory + "/consumption.log", mode: .existingOrNew)
        var logger = Logger(label: "edge")
        logger.logLevel = .warning
        let (bound, boundSource) = AsyncStream.makeStream(of: ListenAddress.self)
        let edge = Edge(
            trust: CurrentTrust(try VerifiedBundle(opening: signed.span, root: root.publicKey)), store: log,
            sessions: try SessionKeyring(current: SecretBytes(randomCount: SessionKeyring.keyByteCount)),
            configuration: Edge.Configuration(listeners: [.tcp(host: "127.0.0.1", port: port)]), logger: logger,
            onListening: { boundSource.yield($0) })
        let group = ServiceGroup(services: [edge], logger: logger)
        let running = Task { try await group.run() }
        guard case .tcp(_, let boundPort)? = await bound.first(where: { _ in true }) else { return }
        try await body(
            BenchmarkEdge(directory: directory, port: boundPort, key: key, distribution: distribution, now: now))
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
