import Files
import Foundation
import NIOCore
import NIOEmbedded
import NIOHTTP1
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

    @Test("of the requests that come at once the first is answered at once, the others wait for their turn")
    func requestsInTurn() throws {
        let loop = EmbeddedEventLoop()
        let client = EmbeddedClient(on: EventLoopServices(loop), loop)
        for _ in 0..<3 { client.ask() }
        client.endRead()
        loop.run()
        for answered in [1, 1, 1, 0] {
            #expect(try client.answers() == answered)
            loop.advanceTime(by: FairScheduler.pause)
        }
        client.ask()
        client.endRead()
        loop.run()
        #expect(try client.answers() == 1)
    }

    @Test("answers are sent when the event loop has heard all its connections, or when there are many of them")
    func answersTogether() throws {
        let loop = EmbeddedEventLoop()
        let services = EventLoopServices(loop)
        let clients = (0..<FlushCoalescer.limit).map { (_) in EmbeddedClient(on: services, loop) }
        func answers() throws -> [Int] { try clients.map { try $0.answers() } }
        for client in clients.dropLast() { client.ask() }
        #expect(try answers().allSatisfy { $0 == 0 })
        clients.last?.ask()
        #expect(try answers().allSatisfy { $0 == 1 })
        clients.first?.endRead()
        clients.first?.ask()
        #expect(try answers().allSatisfy { $0 == 0 })
        loop.run()
        #expect(try answers() == [1] + clients.dropFirst().map { (_) in 0 })
    }

    @Test("who asks and says that nothing more will come gets the answer")
    func lastAnswer() throws {
        let loop = EmbeddedEventLoop()
        let client = EmbeddedClient(on: EventLoopServices(loop), loop)
        client.ask()
        client.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(try client.answers() == 1)
        loop.run()
        #expect(!client.channel.isActive)
    }

    @Test("turns are given in order, and only some of them before the event loop looks at its connections")
    func turns() {
        let loop = EmbeddedEventLoop()
        let scheduler = FairScheduler(loop)
        var given: [Int] = []
        for number in 0..<FairScheduler.perRound + 2 { scheduler.enqueue { given.append(number) } }
        #expect(given.isEmpty)
        loop.advanceTime(by: FairScheduler.pause)
        #expect(given == Array(0..<FairScheduler.perRound))
        scheduler.enqueue { given.append(-1) }
        loop.advanceTime(by: FairScheduler.pause)
        #expect(given == Array(0..<FairScheduler.perRound + 2) + [-1])
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

    @Test("IPv6 clients count by their network, and mapped addresses are IPv4's")
    func addresses() {
        #expect(ClientAddress("2001:db8::1") == ClientAddress("2001:db8::ffff:2"))
        #expect(ClientAddress("2001:db8::1") != ClientAddress("2001:db8:0:1::1"))
        #expect(ClientAddress("::ffff:192.0.2.1") == ClientAddress("192.0.2.1:8080"))
        #expect(ClientAddress("192.0.2.1") != ClientAddress("192.0.2.2"))
        for text in ["", "unknown", "_hidden", "192.0.2", "::g", "1.2.3.4.5"] { #expect(ClientAddress(text) == nil) }
        #expect(IPAddress("127.8.0.1")?.isLoopback == true && IPAddress("128.0.0.1")?.isLoopback == false)
        #expect(IPAddress("::1")?.isLoopback == true && IPAddress("::2")?.isLoopback == false)
        #expect(IPAddress("::ffff:127.0.0.1")?.isLoopback == true)
        for host in ["127.0.0.1", "127.255.0.9", "::1", "[::1]", "localhost", "LocalHost", "::ffff:127.0.0.1"] {
            #expect(isLoopback(host: host), "\(host)")
        }
        for host in [
            "127.0.0.1.evil.example", "127.evil.example", "127.1", "128.0.0.1", "localhost.evil.example", "[::2]", "",
            "::ffff:127.evil.example", "::ffff:10.0.0.1", "0.0.0.0",
        ] { #expect(!isLoopback(host: host), "\(host)") }
        for host in [
            "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.3.4", "169.254.1.1", "[fd00::1]", "fe80::1",
            "::ffff:10.0.0.1",
        ] { #expect(isPrivate(host: host), "\(host)") }
        for host in [
            "11.0.0.1", "172.15.0.1", "172.32.0.1", "192.169.0.1", "203.0.113.9", "[2001:db8::1]", "[fec0::1]",
            "10.0.0.1.example", "10.evil.example", "localhost", "",
        ] { #expect(!isPrivate(host: host), "\(host)") }
        #expect(IPAddress("2001:DB8:0:0::1")?.description == "2001:db8::1")
        #expect(ClientAddress("2001:db8::1")?.description == "2001:db8::/64")
        #expect(ClientAddress("::ffff:192.0.2.1")?.description == "192.0.2.1")
    }
}

/// A connection that is told what arrives on it.
private final class EmbeddedClient {
    let channel: EmbeddedChannel

    init(on services: EventLoopServices, _ loop: EmbeddedEventLoop) {
        let limiter = RequestLimitHandler.alone
        let handler = RequestHandler(
            loop: services, limiter: limiter, turn: nil, date: HTTPDate(), draining: Draining()
        ) { _ in
            Response(.noContent, [:])
        }
        channel = EmbeddedChannel(handlers: [limiter, handler], loop: loop)
    }

    func ask() {
        channel.pipeline.fireChannelRead(
            HTTPServerRequestPart.head(
                HTTPRequestHead(version: .http1_1, method: .GET, uri: "/healthz", headers: ["Host": "edge"])))
        channel.pipeline.fireChannelRead(HTTPServerRequestPart.end(nil))
    }

    func endRead() { channel.pipeline.fireChannelReadComplete() }

    /// How many were sent since it was last asked.
    func answers() throws -> Int {
        var count = 0
        while let part = try channel.readOutbound(as: HTTPServerResponsePart.self) {
            if case .head = part { count += 1 }
        }
        return count
    }
}
