import Consumption
import Foundation
import LinkToken
import Testing
import Trust

@testable import EdgeService

@Suite("Secrets and logs")
struct LogSecretsTests {
    /// Every run of so many characters of a secret is looked for: a part of a signature tells as much as the whole.
    private static let width = 10

    private static func runs(of text: some StringProtocol) -> Set<[UInt8]> {
        let bytes = Array(text.utf8)
        guard bytes.count >= width else { return [] }
        return Set((0...bytes.count - width).map { Array(bytes[$0..<$0 + width]) })
    }

    @Test("no part of a token or session is logged at any level, wherever a client puts it", .timeLimit(.minutes(5)))
    func everyRoute() async throws {
        try await EdgeHarness.serving([.make(resume: .within(seconds: 3000), inLink: ["plan"])]) { (edge) in
            var secrets: [String] = []
            for serial in UInt32(0)..<4 {
                // The last one is not started, so that it can expire.
                let token = try edge.token(
                    serial, expiresIn: serial == 3 ? 3600 : 1 << 20, data: [("plan", "query-secret-value")])
                secrets.append(token)
                guard serial < 3 else { break }
                let start = try await edge.post(
                    "/v1/start", json: "{\"token\":\"\(token)\",\"data\":{\"plan\":\"query-secret-value\"}}")
                secrets.append(try #require(start.json["session"]?.string))
            }
            for secret in secrets {
                for text in [
                    secret, secret + "x", String(secret.dropLast(9)), "%4C" + secret.dropFirst(), "L.\(secret)",
                ] {
                    try await drive(edge, with: text)
                }
            }
            let forged = secrets[0].dropLast(8) + "AAAAAAAA"
            for _ in 0..<110 {
                _ = try await edge.get("/l/\(forged)", headers: [("X-Forwarded-For", "198.51.100.7")])
            }
            // Links that are over, and an edge that can't answer, take other ways through the code.
            edge.advance(4000)
            for secret in secrets { try await drive(edge, with: secret) }
            try edge.publish([.make(changes: DistributionChanges(epoch: Epoch(rawValue: 1)), inLink: ["plan"])])
            for secret in secrets { try await drive(edge, with: secret) }
            try edge.publish([.make(inLink: ["plan"])])
            await edge.log.close()
            for secret in secrets { try await drive(edge, with: secret) }
            edge.advance(9 * 86400)
            for secret in secrets { try await drive(edge, with: secret) }

            let lines = edge.lines.all
            let routes = Set(lines.compactMap { $0.firstMatch(of: /route=(\S+)/).map { String($0.1) } })
            #expect(routes == Set(Route.allCases.map(\.rawValue)))
            let codes = Set(lines.compactMap { $0.firstMatch(of: /code=(\S+)/).map { String($0.1) } })
            #expect(
                codes.isSuperset(of: [
                    "link_deleted", "link_expired", "log_unavailable", "trust_too_old", "rate_limited",
                ]))
            let logged = lines.reduce(into: Set<[UInt8]>()) { $0.formUnion(Self.runs(of: $1)) }
            for secret in secrets + ["query-secret-value"] {
                let found = Self.runs(of: secret).intersection(logged).map { String(decoding: $0, as: UTF8.self) }
                #expect(found.isEmpty, "logged: \(found)")
            }
        }
    }

    /// Sends it to every route by every way in, well-formed and not.
    private func drive(_ edge: EdgeHarness, with secret: String) async throws {
        let everywhere = [
            ("X-Linkseal-Token", secret), ("Authorization", "Bearer \(secret)"), ("Cookie", "linkseal=\(secret)"),
            ("Referer", "https://mail.example/l/\(secret)"), ("User-Agent", "Browser \(secret)"),
            ("X-Forwarded-Uri", "/survey?session=\(secret)"), ("X-Original-URI", "/survey?token=\(secret)"),
            ("X-Forwarded-For", secret), ("traceparent", "00-\(secret)-01"), ("tracestate", "x=\(secret)"),
            ("X-Request-Id", secret), ("Accept-Language", secret), ("Host", "\(secret.prefix(60)).example"),
        ]
        for route in Route.allCases {
            let path =
                switch route {
                case .link: "/l/\(secret)"
                case .unknown: "/\(secret)"
                default: route.rawValue
                }
            let query = "?session=\(secret)&token=\(secret)&plan=query-secret-value"
            for method in ["GET", "POST"] {
                _ = try await edge.request(method, path + query, headers: everywhere)
            }
            for body in [
                "{\"token\":\"\(secret)\"}", "{\"session\":\"\(secret)\"}", "{\"link\":\"https://x/l/\(secret)\"",
                secret,
            ] {
                _ = try await edge.request(
                    "POST", path, headers: [("Content-Type", "application/json")], body: body)
            }
        }
        _ = try await edge.get("/done?r=\(secret)")
        for raw in [
            "GET /l/\(secret) HTTP/1.1\r\nBad Header: \(secret)\r\n\r\n", "\(secret)\r\n\r\n",
            "GET /l/\(secret) HTTP/9.\(secret)\r\n\r\n",
            "POST /v1/start HTTP/1.1\r\nHost: x\r\nContent-Length: \(secret)\r\n\r\n",
            "POST /v1/start HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n\(secret)\r\n",
        ] {
            _ = try await RawConnection.answer(port: edge.port, to: raw)
        }
    }
}
