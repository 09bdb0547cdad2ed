import Cryptography
import Fetching
import Foundation
import LinkToken
import ServiceLifecycle
import TestSupport
import Testing
import Trust

@testable import BundleFollowing

@Suite(.timeLimit(.minutes(10))) struct FollowingTests {
    let directory = TemporaryDirectory()
    let publisher = Publisher()
    let log = LogRecorder()
    var record: AcceptedBundleFile { AcceptedBundleFile(directory.path("record")) }

    private func open(
        _ source: BundleSource, pinned: PublicKey? = nil, seconds: Double = 0.01, preparesKeys: Bool = true,
        clock: @escaping @Sendable () -> UnixTime = { noon }
    ) async throws -> BundleFollower {
        try await BundleFollower.open(
            fetcher: BundleFetcher(source, limits: .patient), pinned: pinned ?? publisher.root.publicKey,
            record: record,
            schedule: PollSchedule(seconds: seconds), preparesKeys: preparesKeys, clock: clock, logger: log.logger)
    }

    /// Runs the follower while the body runs.
    private func following(_ follower: BundleFollower, _ body: () async throws -> Void) async throws {
        let task = Task { await follower.run() }
        try await body()
        task.cancel()
        await task.value
    }

    @Test func `a file that is replaced is in force at the next poll, and recorded`() async throws {
        try directory.write(publisher.bundle(1), to: "bundle")
        let follower = try await open(.file(path: directory.path("bundle")))
        #expect(follower.trust.bundle.bundle.sequence == 1 && !follower.status.isFromRecord)
        try await following(follower) {
            for sequence in 2...5 as ClosedRange<UInt64> {
                try directory.write(publisher.bundle(sequence), to: "bundle")
                _ = await log.wait { $0.metadata["sequence"] == "\(sequence)" }
                #expect(follower.trust.bundle.bundle.sequence == sequence && follower.status.sequence == sequence)
                let recorded = try record.read(pinned: publisher.root.publicKey)
                #expect(recorded.acceptance.sequence == sequence)
            }
        }
        #expect(follower.status.accepted == 5 && follower.status.refusals.isEmpty)
    }

    @Test func `keys are prepared once a bundle is in force, and stay it in the next`() async throws {
        let keys = try (0..<3).map { (_) in try PrivateKey.generate(.p256).publicKey }
        try directory.write(publisher.bundle(1, keys: Array(keys[..<2])), to: "bundle")
        let follower = try await open(.file(path: directory.path("bundle")))
        let first = follower.trust.bundle
        #expect(first.preparedKeyCount == 0)
        try await following(follower) {
            _ = await log.wait { $0.metadata["keys"] == "2" && $0.message.contains("prepared") }
            #expect(first.preparedKeyCount == 2 && follower.status.preparedKeys == 2)
            // One of them is gone and one is new.
            try directory.write(publisher.bundle(2, keys: Array(keys[1...])), to: "bundle")
            _ = await log.wait { $0.metadata["sequence"] == "2" }
            #expect(follower.trust.bundle.bundle.keys[0].key.isPrepared)
            _ = await log.wait { $0.metadata["keys"] == "2" && $0.message.contains("prepared") }
            #expect(follower.trust.bundle.preparedKeyCount == 2)
        }
    }

    @Test func `no key is prepared where that is not wanted`() async throws {
        let key = try PrivateKey.generate(.p256).publicKey
        try directory.write(publisher.bundle(1, keys: [key]), to: "bundle")
        let follower = try await open(.file(path: directory.path("bundle")), preparesKeys: false)
        try await following(follower) {
            try directory.write(publisher.bundle(2, keys: [key]), to: "bundle")
            _ = await log.wait { $0.metadata["sequence"] == "2" }
        }
        #expect(follower.trust.bundle.preparedKeyCount == 0 && follower.status.preparedKeys == 0)
    }

    @Test func `a file behind a link is followed where the link is turned, as volumes of Kubernetes do it`()
        async throws
    {
        for sequence in 1...2 as ClosedRange<UInt64> {
            try FileManager.default.createDirectory(
                atPath: directory.path("\(sequence)"), withIntermediateDirectories: true)
            try directory.write(publisher.bundle(sequence), to: "\(sequence)/bundle")
        }
        #expect(symlink("1", directory.path("data")) == 0 && symlink("data/bundle", directory.path("bundle")) == 0)
        let follower = try await open(.file(path: directory.path("bundle")))
        try await following(follower) {
            #expect(symlink("2", directory.path("new")) == 0)
            #expect(rename(directory.path("new"), directory.path("data")) == 0)
            _ = await log.wait { $0.metadata["sequence"] == "2" }
        }
        #expect(follower.trust.bundle.bundle.sequence == 2)
    }

    @Test func `a bad file is refused once, the last good bundle stays, and the next good one counts`() async throws {
        try directory.write(publisher.bundle(3), to: "bundle")
        let follower = try await open(.file(path: directory.path("bundle")))
        try await following(follower) {
            try directory.write(publisher.bundle(2), to: "bundle")
            _ = await log.wait { $0.code == "bundle_rollback" }
            #expect(follower.trust.bundle.bundle.sequence == 3)
            try FileManager.default.removeItem(atPath: directory.path("bundle"))
            _ = await log.wait { $0.code == "bundle_unreachable" && $0.level == .debug }
            try directory.write(publisher.bundle(4), to: "bundle")
            _ = await log.wait { $0.metadata["sequence"] == "4" }
            #expect(follower.status.lastRefusal == nil && follower.status.refusals["bundle_rollback"] == 1)
        }
        #expect(log.entries.count { $0.code == "bundle_unreachable" && $0.level == .warning } == 1)
    }

    @Test func `a refused file that stays as it is stays refused, and is read once`() async throws {
        try directory.write(publisher.bundle(3), to: "bundle")
        let looks = Shared(0)
        let follower = try await open(
            .file(path: directory.path("bundle")),
            clock: {
                looks.value += 1
                return noon
            })
        try await following(follower) {
            try directory.write(publisher.bundle(2), to: "bundle")
            _ = await log.wait { $0.code == "bundle_rollback" }
            // The clock is asked after each poll.
            let before = looks.value
            while looks.value < before + 5 { await Task.yield() }
            let status = follower.status
            #expect(status.lastRefusal?.code == "bundle_rollback")
            #expect(status.refusals == ["bundle_rollback": 1] && status.failuresInARow == 1)
            try directory.write(publisher.bundle(4), to: "bundle")
            _ = await log.wait { $0.metadata["sequence"] == "4" }
            #expect(follower.status.lastRefusal == nil && follower.status.failuresInARow == 0)
        }
    }

    /// Serves the bundle with an ETag, and answers 304 to whoever has it.
    private static func server(of current: Shared<[UInt8]>) -> LoopbackServer {
        LoopbackServer { (connection, head) in
            let tag = "\"\(current.value.hashValue)\""
            if head.lowercased().contains("if-none-match: \(tag)") {
                connection.send("HTTP/1.1 304 Not Modified\r\nETag: \(tag)\r\n\r\n")
            } else {
                connection.respond("200 OK", headers: ["ETag: \(tag)"], current.value)
            }
        }
    }

    @Test func `a refused bundle at a URL stays refused, whatever ETag it has`() async throws {
        let current = Shared(publisher.bundle(3))
        let server = Self.server(of: current)
        let looks = Shared(0)
        let follower = try await open(
            .url(WebAddress(server.url)),
            clock: {
                looks.value += 1
                return noon
            })
        try await following(follower) {
            current.value = publisher.bundle(2)
            _ = await log.wait { $0.code == "bundle_rollback" }
            // The clock is asked after each poll.
            let before = looks.value
            while looks.value < before + 5 { await Task.yield() }
            #expect(follower.status.lastRefusal?.code == "bundle_rollback" && follower.status.failuresInARow > 1)
        }
    }

    @Test func `a file is read up to the limit, and not beyond it`() async throws {
        let bytes = publisher.bundle(1)
        try directory.write(bytes, to: "bundle")
        for missing in [0, 1] {
            var limits = FetchLimits.patient
            limits.byteCount = bytes.count - missing
            var fetcher = FileBundleFetcher(path: directory.path("bundle"), limits: limits)
            if missing == 0 {
                guard case .bytes(bytes) = try fetcher.fetch() else {
                    Issue.record("not read")
                    continue
                }
            } else {
                #expect(throws: BundleRefusal.bundle(.bundleTooLarge(limit: bytes.count - 1))) { try fetcher.fetch() }
            }
        }
    }

    @Test func `a URL is asked with the ETag of what was accepted`() async throws {
        let current = Shared(publisher.bundle(1))
        let server = Self.server(of: current)
        let times = Shared(noon)
        let follower = try await open(.url(WebAddress(server.url)), clock: { times.value })
        try await following(follower) {
            times.value = noon.adding(seconds: 9)
            // The source confirms the bundle in force until there is another.
            while follower.status.confirmedAt != times.value { await Task.yield() }
            current.value = publisher.bundle(2)
            _ = await log.wait { $0.metadata["sequence"] == "2" }
            current.value = publisher.bundle(1)
            _ = await log.wait { $0.code == "bundle_rollback" }
            current.value = publisher.bundle(2)
            _ = await log.wait { $0.message.contains("in force again") }
        }
        #expect(server.heads.contains { $0.lowercased().contains("if-none-match") })
        #expect(follower.trust.bundle.bundle.sequence == 2 && follower.status.lastRefusal == nil)
    }

    @Test func `an edge starts from its record where the source is down, and holds it against what comes`() async throws
    {
        let server = LoopbackServer { [publisher] (connection, _) in connection.respond("200 OK", publisher.bundle(7)) }
        let first = try await open(.url(WebAddress(server.url)))
        #expect(first.trust.bundle.bundle.sequence == 7)
        server.stop()
        let second = try await open(.url(WebAddress(server.url)))
        #expect(second.trust.bundle.bundle.sequence == 7 && second.status.isFromRecord)
        #expect(second.status.confirmedAt == nil && second.status.lastRefusal?.code == "bundle_unreachable")
        try directory.write(publisher.bundle(6), to: "old")
        let third = try await open(.file(path: directory.path("old")))
        #expect(third.trust.bundle.bundle.sequence == 7 && third.status.lastRefusal?.code == "bundle_rollback")
    }

    @Test func `without a source and a record there is no edge`() async throws {
        await #expect(throws: BundleRefusal.self) { try await open(.file(path: directory.path("missing"))) }
    }

    @Test func `a damaged record stops the edge instead of forgetting what it accepted`() async throws {
        try directory.write(publisher.bundle(1), to: "bundle")
        try directory.write(Array("linkseal-accepted 1\n".utf8), to: "record")
        let error = await #expect(throws: BundleRefusal.self) {
            try await open(.file(path: directory.path("bundle")))
        }
        #expect(error?.code == "accepted_bundle_damaged")
    }

    @Test func `a bundle that can't be recorded is not put in force`() async throws {
        try directory.write(publisher.bundle(1), to: "bundle")
        let nowhere = AcceptedBundleFile(directory.path("missing/record"))
        let error = await #expect(throws: BundleRefusal.self) {
            try await BundleFollower.open(
                fetcher: BundleFetcher(.file(path: directory.path("bundle"))), pinned: publisher.root.publicKey,
                record: nowhere, schedule: PollSchedule(seconds: 1), clock: { noon }, logger: log.logger)
        }
        #expect(error?.code == "bundle_unrecorded")
    }

    @Test func `a bundle that couldn't be recorded is in force once it can be`() async throws {
        let state = directory.path("state")
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        try directory.write(publisher.bundle(1), to: "bundle")
        let follower = try await BundleFollower.open(
            fetcher: BundleFetcher(.file(path: directory.path("bundle"))), pinned: publisher.root.publicKey,
            record: AcceptedBundleFile(state + "/record"), schedule: PollSchedule(seconds: 0.01), clock: { noon },
            logger: log.logger)
        try await following(follower) {
            try FileManager.default.removeItem(atPath: state)
            try directory.write(publisher.bundle(2), to: "bundle")
            _ = await log.wait { $0.code == "bundle_unrecorded" }
            #expect(follower.trust.bundle.bundle.sequence == 1)
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            _ = await log.wait { $0.metadata["sequence"] == "2" }
        }
        #expect(follower.trust.bundle.bundle.sequence == 2)
    }

    @Test func `the root key changes while serving`() async throws {
        let next = try PrivateKey.generate(.p256)
        try directory.write(publisher.bundle(1, next: next.publicKey), to: "bundle")
        let follower = try await open(.file(path: directory.path("bundle")))
        try await following(follower) {
            try directory.write(publisher.bundle(2, by: next), to: "bundle")
            _ = await log.wait { $0.metadata["sequence"] == "2" }
            #expect(follower.status.root == next.id)
            try directory.write(publisher.bundle(3), to: "bundle")
            _ = await log.wait { $0.code == "bundle_root_wrong" }
        }
        #expect(follower.trust.bundle.bundle.sequence == 2)
        #expect(try await open(.file(path: directory.path("bundle"))).trust.bundle.bundle.sequence == 2)
    }

    @Test func `an overdue bundle and an expired one are named in the log`() async throws {
        try directory.write(publisher.bundle(1), to: "bundle")
        let time = Shared(noon)
        let follower = try await open(.file(path: directory.path("bundle")), clock: { time.value })
        try await following(follower) {
            time.value = noon.adding(seconds: 30 * day)
            _ = await log.wait { $0.code == "bundle_overdue" }
            time.value = noon.adding(seconds: 37 * day)
            _ = await log.wait { $0.code == "bundle_expired" && $0.level == .error }
        }
    }

    @Test func `following ends with the service group`() async throws {
        try directory.write(publisher.bundle(1), to: "bundle")
        let follower = try await open(.file(path: directory.path("bundle")), seconds: 600)
        let group = ServiceGroup(configuration: .init(services: [.init(service: follower)], logger: log.logger))
        async let running: Void = group.run()
        await group.triggerGracefulShutdown()
        try await running
    }

    @Test func `polls are spread, and never further apart than the interval`() {
        let schedule = PollSchedule(seconds: 30)
        #expect(schedule.delay(chance: 0) == .seconds(24))
        #expect(schedule.delay(chance: 1) == .seconds(30))
    }

    @Test(arguments: [true, false])
    func `however long the source was down, it is looked at as often as before`(isFile: Bool) async throws {
        try directory.write(publisher.bundle(1), to: "bundle")
        let isDown = Shared(false)
        let server = LoopbackServer { [directory] (connection, _) in
            if isDown.value { return connection.respond("503 Service Unavailable") }
            connection.respond("200 OK", (try? directory.read("bundle")) ?? [])
        }
        let follower = try await open(isFile ? .file(path: directory.path("bundle")) : .url(WebAddress(server.url)))
        try await following(follower) {
            isDown.value = true
            try FileManager.default.removeItem(atPath: directory.path("bundle"))
            // Were each wait longer than the one before, so many would take hours.
            while follower.status.failuresInARow < 40 { _ = await log.wait { $0.code != nil } }
            try directory.write(publisher.bundle(2), to: "bundle")
            isDown.value = false
            _ = await log.wait { $0.metadata["sequence"] == "2" }
        }
        #expect(follower.trust.bundle.bundle.sequence == 2)
    }

    @Test(arguments: ["https://trust.example/b", "HTTP://trust.example/b", "https://me:secret@trust.example"])
    func `a source is a URL where it begins as one`(text: String) throws {
        #expect(try BundleSource(text) == .url(WebAddress(text)))
    }

    @Test(arguments: ["bundle.json", "/https://b", "./https://b", "https:/b"])
    func `a source is a file where it does not`(text: String) throws {
        #expect(try BundleSource(text) == .file(path: text))
    }

    @Test(arguments: ["ftp://trust.example/b", "https://", "https:///b", "htps://me:secret@trust.example/b?secret"])
    func `what is no URL to fetch from is refused, and says what is expected`(text: String) {
        let error = #expect(throws: WebAddressError.self) { try BundleSource(text) }
        #expect(error?.description.contains("expected https:// or http:// and a host") == true)
        #expect(error?.description.contains("secret") == false)
    }
}
