import AsyncHTTPClient
import Consumption
import ConsumptionLog
import Cryptography
import Foundation
import LinkToken
import NIOCore
import TestSupport
import Testing

@testable import EdgeService

@Suite("Reading an edge's log")
struct ConsumptionTests {
    private let directory = TemporaryDirectory()
    private var socket: String { directory.path("operations.sock") }

    /// The answer of the listener for operations.
    private func get(
        _ target: String, authorization: String? = nil
    ) async throws -> (status: UInt, headers: [String: String], body: [UInt8]) {
        let host = try #require(socket.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        var request = HTTPClientRequest(url: "http+unix://\(host)\(target)")
        request.headers.add(name: "Host", value: "edge")
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let body = try await response.body.collect(upTo: 1 << 20)
        let headers = response.headers.map { ($0.name.lowercased(), $0.value) }
        return (response.status.code, Dictionary(headers) { (first, _) in first }, Array(body.readableBytesView))
    }

    private func serving(
        _ key: BearerKey?, hasLog: Bool = true, _ body: @Sendable (EdgeHarness) async throws -> Void
    ) async throws {
        let socket = socket
        try await EdgeHarness.serving(
            consumptionKey: key,
            configure: { (configuration, _) in
                configuration.operationsListeners = [.unix(path: socket)]
                if !hasLog { configuration.export?.log = nil }
            }, body)
    }

    @Test("who has the key reads the log by pages, and a position of another log is refused")
    func pages() async throws {
        let key = try BearerKey()
        try await serving(key) { (edge) async throws in
            _ = try await edge.session(starting: edge.token(7))
            let first = try await get("/consumption", authorization: key.authorization)
            #expect(first.status == 200 && first.headers["content-type"] == "application/octet-stream")
            #expect(first.headers["linkseal-remaining"] == "0" && first.headers["cache-control"] == "no-store")
            let position = try #require(first.headers["linkseal-position"])
            _ = try await edge.session(starting: edge.token(8))
            let second = try await get("/consumption?after=\(position)", authorization: key.authorization)
            let path = try directory.write(first.body + second.body, to: "copy.log")
            var serials: [UInt32] = []
            try LogReader(path: path).forEachEvent { serials.append($0.nonce.serial.rawValue) }
            #expect(serials == [7, 8])

            try await edge.log.compact()
            let refused = try await get("/consumption?after=\(position)", authorization: key.authorization)
            #expect(refused.status == 409 && String(decoding: refused.body, as: UTF8.self).contains("position_unknown"))
            let malformed = try await get("/consumption?after=7", authorization: key.authorization)
            #expect(malformed.status == 400)
            // What was durable is still handed out when the log has stopped.
            await edge.log.close()
            #expect(try await get("/consumption", authorization: key.authorization).status == 200)
            let lines = edge.lines.text
            #expect(lines.contains("route=/consumption") && !lines.contains(key.authorization.dropFirst(7)))
        }
    }

    @Test("who has not, learns nothing, and recipients' listeners have no such path")
    func refusals() async throws {
        let key = try BearerKey()
        try await serving(key) { (edge) async throws in
            let wrong = try BearerKey().authorization
            for authorization in [nil, "", "Bearer", "Bearer ", wrong, key.authorization + "0", "Basic eDp5"] {
                let answer = try await get("/consumption", authorization: authorization)
                #expect(
                    answer.status == 401 && answer.headers["www-authenticate"] == "Bearer", "\(authorization ?? "")")
                #expect(String(decoding: answer.body, as: UTF8.self).contains("key_refused"))
            }
            let open = try await edge.get("/consumption", headers: [("Authorization", key.authorization)])
            #expect(open.status == 404)
        }
        // Without a listener for operations, and without a key, it is nowhere.
        try await EdgeHarness.serving(consumptionKey: key) { (edge) async throws in
            #expect(try await edge.get("/readyz").status == 200)
            let answer = try await edge.get("/consumption", headers: [("Authorization", key.authorization)])
            #expect(answer.status == 404)
        }
        try await serving(nil) { (_) async throws in
            #expect(try await get("/consumption", authorization: key.authorization).status == 404)
        }
    }

    @Test("an edge that records in a shared store says so, to those who have the key")
    func sharedStore() async throws {
        let key = try BearerKey()
        try await serving(key, hasLog: false) { (_) async throws in
            #expect(try await get("/consumption").status == 401)
            let answer = try await get("/consumption", authorization: key.authorization)
            #expect(answer.status == 404 && String(decoding: answer.body, as: UTF8.self).contains("store_shared"))
        }
    }
}
