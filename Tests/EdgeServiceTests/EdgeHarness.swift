import AsyncHTTPClient
import Consumption
import ConsumptionLog
import Cryptography
import FoundationEssentials
import LinkToken
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Trust

@testable import BundleFollowing
@testable import EdgeService
@testable import HTTPServer

/// A real edge on loopback, with real keys and a real consumption log in a directory of its own.
final class EdgeHarness: Sendable {
    static let now = UnixTime(rawValue: 1_800_000_000)

    private let place: TemporaryDirectory
    var directory: String { place.root }
    let signingKey: PrivateKey
    let rootKey: PrivateKey
    let trust: CurrentTrust
    let log: ConsumptionLog
    let clock = SettableClock(EdgeHarness.now)
    let lines = LogLines()
    private let boundPort = Atomic(0)

    private init(
        place: TemporaryDirectory, signingKey: PrivateKey, rootKey: PrivateKey, trust: CurrentTrust,
        log: ConsumptionLog
    ) {
        self.place = place
        self.signingKey = signingKey
        self.rootKey = rootKey
        self.trust = trust
        self.log = log
    }

    private static func make(
        _ distributions: [PublishedDistribution], algorithm: SignatureAlgorithm
    ) throws -> EdgeHarness {
        let place = TemporaryDirectory()
        let signingKey = try PrivateKey.generate(algorithm)
        let rootKey = try PrivateKey.generate(.ed25519)
        return EdgeHarness(
            place: place, signingKey: signingKey, rootKey: rootKey,
            trust: CurrentTrust(try bundle(distributions, signingKey, rootKey, sequence: 1, state: .signing)),
            log: try ConsumptionLog.open(at: place.path("consumption.log"), mode: .existingOrNew))
    }

    private static func bundle(
        _ distributions: [PublishedDistribution], _ key: PrivateKey, _ root: PrivateKey, sequence: UInt64,
        state: KeyState
    ) throws -> VerifiedBundle {
        let bundle = TrustBundle(
            sequence: sequence, issuedAt: now, nextUpdate: now.adding(seconds: 86400),
            keys: [PublishedKey(key: key.publicKey, state: state)], distributions: distributions)
        let signed = try bundle.signed(by: root)
        return try VerifiedBundle(opening: signed.span, root: root.publicKey)
    }

    /// Puts a new bundle in force.
    func publish(_ distributions: [PublishedDistribution], keyState: KeyState = .signing) throws {
        let sequence = trust.bundle.bundle.sequence + 1
        trust.replace(
            with: try Self.bundle(distributions, signingKey, rootKey, sequence: sequence, state: keyState))
    }

    /// Runs the body against a serving edge, and shuts it down.
    static func serving(
        _ distributions: [PublishedDistribution] = [.survey], algorithm: SignatureAlgorithm = .ed25519,
        defaultSurveyURL: SurveyURLTemplate? = nil, consumptionKey: BearerKey? = nil,
        configure: (inout Edge.Configuration, _ directory: String) throws -> Void = { _, _ in },
        _ body: @Sendable (EdgeHarness) async throws -> Void
    ) async throws {
        let harness = try make(distributions, algorithm: algorithm)
        let (bound, boundSource) = AsyncStream.makeStream(of: ListenAddress.self)
        let lines = harness.lines
        var logger = Logger(label: "edge") { _ in LineCapture(lines: lines) }
        logger.logLevel = .trace
        var configuration = Edge.Configuration(
            listeners: [.tcp(host: "127.0.0.1", port: 0)], defaultSurveyURL: defaultSurveyURL, drainDelay: .zero)
        configuration.export = consumptionKey.map { ConsumptionExport(key: $0, log: harness.log) }
        try configure(&configuration, harness.directory)
        let edge = Edge(
            trust: harness.trust, store: harness.log,
            sessions: try SessionKeyring(current: SecretBytes(randomCount: 32)),
            configuration: configuration,
            following: { BundleStatus(harness.trust.bundle, isFromRecord: false) },
            clock: { harness.clock.now },
            uptime: { Double(harness.clock.now.rawValue) },
            logger: logger,
            onListening: { boundSource.yield($0) })
        let group = ServiceGroup(services: [edge], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { (tasks) in
            tasks.addTask { try await group.run() }
            harness.bound(to: await bound.first { _ in true })
            let result = await Self.result { try await body(harness) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
        await harness.log.close()
    }

    private static func result(_ body: () async throws -> Void) async -> Result<Void, any Error> {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }

    private func bound(to address: ListenAddress?) {
        guard case .tcp(_, let port)? = address else { return }
        boundPort.store(port, ordering: .sequentiallyConsistent)
    }

    var port: Int { boundPort.load(ordering: .sequentiallyConsistent) }

    // MARK: Links

    func token(
        _ serial: UInt32 = 0, of distribution: DistributionID = .survey, contact: String = "C-1042",
        expiresIn seconds: UInt32 = 3600, data: [(name: String, value: String)] = [], epoch: Epoch = .initial,
        key: PrivateKey? = nil
    ) throws -> String {
        let nonce = Nonce(distribution: distribution, serial: Serial(rawValue: serial))
        let claims = Claims(
            nonce: nonce, epoch: epoch, expiry: Self.now.adding(seconds: seconds),
            embeddedDataHash: try EmbeddedData(data).hash(for: nonce, salt: .inLink),
            contactID: try ContactID(contact))
        return try Token(minting: claims, with: key ?? signingKey).text
    }

    func advance(_ seconds: UInt32) { clock.advance(seconds) }

    func state(_ serial: UInt32 = 0, of distribution: DistributionID = .survey) async throws -> LinkState {
        try await log.state(of: Nonce(distribution: distribution, serial: Serial(rawValue: serial)))
    }

    // MARK: Requests

    struct Answer: Sendable {
        let status: Int
        let headers: [(name: String, value: String)]
        let body: String

        subscript(header: String) -> String? {
            headers.first { $0.name.lowercased() == header.lowercased() }?.value
        }

        /// The body as a JSON object.
        var json: [String: JSONValue] {
            (try? JSONDecoder().decode([String: JSONValue].self, from: Data(body.utf8))) ?? [:]
        }
    }

    private static let client = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: HTTPClient.Configuration.Timeout(connect: .seconds(60)),
            connectionPool: HTTPClient.Configuration.ConnectionPool(
                idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: 64)))

    func request(
        _ method: String, _ path: String, headers: [(String, String)] = [], body: String? = nil, port: Int? = nil
    ) async throws -> Answer {
        try await request(method, path, headers: headers, bytes: body.map { Array($0.utf8) }, port: port)
    }

    func request(
        _ method: String, _ path: String, headers: [(String, String)] = [], bytes body: [UInt8]?, port: Int? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port ?? self.port)\(path)")
        request.method = .init(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await Self.client.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 1 << 20)
        return Answer(
            status: Int(response.status.code), headers: response.headers.map { ($0.name, $0.value) },
            body: String(buffer: bytes))
    }

    func get(_ path: String, headers: [(String, String)] = []) async throws -> Answer {
        try await request("GET", path, headers: headers)
    }

    /// Starts a link, or resumes it.
    func session(starting token: String) async throws -> String {
        let start = try await post("/v1/start", json: "{\"token\":\"\(token)\"}")
        return try #require(start.json["session"]?.string)
    }

    func post(_ path: String, json: String) async throws -> Answer {
        try await request("POST", path, headers: [("Content-Type", "application/json")], body: json)
    }
}

/// A wall clock that moves when it is told to.
final class SettableClock: Sendable {
    private let time: Mutex<UnixTime>

    init(_ time: UnixTime) { self.time = Mutex(time) }

    var now: UnixTime { time.withLock { $0 } }

    func advance(_ seconds: UInt32) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}

extension DistributionID {
    static let survey = DistributionID(rawValue: 0x5EA1)!
    static let sealedOut = DistributionID(rawValue: 0xDEAD)!
}

extension PublishedDistribution {
    static let survey = make()

    static func make(
        id: DistributionID = .survey, url: String = "https://survey.example/s?c={contact_id}&r={session}",
        changes: DistributionChanges = .none, resume: ResumePolicy = .standard, inLink fields: [String]? = nil
    ) -> PublishedDistribution {
        PublishedDistribution(
            id: id, name: "NPS Q4", surveyURL: try! SurveyURLTemplate(url, inLinkFields: fields ?? []),
            changes: changes, resume: resume, embeddedData: fields.map { .inLink(fields: $0) } ?? .sealed,
            lastExpiry: EdgeHarness.now.adding(seconds: 1 << 20))
    }
}
