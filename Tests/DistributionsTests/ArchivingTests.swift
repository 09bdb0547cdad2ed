import Consumption
import LinkToken
import TestSupport
import Testing

@testable import Distributions

@Suite struct ArchivingTests {
    let test = try! TestWorkspace()

    private func generate(_ name: String = "NPS Q4", at time: UnixTime? = nil) async throws -> Distribution {
        var request = try test.request(test.people(2))
        request.name = name
        return try await test.distributions.generate(request, key: test.key, at: time ?? test.now).distribution
    }

    @Test func `archiving and noting change nothing that edges are told, and are recorded when they change something`()
        async throws
    {
        let made = try await generate()
        let published = try test.distributions.published(at: test.now)
        for _ in 0..<2 { _ = try test.distributions.archive(made.id, at: test.now) }
        for _ in 0..<2 { _ = try test.distributions.note("Second mailing in January", on: made.id, at: test.now) }
        var kept = try test.distributions.distribution(made.id)
        #expect(kept.archivedAt == test.now && kept.note == "Second mailing in January")
        for _ in 0..<2 { _ = try test.distributions.unarchive(made.id, at: test.now) }
        for _ in 0..<2 { _ = try test.distributions.note("", on: made.id, at: test.now) }
        kept = try test.distributions.distribution(made.id)
        #expect(kept.archivedAt == nil && kept.note == nil)
        #expect(
            kept.history.map(\.action) == [.generated(links: 2), .archived, .noted, .unarchived, .noteRemoved])
        #expect(try test.distributions.published(at: test.now) == published)
        for note in ["two\nlines", String(repeating: "a", count: 1001)] {
            #expect(throws: DistributionsError.self) { try test.distributions.note(note, on: made.id, at: test.now) }
        }
        #expect(try test.distributions.distribution(made.id) == kept)
    }

    @Test func `a list is filtered by name, status and the day of creation, without archived ones`() async throws {
        let day: UInt32 = 86400
        // 2026-11-24, and the two days after.
        let days = (0..<3).map { test.now.adding(seconds: day * $0) }
        let distributions = [
            try await generate("Übersicht", at: days[0]), try await generate("NPS 1", at: days[1]),
            try test.distributions.archive(try await generate("NPS 2", at: days[2]).id, at: days[2]),
        ]
        func names(_ change: (inout DistributionFilter) throws -> Void) rethrows -> [String] {
            var filter = DistributionFilter()
            try change(&filter)
            return distributions.map { DistributionRow($0, ConsumptionCounts()) }.filter {
                filter.accepts($0, at: days[0])
            }
            .map(\.distribution.name)
        }
        #expect(names { _ in } == ["Übersicht", "NPS 1"])
        #expect(names { $0.includesArchived = true }.count == 3)
        #expect(names { $0.name = "über" } == ["Übersicht"])
        #expect(names { ($0.name, $0.includesArchived) = ("nps", true) } == ["NPS 1", "NPS 2"])
        #expect(names { $0.status = .deleted }.isEmpty)
        #expect(try names { $0.since = try EnteredTime("2026-11-25").start } == ["NPS 1"])
        #expect(try names { $0.until = try EnteredTime("2026-11-24").end } == ["Übersicht"])
        #expect(try names { $0.until = try EnteredTime("2026-11-24T07:18:07Z").end }.isEmpty)
        #expect(try names { $0.until = try EnteredTime("2026-11-24T07:18:08Z").end } == ["Übersicht"])
    }
}
