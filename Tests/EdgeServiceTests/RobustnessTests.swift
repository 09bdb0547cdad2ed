import Consumption
import Foundation
import Glibc
import LinkToken
import Testing

@testable import EdgeService
@testable import HTTPServer

@Suite("What clients should not send")
struct RobustnessTests {
    static func problem(_ answer: EdgeHarness.Answer, _ status: Int, _ code: String) {
        #expect(answer.status == status)
        #expect(answer["Content-Type"] == "application/problem+json")
        #expect(answer.json["code"] == .string(code))
        #expect(answer.json["type"] == .string("urn:linkseal:problem:\(code)"))
        #expect(answer.json["status"] == .number(Double(status)))
        #expect(answer.json["title"]?.string?.isEmpty == false)
        #expect(answer.json["detail"]?.string?.isEmpty == false)
    }

    @Test(
        "a body that is not what the API takes is a problem that says so",
        arguments: [
            "", "{", "[]", "null", "\"token\"", "{\"token\":1}", "{\"token\":null}", "{}", "{\"link\":[]}",
            "{\"token\":\"a\",\"link\":\"b\"}", "{\"token\":\"a\",\"data\":{\"plan\":1}}", "{\"token\":\"a\"}}",
            "\u{0}", String(repeating: "[", count: 16000), "{\"token\":\"\\uD800\"}",
            // What some readers of JSON let pass, and RFC 8259 does not.
            "{\"token\":\"a\",\"token\":\"a\"}", "{\"token\":\"a\",\"tok\\u0065n\":\"a\"}",
            "{\"session\":\"a\",\"session\":null}", "{\"token\":\"a\",\"x\":1,\"x\":1}",
            "{\"token\":\"a\",\"data\":{\"plan\":\"a\",\"plan\":\"b\"}}",
            "{\"token\":\"a\",\"x\":[{\"y\":1,\"y\":2}]}", "{\"token\":\"a\",}", "{\"token\":\"a\",\"data\":{},}",
            "{\"token\":\"a\",\"x\":[1,]}", "{\"token\":\"a\",\"x\":01}", "{\"token\":\"a\",\"x\":1.}",
            "{\"token\":\"a\",\"x\":NaN}", "{'token':'a'}", "{\"token\":\"a\"}//", "{\"token\":\"a\nb\"}",
            "\u{FEFF}{\"token\":\"a\"}",
        ])
    func malformed(body: String) async throws {
        try await EdgeHarness.serving { (edge) in
            for path in ["/v1/verify", "/v1/start", "/v1/finish"] {
                let answer = try await edge.post(path, json: body)
                Self.problem(answer, 400, "request_malformed")
            }
        }
    }

    @Test(
        "JSON is UTF-8 (RFC 8259 section 8.1)",
        arguments: [
            String.Encoding.utf16LittleEndian, .utf16BigEndian, .utf16, .utf32LittleEndian, .utf32BigEndian,
        ])
    func otherEncodings(encoding: String.Encoding) async throws {
        try await EdgeHarness.serving { (edge) in
            let good = "{\"token\":\"\(try edge.token())\"}"
            let body = Array(try #require(good.data(using: encoding)))
            let answer = try await edge.request(
                "POST", "/v1/verify", headers: [("Content-Type", "application/json")], bytes: body)
            Self.problem(answer, 400, "request_malformed")
            #expect(try await edge.post("/v1/verify", json: good).status == 200)
        }
    }

    @Test("members that nobody knows are ignored, and null stands for what is not there")
    func unknownMembers() async throws {
        try await EdgeHarness.serving { (edge) in
            let token = try edge.token()
            for more in [
                "\"x\":{\"a\":[1,-2.5e3,0,true,null,{\"b\":\"{\\\"]}\"}]}",
                "\"link\":null,\"session\":null,\"data\":null",
                "\"data\":{}",
            ] {
                let answer = try await edge.post("/v1/verify", json: " {\"token\" : \"\(token)\",\(more)}\r\n\t")
                #expect(answer.status == 200, "\(more): \(answer.body)")
            }
        }
    }

    @Test("refusals name their problem by its stable code")
    func codes() async throws {
        try await EdgeHarness.serving { (edge) in
            let good = try edge.token(0, expiresIn: 100)
            let forged = try edge.token(key: .generate(.ed25519))
            func verify(_ token: String) async throws -> EdgeHarness.Answer {
                try await edge.post("/v1/verify", json: "{\"token\":\"\(token)\"}")
            }
            Self.problem(try await verify(""), 422, "text_invalid")
            Self.problem(try await verify("AAAA"), 422, "version_unknown")
            Self.problem(try await verify("LAAA"), 422, "layout_invalid")
            Self.problem(try await verify(forged), 422, "key_unknown")
            Self.problem(try await verify(String(good.dropLast(6)) + "AAAAAA"), 422, "signature_invalid")
            #expect(try await verify(good).json["valid"] == .bool(true))
            edge.advance(1000)
            Self.problem(try await verify(good), 410, "link_expired")
            Self.problem(try await edge.post("/v1/start", json: "{\"token\":\"\(good)\"}"), 410, "link_expired")
            Self.problem(
                try await edge.post("/v1/finish", json: "{\"session\":\"x\"}"), 422, "session_text_invalid")
            Self.problem(
                try await edge.post("/v1/finish", json: "{\"session\":\"x\",\"token\":\"y\"}"), 400, "request_malformed"
            )
            Self.problem(try await edge.get("/nowhere"), 404, "not_found")
            Self.problem(try await edge.get("/v1/start"), 405, "method_not_allowed")
            Self.problem(try await edge.request("POST", "/healthz"), 405, "method_not_allowed")
            Self.problem(try await edge.request("POST", "/v1/start", body: "{}"), 415, "media_type_unsupported")
            let form = [("Content-Type", "application/x-www-form-urlencoded")]
            Self.problem(
                try await edge.request("POST", "/v1/start", headers: form, body: "token=x"), 415,
                "media_type_unsupported")
        }
    }

    @Test("a body above the limit is refused without being read, announced or not")
    func oversized() async throws {
        try await EdgeHarness.serving { (edge) in
            let large = "{\"token\":\"" + String(repeating: "A", count: 20_000) + "\"}"
            Self.problem(try await edge.post("/v1/start", json: large), 413, "request_too_large")
            let chunk = "1000\r\n" + String(repeating: "A", count: 4096) + "\r\n"
            let answer = try await RawConnection.answer(
                port: edge.port,
                to: "POST /v1/start HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n" + String(repeating: chunk, count: 5))
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test("who waits to be asked for a body is asked")
    func expectation() async throws {
        try await EdgeHarness.serving { (edge) in
            let body = "{\"token\":\"AAAA\"}"
            func head(_ length: Int) -> String {
                "POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
                    + "Content-Length: \(length)\r\n\r\n"
            }
            let heads = (fitting: head(body.utf8.count), tooLarge: head(1 << 20))
            let (asked, answered) = try await RawConnection.converse(port: edge.port) { (raw) in
                raw.send(heads.fitting)
                let asked = raw.readAnswers(1)
                raw.send(body)
                return (asked, raw.readAnswers(1))
            }
            #expect(asked == "HTTP/1.1 100 Continue\r\n\r\n")
            #expect(answered.hasPrefix("HTTP/1.1 422 "))
            let refused = try await RawConnection.answer(port: edge.port, to: heads.tooLarge)
            #expect(refused.hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test(
        "a request says once which host it is for, and may say it in its target",
        arguments: [
            ("GET /healthz HTTP/1.1", 400), ("GET /healthz HTTP/1.1\r\nHost: a\r\nhost: b", 400),
            ("GET /healthz HTTP/1.0", 200), ("GET /healthz HTTP/1.0\r\nTransfer-Encoding: chunked", 400),
            ("GET http://a/healthz HTTP/1.1\r\nHost: a", 200),
            ("GET https://a?x=/healthz HTTP/1.1\r\nHost: a", 404),
        ])
    func host(head: String, status: Int) async throws {
        try await EdgeHarness.serving { (edge) in
            let answer = try await RawConnection.answer(
                port: edge.port, to: head + "\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 \(status) ") || answer.hasPrefix("HTTP/1.0 \(status) "))
        }
    }

    @Test("a body without an end closes the connection, also where nobody reads it")
    func endlessBody() async throws {
        try await EdgeHarness.serving { (edge) in
            let sent = try await RawConnection.converse(port: edge.port) { (raw) in
                raw.send("POST /l/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
                let chunk = "1000\r\n" + String(repeating: "A", count: 4096) + "\r\n"
                var sent = 0
                while raw.send(chunk), sent < 100_000 { sent += 1 }
                return sent
            }
            #expect(sent < 100_000)
        }
    }

    @Test(
        "requests that break HTTP get 400 and a closed connection",
        arguments: [
            "GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /l/x HTTP/1.1\r\nBad Header: x\r\n\r\n",
            "GET /l/x\r\nHTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}",
            "POST /v1/start HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            "POST /v1/start HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            "POST /v1/start HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nXX\r\n",
            "GET /l/" + String(repeating: "A", count: 40_000) + " HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: " + String(repeating: "A", count: 40_000) + "\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: x\r\n" + String(repeating: "X-Many: 1\r\n", count: 300) + "\r\n",
        ])
    func brokenHTTP(request: String) async throws {
        try await EdgeHarness.serving { (edge) in
            let answer = try await RawConnection.answer(port: edge.port, to: request)
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 "))
            let health = try await edge.get("/healthz")
            #expect(health.status == 200)
        }
    }

    @Test("line breaks in an address or a contact never become header fields")
    func headerInjection() async throws {
        try await EdgeHarness.serving { (edge) in
            let token = try edge.token(contact: "x\u{2028}Set-Cookie: a=b")
            for path in [
                "/l/\(token)", "/l/\(token)?%0d%0aSet-Cookie:a=b", "/auth?%0d%0aSet-Cookie:a=b",
                "/l/%0d%0aSet-Cookie:a=b", "/done?session=%0d%0aSet-Cookie:a=b",
            ] {
                for method in ["GET", "POST"] {
                    let answer = try await edge.request(
                        method, path, headers: [("X-Linkseal-Token", token), ("Cookie", "linkseal=a%0d%0ab")])
                    #expect(answer["Set-Cookie"] == nil)
                }
            }
        }
    }

    @Test("pipelined requests are answered in order")
    func pipelining() async throws {
        try await EdgeHarness.serving { (edge) in
            let first = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
            let second = "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
            let last = "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let answer = try await RawConnection.answer(port: edge.port, to: first + second + first + last)
            let statuses = answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
            #expect(statuses == ["200", "404", "200", "200"])
        }
    }

    private static let healthGet = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

    private static func post(_ path: String, _ body: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func chunkedPost(byteCount: Int) -> String {
        "POST /v1/verify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + String(byteCount, radix: 16) + "\r\n" + String(repeating: " ", count: byteCount) + "\r\n0\r\n\r\n"
    }

    /// Has eight requests refused, after which the edge reads as much at once as the next text takes.
    private static func answer(port: Int, toBurst burst: String) async throws -> String {
        try await RawConnection.converse(port: port) { (raw) in
            raw.send(String(repeating: post("/v1/verify", String(repeating: " ", count: 16_000)), count: 8))
            let refused = raw.readAnswers(8)
            raw.send(burst)
            return refused + raw.readToEnd()
        }
    }

    @Test("a connection that is closed in the midst of a read is no load any more")
    func closedWhileReading() async throws {
        try await EdgeHarness.serving { (edge) in
            for count in 1...4 {
                let gets = String(repeating: Self.healthGet, count: count)
                _ = try await Self.answer(
                    port: edge.port, toBurst: gets + Self.chunkedPost(byteCount: 70_000) + gets + Self.healthGet)
            }
            try await TLSTests.wait(edge) { LoadTests.requestsInFlight(try await edge.get("/metrics").body) == 1 }
        }
    }

    @Test("who goes on asking behind the last answer is cut off")
    func behindLastAnswer() async throws {
        try await EdgeHarness.serving { (edge) in
            let isOpen = try await RawConnection.converse(port: edge.port) { (raw) in
                raw.send(Self.chunkedPost(byteCount: 20_000))
                _ = raw.readAnswers(1)
                let gets = String(repeating: Self.healthGet, count: 1000)
                return (0..<500).allSatisfy { _ in raw.send(gets) }
            }
            #expect(!isOpen)
        }
    }

    @Test("what is asked behind an answer that closes the connection is not carried out")
    func behindRefusal() async throws {
        try await EdgeHarness.serving { (edge) in
            let start = Self.post("/v1/start", "{\"token\":\"\(try edge.token())\"}")
            let answer = try await Self.answer(
                port: edge.port, toBurst: Self.healthGet + Self.chunkedPost(byteCount: 20_000) + start)
            let statuses = answer.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
            #expect(statuses == Array(repeating: "400", count: 8) + ["200", "413"])
            #expect(answer.components(separatedBy: "Connection: close\r\n").count == 2)
            #expect(try await edge.state() == .unused)
            #expect(LoadTests.requestsInFlight(try await edge.get("/metrics").body) == 1)
        }
    }

    @Test(
        "an offer of another protocol is not taken up, and the answer closes the connection",
        arguments: [
            ("GET /healthz", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n", "200"),
            ("POST /v1/start", "Content-Length: 2\r\nUpgrade: x\r\nConnection: upgrade\r\n", "415"),
            ("CONNECT x:1", "", "404"),
        ])
    func upgrade(line: String, fields: String, status: String) async throws {
        try await EdgeHarness.serving { (edge) in
            let answer = try await RawConnection.answer(
                port: edge.port,
                to: "\(line) HTTP/1.1\r\nHost: x\r\n\(fields)\r\n{}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.contains("\r\nConnection: close\r\n"))
            #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2)
        }
    }

    @Test(
        "bytes that are not taken apart are not collected without end",
        arguments: [
            "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: x\r\nX:",
        ])
    func unparsed(beginning: String) async throws {
        try await EdgeHarness.serving { (edge) in
            let sent = try await RawConnection.converse(port: edge.port) { (raw) in
                raw.send(beginning)
                let spaces = String(repeating: " ", count: 4096)
                var sent = 0
                while sent < 10_000, raw.send(spaces) { sent += 1 }
                return sent
            }
            #expect(sent < 10_000)
        }
    }

    @Test("a client that does not finish its request in time is closed", .timeLimit(.minutes(2)))
    func slowClients() async throws {
        try await EdgeHarness.serving(
            configure: { (configuration, _) in configuration.limits.requestTime = SlowClientTests.requestTime },
            { (edge) in
                let body =
                    "POST /v1/start HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
                try await withThrowingTaskGroup(of: String.self) { (tasks) in
                    for beginning in ["", "GET /healthz HTTP/1.1\r\nHost: ", body] {
                        tasks.addTask { try await RawConnection.answer(port: edge.port, to: beginning) }
                    }
                    for try await answer in tasks { #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4")) }
                }
            })
    }
}
