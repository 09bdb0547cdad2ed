import AsyncHTTPClient
import Foundation
import Glibc
import NIOCore
import TestSupport
import Testing

/// `linkseal serve` as a process of its own on a port that the system chose.
final class Server: Sendable {
    /// A server that was killed is not waited for.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.connectionPool.retryConnectionEstablishment = false
        // A thousand requests wait for the same few connections.
        configuration.timeout.connect = .seconds(120)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
    private let process: ServingProcess
    var url: String { process.url }
    /// What it says after that it listens.
    var lines: AsyncStream<String> { process.lines }

    init(
        _ place: ProgramWorkspace, _ arguments: [String] = [], environment: [String] = [], under wrapper: [String] = []
    ) async throws {
        process = try await ServingProcess(arguments, in: place.root, environment: environment, under: wrapper)
    }

    func signal(_ number: Int32) { process.send(number) }

    func kill() { process.send(SIGKILL) }

    /// Has it compact its log.
    func compact() { process.send(SIGUSR1) }

    func killed() async {
        kill()
        _ = await process.end()
    }

    func terminate() async {
        signal(SIGTERM)
        await ended()
    }

    func ended() async { #expect(await process.end() == .exited(0)) }

    struct Answer: Decodable {
        var outcome: String
        /// Of a start.
        var session: String?
        /// Of a start: where its survey is.
        var surveyURL: String?
    }

    /// What starting the link came to: `started`, `resumed`, or the code of the refusal.
    func start(_ token: String) async throws -> Answer { try await post("start", token) }

    func finish(_ token: String) async throws -> Answer { try await post("finish", token) }

    /// Where a recipient is sent who opens the link and begins.
    func redirect(of token: String) async throws -> String? {
        var request = HTTPClientRequest(url: "\(url)/l/\(token)")
        request.method = .POST
        let response = try await Self.client.execute(request, timeout: .seconds(120))
        _ = try await response.body.collect(upTo: 1 << 20)
        return response.headers.first(name: "location")
    }

    private func post(_ verb: String, _ token: String) async throws -> Answer {
        var request = HTTPClientRequest(url: "\(url)/v1/\(verb)")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: "{\"token\":\"\(token)\"}"))
        let response = try await Self.client.execute(request, timeout: .seconds(120))
        let body = Data(try await response.body.collect(upTo: 1 << 16).readableBytesView)
        let fields = try JSONDecoder().decode([String: JSONValue].self, from: body)
        return Answer(
            outcome: fields["outcome"]?.string ?? fields["code"]?.string ?? "\(response.status.code)",
            session: fields["session"]?.string, surveyURL: fields["surveyURL"]?.string)
    }

    /// The value of a metric without labels.
    func metric(_ name: String) async throws -> String? {
        let response = try await Self.client.execute(HTTPClientRequest(url: url + "/metrics"), timeout: .seconds(60))
        let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
        return text.split(separator: "\n").first { $0.hasPrefix(name + " ") }.map {
            String($0.dropFirst(name.count + 1))
        }
    }

    func status(of path: String) async throws -> UInt {
        let response = try await Self.client.execute(HTTPClientRequest(url: url + path), timeout: .seconds(60))
        _ = try await response.body.collect(upTo: 1 << 20)
        return response.status.code
    }

    /// Asks until the server runs that bundle.
    func waitForBundle(_ sequence: Double) async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(30))
        while ContinuousClock.now < end {
            let response = try await Self.client.execute(HTTPClientRequest(url: url + "/readyz"), timeout: .seconds(10))
            let body = Data(try await response.body.collect(upTo: 1 << 16).readableBytesView)
            let fields = try JSONDecoder().decode([String: JSONValue].self, from: body)
            if fields["bundleSequence"]?.number == sequence { return }
        }
        Issue.record("the server never ran bundle \(sequence)")
    }
}
