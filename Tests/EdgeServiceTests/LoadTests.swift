import Files
import Foundation
import NIOCore
import Testing

@testable import EdgeService
@testable import HTTPServer

@Suite("Floods")
struct LoadTests {
    @Test("a client whose links are forged is told to wait; others, and links that are known, are not")
    func rateLimit() async throws {
        try await EdgeHarness.serving { (edge) in
            func open(_ token: String, from address: String) async throws -> EdgeHarness.Answer {
                try await edge.get("/l/\(token)", headers: [("X-Forwarded-For", "203.0.113.9, \(address)")])
            }
            let good = try edge.token()
            let forged = String(try edge.token(1).dropLast(8)) + "AAAAAAAA"
            for _ in 0..<200 { #expect(try await open(good, from: "198.51.100.7").status == 200) }
            var statuses: [Int: Int] = [:]
            for _ in 0..<150 { statuses[try await open(forged, from: "198.51.100.7").status, default: 0] += 1 }
            #expect(statuses == [404: 100, 429: 50])
            let unknown = try edge.token(2)
            let limited = try await open(unknown, from: "198.51.100.7")
            #expect(limited.status == 429 && limited["Retry-After"] == "1")
            #expect(limited.body.contains(Language.english.words(.rateLimited).heading))
            #expect(try await open(good, from: "198.51.100.7").status == 200, "its signature is known")
            let session = try await edge.session(starting: good)
            let from = [("X-Forwarded-For", "203.0.113.9, 198.51.100.7")]
            #expect(try await edge.get("/done?session=\(session)", headers: from).status == 200)
            #expect(try await open(unknown, from: "198.51.100.8").status == 200)
            #expect(try await open(unknown, from: "[2001:db8::1]:443").status == 200)
            edge.advance(1)
            #expect(try await open(try edge.token(3), from: "198.51.100.7").status == 200)
        }
    }

    @Test("what costs no signature check is not counted", arguments: ["Lx", "unknown key", "cut"])
    func cheapRefusals(kind: String) async throws {
        try await EdgeHarness.serving { (edge) in
            let text =
                switch kind {
                case "unknown key": try edge.token(key: .generate(.ed25519))
                case "cut": String(try edge.token().dropLast(100))
                default: kind
                }
            let from = [("X-Forwarded-For", "198.51.100.7")]
            for _ in 0..<150 { #expect(try await edge.get("/l/\(text)", headers: from).status == 404) }
            #expect(try await edge.get("/l/\(try edge.token())", headers: from).status == 200)
        }
    }

    @Test("clients that a proxy can't name share one budget")
    func unidentified() async throws {
        try await EdgeHarness.serving { (edge) in
            let forged = String(try edge.token(1).dropLast(8)) + "AAAAAAAA"
            for number in 0..<150 {
                _ = try await edge.get("/l/\(forged)", headers: [("X-Forwarded-For", "203.0.113.1, _hidden\(number)")])
            }
            let answer = try await edge.get("/l/\(forged)", headers: [("X-Forwarded-For", "unknown")])
            #expect(answer.status == 429)
            #expect(try await edge.get("/l/\(forged)").status == 404, "this machine is not limited")
        }
    }

    @Test("who sends many requests at once and reads no answer takes nobody else's turn, and is cut off")
    func pipelining() async throws {
        try await EdgeHarness.serving { (edge) in
            let path = "/l/\(try edge.token())"
            let request = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
            let ended = try await RawConnection.converse(port: edge.port) { (raw) in
                raw.send(String(repeating: request, count: ServerLimits().pipelinedCount / 2))
                raw.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return raw.readToEnd()
            }
            #expect(ended.components(separatedBy: "HTTP/1.1 200 OK").count == ServerLimits().pipelinedCount / 2 + 2)
            async let cut = withThrowingTaskGroup(of: String.self) { (floods) in
                for _ in 0..<12 {
                    floods.addTask {
                        try await RawConnection.converse(port: edge.port) { (raw) in
                            for _ in 0..<20 { raw.send(String(repeating: request, count: 200)) }
                            return raw.readToEnd()
                        }
                    }
                }
                return try await floods.reduce(into: []) { $0.append($1.components(separatedBy: "HTTP/1.1 200").count) }
            }
            for _ in 0..<100 { #expect(try await edge.get(path).status == 200) }
            // Pieces between answers are one more than answers.
            #expect(try await cut.allSatisfy { $0 <= ServerLimits().pipelinedCount + 1 })
        }
    }

    /// What `/metrics` says of them; the request for that is one itself.
    static func requestsInFlight(_ metrics: String) -> Int? {
        let name = "linkseal_http_requests_in_flight "
        return metrics.split(separator: "\n").first { $0.hasPrefix(name) }.flatMap { Int($0.dropFirst(name.count)) }
    }

    @Test("a request is load when it has arrived, and none any more when it is answered or given up")
    func load() async throws {
        try await EdgeHarness.serving { (edge) in
            let begun =
                "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nPOST /v1/verify HTTP/1.1\r\nHost: x\r\n"
                + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            let large = "4e20\r\n" + String(repeating: " ", count: 20_000) + "\r\n"
            let ends = ["2\r\n{}\r\n0\r\n\r\n", "XX\r\n", large, large + "0\r\n\r\n" + begun, ""]
            var clients = ends.map { (_) in RawConnection(port: edge.port) }
            for client in clients { client.send(begun) }
            try await TLSTests.wait(edge) {
                try await edge.get("/metrics").body.contains(
                    "{route=\"/healthz\",method=\"GET\",status=\"200\",outcome=\"ok\"} \(ends.count)\n")
            }
            #expect(Self.requestsInFlight(try await edge.get("/metrics").body) == 1)
            for (client, end) in zip(clients, ends) { client.send(end) }
            clients.removeLast()
            try await TLSTests.wait(edge) {
                let metrics = try await edge.get("/metrics").body
                return metrics.contains("status=\"413\",outcome=\"request_too_large\"} 2\n")
                    && Self.requestsInFlight(metrics) == 1
            }
        }
    }

    @Test("a stream of HTTP/2 is load when its request has arrived")
    func loadOfStreams() async throws {
        try await TLSTests.serving { (edge, _) in
            try await SecureConnection.converse(port: edge.port, protocols: ["h2"]) { (connection) in
                func requestsInFlight(stream: UInt32) async throws -> Int? {
                    try await connection.send(HTTP2Frames.headers("GET", "/metrics", stream: stream))
                    var count: Int?
                    _ = await connection.read { (bytes) in
                        let data = HTTP2Frames.parse(bytes).filter { $0.type == 0 && $0.stream == stream }
                        count = Self.requestsInFlight(String(decoding: data.flatMap(\.payload), as: UTF8.self))
                        return count != nil
                    }
                    return count
                }
                try await connection.send(HTTP2Frames.preface + HTTP2Frames.settings())
                let begun = stride(from: UInt32(1), to: 21, by: 2)
                for stream in begun {
                    try await connection.send(
                        HTTP2Frames.headers("POST", "/v1/verify", stream: stream, endsStream: false))
                }
                #expect(try await requestsInFlight(stream: 21) == 1)
                for stream in begun { try await connection.send(HTTP2Frames.reset(stream: stream)) }
                #expect(try await requestsInFlight(stream: 23) == 1)
            }
        }
    }

    @Test("a debt is paid off with time, and memory for addresses is bounded")
    func debts() throws {
        let limiter = ForgeryLimiter(capacity: 100, shardCount: 2)
        let address = try #require(ClientAddress("192.0.2.1"))
        for _ in 0..<100 { #expect(limiter.take(address, at: 10) == nil) }
        #expect(limiter.take(address, at: 10) == 1)
        #expect(limiter.take(address, at: 12) == nil)
        for number in 0..<10_000 {
            _ = limiter.take(try #require(ClientAddress("10.0.\(number / 250).\(number % 250)")), at: 12)
        }
        #expect(limiter.count <= 100)
    }

    @Test("what an address did not use is not saved up")
    func noCredit() throws {
        let limiter = ForgeryLimiter()
        let address = try #require(ClientAddress("192.0.2.1"))
        #expect(limiter.take(address, at: 0) == nil)
        for _ in 0..<100 { #expect(limiter.take(address, at: 100_000) == nil) }
        #expect(limiter.take(address, at: 100_000) == 1)
    }

    @Test("what was taken for a good link is given back")
    func givenBack() throws {
        let limiter = ForgeryLimiter()
        let address = try #require(ClientAddress("192.0.2.1"))
        for _ in 0..<1000 {
            #expect(limiter.take(address, at: 10) == nil)
            limiter.giveBack(address, at: 10)
        }
        #expect(limiter.count == 0)
    }

    @Test("the rate limit counts whom the proxy names")
    func proxiedRateLimit() async throws {
        try await EdgeHarness.serving(
            configure: { (configuration, _) in configuration.readsProxyProtocol = true },
            { (edge) in
                let forged = String(try edge.token().dropLast(8)) + "AAAAAAAA"
                func status(_ header: String) async throws -> String {
                    let request = "GET /l/\(forged) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                    let answer = try await RawConnection.answer(port: edge.port, to: header + request)
                    return String(answer.dropFirst("HTTP/1.1 ".count).prefix(3))
                }
                let flooder = "PROXY TCP4 198.51.100.7 127.0.0.1 5 443\r\n"
                var statuses: [String: Int] = [:]
                for _ in 0..<130 { statuses[try await status(flooder), default: 0] += 1 }
                #expect(statuses == ["404": 100, "429": 30])
                #expect(try await status("PROXY TCP4 198.51.100.8 127.0.0.1 5 443\r\n") == "404")
                // Without a header there is no answer at all.
                #expect(try await status("") == "")
                #expect(try await status("PROXY TCP4 nobody 127.0.0.1 5 443\r\n") == "")
                #expect(edge.lines.text.contains("did not begin with a PROXY header"))
            })
    }
}
