import TestSupport
import Testing

@testable import AdminConsole

/// What the audit trail keeps, and what of it can be seen.
@Suite struct AuditTrailTests {
    private func entry(_ who: String) -> AuditTrail.Entry {
        AuditTrail.Entry(at: "2026-11-24T07:18:07Z", who: who, from: "127.0.0.1", what: .signInFailed)
    }

    @Test func `a long entry hides none before it`() throws {
        let directory = TemporaryDirectory()
        let trail = try AuditTrail(directory.path("audit.jsonl"))
        for number in 0..<20 { try trail.record(entry("u\(number)")) }
        try trail.record(entry("e" + String(repeating: "\u{301}", count: 900_000)))
        try trail.record(entry("last"))
        let latest = try trail.latest(500).map(\.who)
        #expect(latest.count == 22)
        #expect(latest.first == "last")
        #expect(latest.dropFirst(2) == (0..<20).reversed().map { "u\($0)" }[...])
        #expect(try trail.latest(3).map(\.who.utf8.count) == [4, 1_800_001, 3])
    }

    @Test func `no more is read than has its place in memory`() throws {
        let directory = TemporaryDirectory()
        let trail = try AuditTrail(directory.path("audit.jsonl"))
        for _ in 0..<20 { try trail.record(entry(String(repeating: "a", count: 1 << 20))) }
        #expect(try trail.latest(500).count == 15)
    }

    @Test func `a user name that no user can have is not kept`() async throws {
        try await ConsoleHarness.run { (console) in
            let accents = String(repeating: "\u{301}", count: 1000)
            for name in ["e" + accents, String(repeating: "a", count: 65), "admin" + accents] {
                let answer = try await console.attempt(ConsoleHarness.password, user: name)
                #expect(answer.status == 401)
                #expect(answer.body.utf8.count < 10_000)
            }
            let form = try await console.attempt(ConsoleHarness.password, user: String(repeating: "a", count: 10_000))
            #expect(form.status == 413)
            let longest = String(repeating: "a", count: 64)
            #expect(try await console.attempt(ConsoleHarness.password, user: longest).status == 401)
            let trail = try AuditTrail(console.directory.path("linkseal-data/console/audit.jsonl"))
            #expect(try trail.latest(500).map(\.who) == [longest, "", "", ""])
        }
    }
}
