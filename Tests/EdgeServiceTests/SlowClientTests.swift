import Foundation
import Glibc
import NIOCore
import Testing

@testable import EdgeService
@testable import HTTPServer

@Suite("Clients that are slow on purpose")
struct SlowClientTests {
    /// Long enough for every client that is not slow on purpose.
    static let requestTime = TimeAmount.seconds(3)

    @Test("a TLS handshake that does not begin or does not end is closed", .timeLimit(.minutes(2)))
    func handshakes() async throws {
        try await TLSTests.serving(requestTime: Self.requestTime) { (edge, files) in
            let hello: [UInt8] = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3]
            try await withThrowingTaskGroup(of: Void.self) { (tasks) in
                for bytes in [[], hello, Array(hello.prefix(3))] {
                    tasks.addTask {
                        _ = try await RawConnection.converse(port: edge.port) { (raw) in
                            raw.send(bytes)
                            return raw.readToEnd()
                        }
                    }
                }
                tasks.addTask {
                    // One more byte each second does not help.
                    let sent = try await RawConnection.converse(port: edge.port) { (raw) in
                        var sent = 0
                        while raw.send([sent < hello.count ? hello[sent] : 0]), sent < 60 {
                            sent += 1
                            sleep(1)
                        }
                        return sent
                    }
                    #expect(sent < 60)
                }
                try await tasks.waitForAll()
            }
            #expect(try await CurlAnswer.get(edge.port, "/healthz", trusting: files).status == 200)
        }
    }

    @Test("after a handshake, a request that does not begin or does not end is closed", .timeLimit(.minutes(2)))
    func requestsOverTLS() async throws {
        try await TLSTests.serving(requestTime: Self.requestTime) { (edge, _) in
            let body =
                "POST /v1/start HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
            try await withThrowingTaskGroup(of: Void.self) { (tasks) in
                for beginning in ["", "GET /healthz HTTP/1.1\r\nHost: ", body] {
                    tasks.addTask {
                        let start = ContinuousClock.now
                        let answer = try await SecureConnection.converse(port: edge.port, protocols: ["http/1.1"]) {
                            try await $0.send(beginning)
                            return String(decoding: await $0.readToEnd(), as: UTF8.self)
                        }
                        #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"))
                        #expect(ContinuousClock.now - start < .nanoseconds(ServerLimits().idleTime.nanoseconds))
                    }
                }
                try await tasks.waitForAll()
            }
        }
    }

    @Test("a second request that comes byte by byte does not keep its connection open", .timeLimit(.minutes(2)))
    func laterRequest() async throws {
        try await EdgeHarness.serving(
            configure: { (configuration, _) in configuration.limits.idleTime = .seconds(3) },
            { (edge) in
                let start = ContinuousClock.now
                let isClosed = try await RawConnection.converse(port: edge.port) { (raw) in
                    raw.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /")
                    while ContinuousClock.now - start < .seconds(30) {
                        guard raw.send("a") else { return true }
                        sleep(1)
                    }
                    return false
                }
                #expect(isClosed)
            })
    }

    @Test("a stream whose body does not end is reset, and the connection goes on", .timeLimit(.minutes(2)))
    func streams() async throws {
        try await TLSTests.serving(requestTime: Self.requestTime) { (edge, _) in
            let frames = try await SecureConnection.converse(port: edge.port, protocols: ["h2"]) { (connection) in
                try await connection.send(HTTP2Frames.preface + HTTP2Frames.settings())
                try await connection.send(
                    HTTP2Frames.headers(
                        "POST", "/v1/start", stream: 1, endsStream: false,
                        more: [("content-type", "application/json")]))
                let first = await connection.read { HTTP2Frames.parse($0).contains { $0.type == 3 } }
                try await connection.send(HTTP2Frames.headers("GET", "/healthz", stream: 3))
                let second = await connection.read {
                    HTTP2Frames.parse($0).contains { $0.stream == 3 && $0.payload == Array("ok\n".utf8) }
                }
                return HTTP2Frames.parse(first) + HTTP2Frames.parse(second)
            }
            #expect(frames.contains { $0.type == 3 && $0.stream == 1 })
            #expect(frames.contains { $0.type == 0 && $0.stream == 3 && $0.payload == Array("ok\n".utf8) })
        }
    }

    @Test("a stream whose client lets nothing through is reset", .timeLimit(.minutes(2)))
    func shutWindow() async throws {
        try await TLSTests.serving(requestTime: Self.requestTime) { (edge, _) in
            let frames = try await SecureConnection.converse(port: edge.port, protocols: ["h2"]) { (connection) in
                // SETTINGS_INITIAL_WINDOW_SIZE
                try await connection.send(HTTP2Frames.preface + HTTP2Frames.settings([(4, 0)]))
                for stream: UInt32 in [1, 3] {
                    let path = stream == 1 ? "/healthz" : "/openapi.json"
                    try await connection.send(HTTP2Frames.headers("GET", path, stream: stream))
                }
                return HTTP2Frames.parse(
                    await connection.read { HTTP2Frames.parse($0).count { $0.type == 3 } == 2 })
            }
            #expect(Set(frames.filter { $0.type == 3 }.map(\.stream)) == [1, 3])
        }
    }

    @Test("a client that asks on and on without reading is closed, and counts no more as load", .timeLimit(.minutes(2)))
    func neverReads() async throws {
        try await EdgeHarness.serving(
            configure: { (configuration, _) in configuration.limits.requestTime = Self.requestTime },
            { (edge) in
                let sent = try await RawConnection.converse(port: edge.port) { (raw) in
                    let request = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
                    var sent = 0
                    while raw.send(request), sent < 1_000_000 { sent += 1 }
                    return sent
                }
                #expect(sent < 1_000_000)
                try await TLSTests.wait(edge) {
                    // The request for this is one itself.
                    try await edge.get("/metrics").body.contains("linkseal_http_requests_in_flight 1\n")
                }
            })
    }
}
