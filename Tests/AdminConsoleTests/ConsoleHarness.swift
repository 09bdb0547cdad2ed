import AsyncHTTPClient
import Consumption
import ConsumptionLog
import Cryptography
import Distributions
import Encoding
import Foundation
import LinkToken
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Trust

@testable import AdminConsole

/// A console that really listens, over a workspace that is really there.
final class ConsoleHarness: Sendable {
    static let password = "correct horse battery"

    let directory: TemporaryDirectory
    let workspace: Workspace
    let console: Console
    let port: Int
    private let running: Task<Void, any Error>

    /// Starts one, hands it to the body, and ends it whatever the body does.
    static func run(
        hostNames: [String] = [], sources: ContactSources = ContactSources(), edges: [String] = [], port: Int = 0,
        provider: SignInProvider? = nil, now: UnixTime = UnixTime(rawValue: 1_795_504_687),
        _ body: (ConsoleHarness) async throws -> Void
    ) async throws {
        let harness = try await ConsoleHarness(hostNames, sources, edges, port, provider, now)
        try await always {
            await harness.stop()
        } after: {
            try await body(harness)
        }
    }

    private init(
        _ hostNames: [String], _ sources: ContactSources, _ edges: [String], _ wantedPort: Int,
        _ provider: SignInProvider?, _ now: UnixTime
    ) async throws {
        directory = TemporaryDirectory()
        workspace = try Workspace.create(in: directory.root)
        let keyring = try Keyring.create(in: workspace.keyringDirectory, algorithm: .ed25519, at: now)
        try ConsumptionLog.create(at: workspace.consumptionLogPath)
        try workspace.publish(keyring, signedBy: keyring.rootPrivateKey(), at: now)
        var defaults = LinkDefaults()
        defaults.baseURL = try LinkBaseURL("https://links.example/l/")
        try workspace.setLinkDefaults(defaults)
        // Cheap to guess, so that the tests of everything else don't take 128 MiB each.
        try Self.add("admin", .admin, to: workspace)
        var configuration = Console.Configuration()
        configuration.port = wantedPort
        configuration.provider = provider
        configuration.hostNames = hostNames
        configuration.sources = sources
        configuration.edges = edges
        let time = Clock(now.rawValue)
        clock = time
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let console = try Console(
            of: workspace, configuration: configuration, clock: { UnixTime(rawValue: time.seconds) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onListening: { (port) in continuation.yield(port) })
        self.console = console
        running = Task { try await console.run() }
        var found = 0
        for await port in ports {
            found = port
            break
        }
        port = found
    }

    let clock: Clock

    /// Adds a user with the password that all have here.
    static func add(_ user: String, _ role: Role, to workspace: Workspace) throws {
        try Passwords.set(
            secret(password), of: user, role: role, in: ConsoleFiles(of: workspace),
            cost: ScryptCost(log2N: 4, blockSize: 8, parallelism: 1)!)
    }

    final class Clock: Sendable {
        private let value: Mutex<UInt32>
        init(_ seconds: UInt32) { value = Mutex(seconds) }
        var seconds: UInt32 { value.withLock { $0 } }
        func advance(_ seconds: UInt32) { value.withLock { $0 += seconds } }
    }

    private func stop() async {
        running.cancel()
        _ = await running.result
    }

    static func secret(_ text: String) -> SecretBytes {
        let bytes = Array(text.utf8)
        return SecretBytes(copying: bytes.span)
    }

    // MARK: Requests

    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: String
        var location: String { headers.first(name: "location") ?? "" }
        var leadsToSignIn: Bool { status == 303 && (location == "/sign-in" || location.hasPrefix("/sign-in?next=%2F")) }

        /// The value of the first form's token.
        var formToken: String {
            body.firstMatch(of: /name="form-token" value="([^"]*)"/).map { String($0.1) } ?? ""
        }

        func cookie(_ name: String) -> String? {
            headers["set-cookie"].first { $0.hasPrefix(name + "=") }
                .map { String($0.dropFirst(name.count + 1).prefix { $0 != ";" }) }
        }
    }

    /// - Parameter headers: beside those that a browser sends, in their place where they have the same name.
    func send(
        _ method: HTTPMethod, _ path: String, cookie: String? = nil, headers extra: [(String, String)] = [],
        body: String? = nil, bytes: [UInt8]? = nil, limit: Int = 64 << 20
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = method
        if let cookie { request.headers.add(name: "cookie", value: cookie) }
        if let body {
            request.body = .bytes(ByteBuffer(string: body))
            request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
        }
        if let bytes { request.body = .bytes(ByteBuffer(bytes: bytes)) }
        if method == .POST { request.headers.add(name: "sec-fetch-site", value: "same-origin") }
        for (name, value) in extra { request.headers.replaceOrAdd(name: name, value: value) }
        let response = try await Self.client.execute(request, timeout: .seconds(120))
        let bytes = try await response.body.collect(upTo: limit)
        return Answer(
            status: Int(response.status.code), headers: response.headers, body: String(buffer: bytes))
    }

    static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    static func form(_ fields: [(String, String)]) -> String {
        fields.map { $0.0.percentEncoded + "=" + $0.1.percentEncoded }.joined(separator: "&")
    }

    /// - Returns: the answer to the form of the sign-in page.
    func attempt(
        _ password: String, user: String = "admin", cookie more: String = "", headers: [(String, String)] = []
    ) async throws -> Answer {
        let page = try await send(.GET, "/sign-in", headers: headers)
        let cookie = page.headers["set-cookie"].first?.prefix { $0 != ";" } ?? ""
        return try await send(
            .POST, "/sign-in", cookie: cookie + (more.isEmpty ? "" : "; " + more), headers: headers,
            body: Self.form([("form-token", page.formToken), ("user", user), ("password", password)]))
    }

    /// The names of the cookies.
    var signInCookie: String { "linkseal-sign-in-\(port)" }
    var sessionCookie: String { "linkseal-session-\(port)" }

    func signIn(_ user: String = "admin") async throws -> SignedIn {
        try await signedIn(by: try await attempt(Self.password, user: user))
    }

    /// The browser that such an answer signs in.
    func signedIn(by answer: Answer) async throws -> SignedIn {
        let cookie = "\(sessionCookie)=" + (answer.cookie(sessionCookie) ?? "")
        let page = try await send(.GET, "/sessions", cookie: cookie)
        return SignedIn(harness: self, cookie: cookie, formToken: page.formToken)
    }
}

/// A browser that is signed in.
struct SignedIn: Sendable {
    let harness: ConsoleHarness
    let cookie: String
    let formToken: String

    func get(_ path: String) async throws -> ConsoleHarness.Answer {
        try await harness.send(.GET, path, cookie: cookie)
    }

    func post(_ path: String, _ fields: [(String, String)] = []) async throws -> ConsoleHarness.Answer {
        try await harness.send(
            .POST, path, cookie: cookie, body: ConsoleHarness.form([("form-token", formToken)] + fields))
    }

    func upload(_ text: String, named name: String, token: String? = nil) async throws -> ConsoleHarness.Answer {
        try await upload(Array(text.utf8), named: name, token: token)
    }

    /// - Parameter zone: the time zone that a script fills in.
    func upload(
        _ text: String, named name: String, token: String? = nil, to path: String, zone: String = ""
    ) async throws -> ConsoleHarness.Answer {
        try await upload(Array(text.utf8), named: name, token: token, to: path, [("time-zone", zone)])
    }

    func upload(
        _ file: [UInt8], named name: String, replacing list: String = "", token: String? = nil,
        to path: String = "/contacts/upload", _ more: [(name: String, value: String)] = []
    ) async throws -> ConsoleHarness.Answer {
        let head =
            ([("form-token", token ?? formToken), ("replaces", list)] + more).map {
                "--XX\r\nContent-Disposition: form-data; name=\"\($0.0)\"\r\n\r\n\($0.1)\r\n"
            }.joined()
            + "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n"
            + "Content-Type: text/csv\r\n\r\n"
        return try await harness.send(
            .POST, path, cookie: cookie,
            headers: [("content-type", "multipart/form-data; boundary=XX")],
            bytes: Array(head.utf8) + file + Array("\r\n--XX--\r\n".utf8))
    }

    /// Asks for a job's progress until it is over.
    func finish(_ path: String) async throws -> ConsoleHarness.Answer {
        while try await get(path + "/progress.json").body.contains("\"isOver\":false") {
            try await Task.sleep(for: .milliseconds(20))
        }
        return try await get(path)
    }

    func generate(
        from list: String, named name: String, _ more: [(String, String)] = []
    ) async throws -> ConsoleHarness.Answer {
        try await post(
            "/generate",
            [
                ("source", "list:" + list), ("shown-source", "list:" + list), ("name", name), ("expires", "60d"),
                ("action", "generate"), ("survey-url", "https://survey.example/s?c={contact_id}&r={session}"),
            ].filter { (name, _) in !more.contains { $0.0 == name } } + more)
    }

    /// Generates links of the list People, and gives the distribution when they are there.
    func distribution(named name: String) async throws -> Distribution {
        _ = try await finish(try await generate(from: "People", named: name).location)
        return try #require(try harness.workspace.distributions.all().first { $0.name == name })
    }
}
