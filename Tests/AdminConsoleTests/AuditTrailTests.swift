import LinkToken
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

    @Test func `what the command line did to a distribution is in the list, and what the console did is there once`()
        async throws
    {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await PageTests.importPeople(browser)
            let (one, other) = (
                try await browser.distribution(named: "One"), try await browser.distribution(named: "Other")
            )
            _ = try await browser.post("/distributions/\(one.id)/links/0/revoke")
            _ = try await browser.post("/distributions/\(one.id)/reminder.csv")
            let now = UnixTime(rawValue: console.clock.seconds)
            let library = console.workspace.distributions
            _ = try library.revoke(one.id, serials: [Serial(rawValue: 1)], at: now)
            #expect(
                try library.distribution(one.id).history.map { $0.by?.hasSuffix("admin (console)") ?? false }
                    == [true, true, true, false])
            func rows(_ path: String) async throws -> [String] {
                let page = try await browser.get(path)
                #expect(page.status == 200)
                return page.body.matches(of: /data-label="What">([^<]*)</).map { String($0.1) }
            }
            let all = try await rows("/audit")
            #expect(all.filter { $0 == "Revoked 1 link" }.count == 1)
            #expect(all.filter { $0 == "Revoked a link" }.count == 1)
            #expect(all.filter { $0 == "Generated links" }.count == 2)
            let of = try await rows("/audit?distribution=\(one.id)")
            #expect(of.sorted() == ["Downloaded", "Generated links", "Revoked 1 link", "Revoked a link"])
            #expect(try await rows("/audit?distribution=\(other.id)") == ["Generated links"])
            #expect(try await rows("/audit?distribution=x").count == all.count)

            for number in 0..<250 {
                try console.console.service.record(.signInFailed, by: "u\(number)", from: "127.0.0.1")
            }
            var pages: [Int] = []
            for page in 1...4 { pages.append(try await rows("/audit?page=\(page)").count) }
            #expect(pages == [100, 100, 50 + all.count, 0])
            #expect(try await browser.get("/audit?page=3").body.contains(">Newer<"))
            #expect(try await !browser.get("/audit?page=3").body.contains(">Older<"))
            #expect(try await rows("/audit?distribution=\(one.id)").count == 4)
        }
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
