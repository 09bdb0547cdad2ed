import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

@testable import EdgeService

@Suite("Too many connections")
struct ConnectionLimitTests {
    private static let request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

    private func limited(to limit: Int, proxied: Bool = false, _ body: @Sendable (EdgeHarness) async throws -> Void)
        async throws
    {
        try await EdgeHarness.serving(
            configure: { (configuration, _) in
                configuration.connectionLimit = limit
                configuration.readsProxyProtocol = proxied
            }, body)
    }

    @Test("idle connections make room for new ones, the longest idle first, and it is logged and counted")
    func idleConnectionsMakeRoom() async throws {
        try await limited(to: 100) { (edge) in
            let port = edge.port
            let survivors = try await RawConnection.converse(port: port) { (first) in
                first.send(Self.request)
                _ = first.readAnswers(1)
                var idle: [RawConnection] = []
                for _ in 0..<250 {
                    let connection = RawConnection(port: port)
                    connection.send(Self.request)
                    #expect(connection.readAnswers(1).hasPrefix("HTTP/1.1 200"))
                    idle.append(connection)
                }
                #expect(first.readToEnd() == "", "the first is closed by now")
                let last = idle[249]
                last.send(Self.request)
                return last.readAnswers(1)
            }
            #expect(survivors.hasPrefix("HTTP/1.1 200"))
            let metrics = try await edge.get("/metrics").body
            let closed = try #require(
                metrics.firstMatch(of: /linkseal_connections_closed_total{reason="limit"} (\d+)/).flatMap { Int($0.1) })
            #expect(closed >= 150, "\(metrics)")
            #expect(metrics.contains("linkseal_connections_limit 100\n"))
            #expect(edge.lines.text.contains("closed the connection that was idle longest"))
        }
    }

    @Test("a connection with a request on it is not closed for a new one")
    func busyConnectionsStay() async throws {
        try await limited(to: 64) { (edge) in
            let port = edge.port
            let body = "{\"token\":\"\(try edge.token())\"}"
            let head = "POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            try await RawConnection.converse(port: port) { (slow) in
                slow.send(head + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
                var others: [RawConnection] = []
                for _ in 0..<100 {
                    let connection = RawConnection(port: port)
                    connection.send(Self.request)
                    _ = connection.readAnswers(1)
                    others.append(connection)
                }
                #expect(slow.readAnswers(1).hasPrefix("HTTP/1.1 200"))
            }
        }
    }

    @Test("a client that opens too many connections loses its own, and nobody else's")
    func clientLimit() async throws {
        try await limited(to: 400, proxied: true) { (edge) in
            let port = edge.port
            @Sendable func header(_ address: String) -> String { "PROXY TCP4 \(address) 127.0.0.1 5 443\r\n" }
            try await RawConnection.converse(port: port) { (other) in
                other.send(header("198.51.100.8") + Self.request)
                _ = other.readAnswers(1)
                var greedy: [RawConnection] = []
                for _ in 0..<60 {
                    let connection = RawConnection(port: port)
                    connection.send(header("198.51.100.7") + Self.request)
                    #expect(connection.readAnswers(1).hasPrefix("HTTP/1.1 200"))
                    greedy.append(connection)
                }
                // An eighth of 400 are left.
                for connection in greedy.prefix(10) { #expect(connection.readToEnd() == "") }
                greedy[10].send(Self.request)
                #expect(greedy[10].readAnswers(1).hasPrefix("HTTP/1.1 200"))
                other.send(Self.request)
                #expect(other.readAnswers(1).hasPrefix("HTTP/1.1 200"))
            }
            let answer = try await RawConnection.answer(
                port: port,
                to: header("198.51.100.9") + "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(answer.contains("linkseal_connections_closed_total{reason=\"client_limit\"} 10\n"), "\(answer)")
        }
    }

    @Test("with a listener for operations, recipients' listeners answer what recipients need, and it answers the rest")
    func operationsListener() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path("operations.sock")
        @Sendable func status(_ target: String) async throws -> String {
            try await ChildProcess.output(
                of: "curl",
                ["-s", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", path, "http://edge\(target)"])
        }
        try await EdgeHarness.serving(
            configure: { (configuration, _) in configuration.operationsListeners = [.unix(path: path)] },
            { (edge) async throws in
                for hidden in ["/metrics", "/readyz", "/openapi.json"] {
                    #expect(try await edge.get(hidden).status == 404)
                }
                #expect(try await edge.get("/healthz").status == 200)
                #expect(try await edge.get("/l/\(try edge.token())").status == 200)
                for shown in ["/metrics", "/readyz", "/openapi.json", "/healthz"] {
                    #expect(try await status(shown) == "200", "\(shown)")
                }
                #expect(try await status("/l/\(try edge.token())") == "404")
            })
    }
}
