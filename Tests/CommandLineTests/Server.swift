import AsyncHTTPClient
import Foundation
import Glibc
import NIOCore
import TestSupport
import Testing

/// `linkseal serve` as a process of its own on a port that the system chose.
final class Server: Sendable {
    let url: String
    /// A server that was killed is not waited for.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
    private let process: ChildProcess
    private let directory = TemporaryDirectory()

    init(_ place: Place, _ arguments: [String] = []) async throws {
        // It says where it listens through a named pipe; reading one needs neither a delay nor a second look.
        let pipe = directory.path("errors")
        mkfifo(pipe, 0o600)
        // Open for both, so that opening does not wait for the other side.
        let end = open(pipe, O_RDWR | O_CLOEXEC)
        process = try ChildProcess(
            Command.path, ["serve", "--listen", "127.0.0.1:0"] + arguments, in: place.root, errors: pipe)
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        Thread.detachNewThread { [process] in
            var text = ""
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = read(end, &buffer, buffer.count), count > 0 {
                text += String(decoding: buffer[..<count], as: UTF8.self)
                while let newline = text.firstIndex(of: "\n") {
                    continuation.yield(String(text[..<newline]))
                    text = String(text[text.index(after: newline)...])
                }
            }
            _ = withExtendedLifetime(process) { close(end) }
        }
        Task { [process] in
            _ = await process.end()
            // Wakes the reader, which would wait for ever on a pipe that it holds open itself.
            continuation.finish()
        }
        var seen = ""
        for await line in lines {
            seen += line + "\n"
            guard line.contains("listening"), let start = line.range(of: "address=") else { continue }
            url = "http://\(line[start.upperBound...].prefix { $0 != " " })"
            return
        }
        throw DidNotStart(output: seen)
    }

    struct DidNotStart: Error {
        var output: String
    }

    deinit { process.send(SIGKILL) }

    func kill() { process.send(SIGKILL) }

    func killed() async {
        kill()
        _ = await process.end()
    }

    func terminate() async {
        process.send(SIGTERM)
        #expect(await process.end() == .exited(0))
    }

    struct Answer: Decodable {
        var outcome: String
    }

    /// What starting the link came to: `started`, `resumed`, or the code of the refusal.
    func start(_ token: String) async throws -> Answer {
        var request = HTTPClientRequest(url: url + "/v1/start")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: "{\"token\":\"\(token)\"}"))
        let response = try await Self.client.execute(request, timeout: .seconds(60))
        let body = Data(try await response.body.collect(upTo: 1 << 16).readableBytesView)
        let fields = try JSONDecoder().decode([String: JSONValue].self, from: body)
        return Answer(outcome: fields["outcome"]?.string ?? fields["code"]?.string ?? "\(response.status.code)")
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
