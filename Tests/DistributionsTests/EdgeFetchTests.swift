import Consumption
import ConsumptionLog
import Cryptography
import Foundation
import Glibc
import LinkToken
import Synchronization
import TestSupport
import Testing

@testable import Distributions

/// Fetching the log of an edge, without the network between.
@Suite(.timeLimit(.minutes(2))) struct EdgeFetchTests {
    let test = try! TestWorkspace()
    var registry: EdgeRegistry { test.workspace.edges }

    /// Hands out the log of an edge, as its listener does, and does something else before each page.
    struct Source: EdgeLogSource {
        let log: ConsumptionLog
        var before: @Sendable (LogPosition?) async throws(EdgeFetchError) -> Void = { (_) in }

        func page(after position: LogPosition?) async throws(EdgeFetchError) -> EdgeLogAnswer {
            try await before(position)
            do {
                guard let page = try await log.page(after: position) else { return .positionUnknown }
                return .page(page.bytes, end: page.end, remaining: page.remaining)
            } catch {
                throw .unreachable(reason: "\(error)")
            }
        }
    }

    private func edge(_ name: String = "edge") throws -> RemoteEdge {
        let edge = RemoteEdge(name: name, url: "http://127.0.0.1:9090", addedAt: test.now)
        try registry.add(edge, key: BearerKey())
        return edge
    }

    private func open(_ name: String = "edge.log") throws -> ConsumptionLog {
        try ConsumptionLog.open(at: test.directory.path(name), mode: .existingOrNew)
    }

    private static let distribution = DistributionID(rawValue: 0xED6E)!

    private func start(_ serials: Range<UInt32>, in log: ConsumptionLog) async throws {
        try await withThrowingTaskGroup(of: Void.self) { (group) in
            for serial in serials {
                group.addTask { [now = test.now] in
                    let nonce = Nonce(distribution: Self.distribution, serial: Serial(rawValue: serial))
                    _ = try await log.start(nonce, at: now, terms: StartTerms(mayBegin: true, resume: .standard))
                }
            }
            try await group.waitForAll()
        }
    }

    /// How many links the fetched logs know to be started.
    private func started() throws -> Int { try Self.started(in: registry) }

    private static func started(in registry: EdgeRegistry) throws -> Int {
        try registry.logs().reduce(into: DistributionHistory()) { (merged, log) in
            let known = try LogReader(path: log).histories().distributions[distribution]
            merged.merge(known ?? DistributionHistory())
        }.counts.started
    }

    private func fetch(
        _ edge: RemoteEdge, _ source: Source, at time: UnixTime? = nil, until deadline: ContinuousClock.Instant? = nil
    ) async throws -> EdgeStanding {
        try await registry.fetch(edge, from: source, until: deadline) { [now = test.now] in time ?? now }
    }

    @Test func `what came since is added, and the time is that before the last page was asked for`() async throws {
        let (edge, log) = (try edge(), try open())
        #expect(try registry.standing(of: edge) == EdgeStanding())
        try await start(0..<3, in: log)
        var standing = try await fetch(edge, Source(log: log))
        #expect(standing.asOf == test.now && standing.events == 3 && standing.failure == nil)
        try await start(3..<20_000, in: log)
        standing = try await fetch(edge, Source(log: log), at: test.now.adding(seconds: 9))
        #expect(standing.asOf == test.now.adding(seconds: 9) && standing.events == 20_000)
        #expect(try started() == 20_000 && registry.standing(of: edge) == standing)
        #expect(
            !standing.isStale(at: test.now.adding(seconds: 3609))
                && standing.isStale(at: test.now.adding(seconds: 3610)))
        await log.close()
    }

    @Test func `an edge that fails is known as of before, and says why; the next fetch continues`() async throws {
        let (edge, log) = (try edge(), try open())
        try await start(0..<40_000, in: log)
        let pages = Mutex(0)
        let failing = Source(log: log) { (_) throws(EdgeFetchError) in
            if pages.withLock({
                $0 += 1
                return $0
            }) == 3 {
                throw .unreachable(reason: "it is away")
            }
        }
        var standing = try await fetch(edge, failing)
        #expect(standing.asOf == nil && standing.failure == "it is away" && standing.failedAt == test.now)
        // Nothing counts before all of it is here: it might be less than what was known of another log.
        #expect(try started() == 0)
        let asked = Mutex<[UInt64?]>([])
        standing = try await fetch(
            edge, Source(log: log) { (position) in asked.withLock { $0.append(position?.records) } })
        #expect(asked.withLock { $0 } == [32_768])
        #expect(try standing.failure == nil && standing.failedAt == nil && started() == 40_000)
        await log.close()
    }

    @Test func `without time for all of it, it is continued the next time`() async throws {
        let (edge, log) = (try edge(), try open())
        try await start(0..<20_000, in: log)
        var standing = try await fetch(edge, Source(log: log), until: .now)
        #expect(standing.asOf == nil && standing.failure?.contains("last 3616 events") == true)
        standing = try await fetch(edge, Source(log: log), until: .now)
        #expect(try standing.asOf == test.now && started() == 20_000)
        await log.close()
    }

    @Test func `a compacted log takes the place of the copy when it is complete`() async throws {
        let (edge, log) = (try edge(), try open())
        try await start(0..<20_000, in: log)
        _ = try await fetch(edge, Source(log: log))
        try await log.compact()
        try await start(20_000..<20_010, in: log)
        let failing = Source(log: log) { [registry] (position) throws(EdgeFetchError) in
            // In the midst of it, what was known before counts.
            #expect(throws: Never.self) {
                let known = try Self.started(in: registry)
                #expect(known == 20_000)
            }
            if position?.records == 16_384 { throw .unreachable(reason: "it is away") }
        }
        #expect(try await fetch(edge, failing).failure == "it is away")
        // It is compacted once more, while half of it is fetched.
        try await log.compact()
        let standing = try await fetch(edge, Source(log: log))
        #expect(try standing.failure == nil && standing.replacedAt == nil && started() == 20_010)
        #expect(try registry.logs().count == 1)
        await log.close()
    }

    @Test func `an edge whose log was lost does not take back what was known of it`() async throws {
        let edge = try edge()
        var log = try open()
        try await start(0..<5, in: log)
        _ = try await fetch(edge, Source(log: log))
        for (round, serials) in [3..<8 as Range<UInt32>, 10..<12].enumerated() {
            await log.close()
            unlink(test.directory.path("edge.log"))
            log = try open()
            try await start(serials, in: log)
            let later = test.now.adding(seconds: UInt32(round + 1))
            let standing = try await fetch(edge, Source(log: log), at: later)
            #expect(standing.failure == nil && standing.replacedAt == later)
            #expect(try started() == [8, 10][round] && registry.logs().count == round + 2)
        }
        await log.close()
    }

    @Test func `a copy that was damaged is fetched anew`() async throws {
        let (edge, log) = (try edge(), try open())
        try await start(0..<10, in: log)
        _ = try await fetch(edge, Source(log: log))
        let path = try #require(registry.logs().first)
        var bytes = try contents(of: path)
        for offset in [10, 4200] {
            bytes[offset] ^= 1
            try Data(bytes).write(to: URL(filePath: path))
            #expect(try await fetch(edge, Source(log: log)).failure == nil)
            bytes = try contents(of: path)
            #expect(try started() == 10)
        }
        await log.close()
    }

    @Test func `two fetches of an edge do not run at once`() async throws {
        let (edge, log) = (try edge(), try open())
        let lock = try registry.lock(edge.name)
        let standing = try await fetch(edge, Source(log: log))
        #expect(standing.failure?.contains("another process") == true)
        withExtendedLifetime(lock) {}
        await log.close()
    }

    @Test func `edges are added, retired and removed as a whole`() throws {
        let first = try edge("b")
        _ = try edge("a.example-9090")
        #expect(throws: DistributionsError.exists(what: "edge", name: "b")) { try edge("b") }
        for name in ["", ".b", "b/c", "..", "b c", String(repeating: "b", count: 65), "ä"] {
            #expect(throws: DistributionsError.self) { try edge(name) }
        }
        #expect(try registry.all().map(\.name) == ["a.example-9090", "b"])
        #expect(try registry.retire("b").isRetired && registry.edge(named: "b").isRetired)
        var status = stat()
        #expect(stat(registry.path(of: "b") + "/key", &status) == 0 && status.st_mode & 0o777 == 0o600)
        try registry.remove("b")
        #expect(throws: DistributionsError.notFound(what: "edge", name: "b")) { try registry.edge(named: first.name) }
        #expect(try registry.all().map(\.name) == ["a.example-9090"])
    }
}
