import Cryptography
import Fetching
import Foundation
import LinkToken
import NIOCore
import TestSupport
import Testing
import Trust

@testable import BundleFollowing
@testable import EdgeService

/// Whoever controls the source of bundles, or the way to it, can keep an edge from news, and nothing more. Each attack
/// is made on an edge that has accepted a bundle, which must stay in force, and is named in the log and counted.
@Suite(.timeLimit(.minutes(10))) struct AttackTests {
    let directory = TemporaryDirectory()
    let publisher = Publisher()
    let log = LogRecorder()

    private func opened(
        _ answer: @escaping @Sendable (LoopbackServer.Connection) -> Void, limits: FetchLimits = .patient
    ) async throws -> (follower: BundleFollower, server: LoopbackServer) {
        // The record is what an edge has that accepted the bundle 5 before it was started.
        let bytes = publisher.bundle(5)
        let record = AcceptedBundleFile(directory.path("record"))
        let accepted = try #require(try BundleAcceptance(pinned: publisher.root.publicKey).accepting(bytes.span))
        try record.write(accepted.acceptance, bundle: bytes.span)
        let server = LoopbackServer { (connection, _) in answer(connection) }
        let follower = try await BundleFollower.open(
            fetcher: BundleFetcher(.url(WebAddress(server.url)), limits: limits), pinned: publisher.root.publicKey,
            record: record,
            schedule: PollSchedule(seconds: 1), clock: { noon }, logger: log.logger)
        return (follower, server)
    }

    private func expectRefused(_ follower: BundleFollower, _ code: String) {
        #expect(follower.status.refusals == [code: 1] && follower.status.fetchFailures.isEmpty)
        #expect(log.entries.contains { $0.code == code && $0.message.hasPrefix("trust bundle refused: ") })
        expectNone(follower, code, counter: "refusals", member: "bundleRefusal")
    }

    /// There was no bundle to refuse.
    private func expectNotFetched(_ follower: BundleFollower, _ code: String, _ server: LoopbackServer) {
        #expect(follower.status.fetchFailures == [code: 1] && follower.status.refusals.isEmpty)
        let message = "the trust bundle can't be fetched from \(server.url): "
        #expect(log.entries.contains { $0.code == code && $0.message.hasPrefix(message) }, "\(log.entries)")
        expectNone(follower, code, counter: "fetch_failures", member: "bundleFetchFailure")
    }

    private func expectNone(_ follower: BundleFollower, _ code: String, counter: String, member: String) {
        #expect(follower.trust.bundle.bundle.sequence == 5 && follower.status.isFromRecord)
        #expect(follower.status.lastRefusal?.code == code, "\(String(describing: follower.status.lastRefusal))")
        #expect(log.entries.contains { $0.code == code && $0.level == .warning })
        var report = PrometheusText()
        follower.status.add(to: &report)
        #expect(report.text.contains("linkseal_trust_bundle_\(counter)_total{code=\"\(code)\"} 1\n"))
        var json = JSONObjectWriter()
        follower.status.add(to: &json)
        let text = String(buffer: json.finish())
        #expect(text.contains("\"bundleFrom\":\"record\",\"\(member)\":\"\(code)\""), "\(text)")
    }

    enum Forgery: String, CaseIterable {
        case replayed, anotherRoot, aSigningKey, truncated, flipped, empty, token, equivocation

        var code: String {
            switch self {
            case .replayed: "bundle_rollback"
            case .anotherRoot: "bundle_root_wrong"
            case .aSigningKey, .truncated, .flipped: "bundle_signature_invalid"
            case .empty, .token: "bundle_malformed"
            case .equivocation: "bundle_equivocation"
            }
        }

        func bytes(_ publisher: Publisher) throws -> [UInt8] {
            let other = try PrivateKey.generate(.ed25519)
            let good = publisher.bundle(6)
            switch self {
            case .replayed: return publisher.bundle(4)
            case .anotherRoot: return publisher.bundle(6, by: other)
            case .aSigningKey:
                let name = "linkseal-bundle "
                let forged = publisher.bundle(6, by: other)
                return Array("\(name)\(publisher.root.id)".utf8) + forged.dropFirst(name.utf8.count + 8)
            case .truncated: return Array(good.dropLast(10))
            case .flipped: return good.dropLast() + [good.last! ^ 1]
            case .empty: return []
            case .token:
                let claims = Claims(
                    nonce: Nonce(distribution: DistributionID(rawValue: 1)!, serial: Serial(rawValue: 0)),
                    epoch: .initial, expiry: noon, embeddedDataHash: nil, contactID: try ContactID("c1"))
                return Array(try Token(minting: claims, with: publisher.root).text.utf8)
            case .equivocation: return publisher.bundle(5, distributions: 2)
            }
        }
    }

    @Test(arguments: Forgery.allCases)
    func `what is no newer bundle of the pinned root key is refused`(forgery: Forgery) async throws {
        let bytes = try forgery.bytes(publisher)
        let (follower, _) = try await opened { $0.respond("200 OK", bytes) }
        expectRefused(follower, forgery.code)
    }

    @Test func `a response that breaks off is no bundle`() async throws {
        let bytes = publisher.bundle(6)
        let (follower, server) = try await opened { (connection) in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(bytes.count)\r\n\r\n")
            connection.send(Array(bytes.dropLast(10)))
        }
        expectNotFetched(follower, "bundle_unreachable", server)
    }

    @Test func `a body of a gigabyte is cut off at the limit`() async throws {
        let sent = Shared(0)
        let limit = 4 << 20
        let part = [UInt8](repeating: 0x20, count: 1 << 16)
        let (follower, _) = try await opened(
            { (connection) in
                connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                while sent.value < 1 << 30, connection.send("10000\r\n"), connection.send(part), connection.send("\r\n")
                {
                    sent.value += part.count
                }
            }, limits: FetchLimits(byteCount: limit, headSeconds: 600, wholeSeconds: 600))
        expectRefused(follower, "bundle_too_large")
        // What is on its way in the sockets' buffers is not the edge's memory.
        #expect(sent.value < limit + 16 << 20)
    }

    @Test func `a body that is announced too large is not read at all`() async throws {
        let (follower, _) = try await opened { (connection) in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
            connection.waitForClose()
        }
        expectRefused(follower, "bundle_too_large")
    }

    @Test func `a server that drips is left when the time for all is over`() async throws {
        let bytes = publisher.bundle(6)
        let (follower, server) = try await opened(
            { (connection) in
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(bytes.count)\r\n\r\n")
                for byte in bytes where connection.send([byte]) { usleep(100_000) }
            }, limits: FetchLimits(headSeconds: 600, wholeSeconds: 1))
        expectNotFetched(follower, "bundle_timeout", server)
    }

    @Test func `a server that never answers is left when the time for a head is over`() async throws {
        let (follower, server) = try await opened(
            { $0.waitForClose() }, limits: FetchLimits(headSeconds: 1, wholeSeconds: 600))
        expectNotFetched(follower, "bundle_timeout", server)
    }

    @Test(arguments: [301, 302, 307, 308])
    func `a redirect is not followed`(status: Int) async throws {
        let other = LoopbackServer { (connection, _) in connection.respond("200 OK", publisher.bundle(6)) }
        let (follower, server) = try await opened { $0.respond("\(status) Moved", headers: ["Location: \(other.url)"]) }
        expectNotFetched(follower, "bundle_redirect", server)
        #expect(other.heads.isEmpty)
    }

    @Test(arguments: [204, 304, 404, 500, 503])
    func `another status is no bundle, and neither is 304 to who did not ask`(status: Int) async throws {
        let (follower, server) = try await opened { $0.respond("\(status) Other") }
        expectNotFetched(follower, "bundle_status", server)
    }

    @Test func `a header without end is no bundle`() async throws {
        let (follower, server) = try await opened { (connection) in
            connection.send("HTTP/1.1 200 OK\r\nX: ")
            while connection.send([UInt8](repeating: 0x61, count: 1 << 16)) {}
        }
        expectNotFetched(follower, "bundle_unreachable", server)
    }
}
