import Foundation
import LinkToken
import NIOCore
import Testing

@testable import EdgeService
@testable import HTTPServer

@Suite("Limits of HTTP/2")
struct HTTP2LimitTests {
    @Test("a body above the limit is refused as over HTTP/1, and the connection goes on")
    func oversized() async throws {
        try await TLSTests.serving { (edge, files) in
            let body = files.certificate + ".body"
            try files.write("{\"token\":\"" + String(repeating: "A", count: 20_000) + "\"}", to: body)
            for version in ["--http2", "--http1.1"] {
                let answer = try await CurlAnswer.get(
                    edge.port, "/v1/start", [version, "-H", "Content-Type: application/json", "-d", "@\(body)"],
                    trusting: files)
                #expect(answer.exit == 0 && answer.status == 413, "\(version)")
                #expect(answer.body.contains("request_too_large"))
            }
        }
    }

    @Test("a head above the limits is not answered with 200, and the edge goes on")
    func largeHead() async throws {
        try await TLSTests.serving { (edge, files) in
            let large = "X-Large: " + String(repeating: "A", count: 40_000)
            let many = (0..<300).flatMap { ["-H", "X-\($0): 1"] }
            for options in [["-H", large], many] {
                let answer = try await CurlAnswer.get(edge.port, "/healthz", ["--http2"] + options, trusting: files)
                #expect(answer.status != 200)
            }
            #expect(try await CurlAnswer.get(edge.port, "/healthz", ["--http2"], trusting: files).status == 200)
        }
    }

    @Test("the longest link that is minted is opened, whatever a browser sends beside it")
    func longestLink() async throws {
        try await TLSTests.serving { (edge, files) in
            let path = "/l/\(try edge.token())?x="
            let longest = path + String(repeating: "a", count: LinkLength.limit - path.utf8.count)
            for version in ["--http2", "--http1.1"] {
                let browser = [
                    "-H", "Cookie: " + String(repeating: "c", count: 3_000), "-H",
                    "Accept-Language: de-CH,de;q=0.9,en;q=0.8",
                    "-H",
                    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
                    "-A",
                    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0",
                ]
                let page = try await CurlAnswer.get(edge.port, longest, [version] + browser, trusting: files)
                #expect(page.exit == 0 && page.status == 200, "\(version)")
            }
        }
    }

    @Test("a client that opens and resets streams without end is sent away (CVE-2023-44487)")
    func rapidReset() async throws {
        try await TLSTests.serving { (edge, files) in
            let streams = 3_000
            let start = ContinuousClock.now
            let received = try await SecureConnection.converse(port: edge.port, protocols: ["h2"]) { (connection) in
                try await connection.send(HTTP2Frames.preface + HTTP2Frames.settings())
                for number in 0..<UInt32(streams) {
                    let both =
                        HTTP2Frames.headers("GET", "/l/x", stream: 2 * number + 1)
                        + HTTP2Frames.reset(stream: 2 * number + 1)
                    do { try await connection.send(both) } catch { break }
                }
                return await connection.readToEnd()
            }
            // ENHANCE_YOUR_CALM, unless the bytes that nobody read any more made the kernel reset the connection.
            let goAway = HTTP2Frames.parse(received).first { $0.type == 7 }
            #expect(goAway == nil || goAway?.payload.suffix(4) == [0, 0, 0, 11])
            #expect(ContinuousClock.now - start < .nanoseconds(ServerLimits().idleTime.nanoseconds))
            let metrics = try await CurlAnswer.get(edge.port, "/metrics", ["--http2"], trusting: files).body
            let answered = metrics.split(separator: "\n").first {
                $0.hasPrefix("linkseal_http_requests_total{route=\"/l/")
            }
            let count = try #require(answered?.split(separator: " ").last.flatMap { Int($0) })
            #expect(count < streams / 2)
        }
    }

    @Test("streams above the number that was announced are refused")
    func streamLimit() async throws {
        try await TLSTests.serving { (edge, _) in
            // RST_STREAM with REFUSED_STREAM, or GOAWAY.
            let isRefusal: @Sendable (HTTP2Frames.Frame) -> Bool = {
                $0.type == 3 && $0.payload == [0, 0, 0, 7] || $0.type == 7
            }
            let frames = try await SecureConnection.converse(port: edge.port, protocols: ["h2"]) { (connection) in
                try await connection.send(HTTP2Frames.preface + HTTP2Frames.settings())
                for number in 0..<UInt32(150) {
                    // Bodies that do not come keep the streams open.
                    let open = HTTP2Frames.headers(
                        "POST", "/v1/start", stream: 2 * number + 1, endsStream: false,
                        more: [("content-type", "application/json")])
                    do { try await connection.send(open) } catch { break }
                }
                return HTTP2Frames.parse(await connection.read { HTTP2Frames.parse($0).contains(where: isRefusal) })
            }
            let announced = frames.first { $0.type == 4 && !$0.payload.isEmpty }.map(\.payload) ?? []
            let settings = stride(from: 0, to: announced.count, by: 6).map { Array(announced[$0..<($0 + 6)]) }
            #expect(settings.contains([0, 3, 0, 0, 0, 100]))
            #expect(settings.contains([0, 6, 0, 0, 0x40, 0]))
            #expect(frames.contains(where: isRefusal))
        }
    }
}
