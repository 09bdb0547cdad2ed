import Cryptography
import Fetching
import Foundation
import TestSupport
import Testing
import Trust

@testable import BundleFollowing

/// Checking says what starting would do, and changes nothing.
@Suite(.timeLimit(.minutes(10))) struct CheckTests {
    let directory = TemporaryDirectory()
    let publisher = Publisher()
    var record: AcceptedBundleFile { AcceptedBundleFile(directory.path("record")) }

    enum Source: CaseIterable {
        case good, missing, unsigned, anotherRoot, older, down
    }

    private func server(_ source: Source) throws -> LoopbackServer {
        let other = try PrivateKey.generate(.ed25519)
        let server = LoopbackServer { [publisher] (connection, _) in
            switch source {
            case .good: connection.respond("200 OK", publisher.bundle(5))
            case .missing: connection.respond("404 Not Found")
            case .unsigned: connection.respond("200 OK", Array("{}".utf8))
            case .anotherRoot: connection.respond("200 OK", publisher.bundle(5, by: other))
            case .older: connection.respond("200 OK", publisher.bundle(3))
            case .down: break
            }
        }
        return server
    }

    private func recordFour() throws {
        let bytes = publisher.bundle(4)
        let accepted = try #require(try BundleAcceptance(pinned: publisher.root.publicKey).accepting(bytes.span))
        try record.write(accepted.acceptance, bundle: bytes.span)
    }

    @Test(arguments: Source.allCases, [true, false])
    func `an edge that would not start is told so, and nothing is recorded`(
        source: Source, hasRecord: Bool
    ) async throws {
        if hasRecord { try recordFour() }
        let before = try? directory.read("record")
        let fetcher = BundleFetcher(.url(try WebAddress(server(source).url)), limits: .patient)
        var (checked, opened): (String?, String?)
        var (starts, started) = (true, true)
        do {
            checked = try await BundleFollower.check(
                fetcher: fetcher, pinned: publisher.root.publicKey, record: record)?.code
        } catch {
            (checked, starts) = (error.code, false)
        }
        #expect((try? directory.read("record")) == before)
        do {
            opened = try await BundleFollower.open(
                fetcher: fetcher, pinned: publisher.root.publicKey, record: record,
                schedule: PollSchedule(seconds: 1), clock: { noon }, logger: LogRecorder().logger
            ).status.lastRefusal?.code
        } catch {
            (opened, started) = (error.code, false)
        }
        #expect(checked == opened && starts == started, "\(checked as Any) \(opened as Any) \(starts) \(started)")
        #expect(starts == (hasRecord || source == .good || source == .older))
    }

    @Test func `a bundle that could not be recorded would not be used`() async throws {
        try directory.write(publisher.bundle(1), to: "bundle")
        let error = await #expect(throws: BundleRefusal.self) {
            try await BundleFollower.check(
                .file(path: directory.path("bundle")), pinned: publisher.root.publicKey,
                record: directory.path("missing/record"))
        }
        #expect(error?.code == "bundle_unrecorded")
    }

    @Test func `a damaged record is found`() async throws {
        try directory.write(publisher.bundle(1), to: "bundle")
        try directory.write("linkseal-accepted 1\n", to: "record")
        let error = await #expect(throws: BundleRefusal.self) {
            try await BundleFollower.check(
                .file(path: directory.path("bundle")), pinned: publisher.root.publicKey, record: record.path)
        }
        #expect(error?.code == "accepted_bundle_damaged")
    }
}
