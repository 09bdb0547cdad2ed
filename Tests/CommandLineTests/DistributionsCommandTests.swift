import Foundation
import TestSupport
import Testing

/// What `linkseal distributions` shows.
@Suite struct DistributionsCommandTests {
    struct Report: Decodable {
        struct Change: Decodable {
            var at, text: String
            var by: String?
            var action: [String: [String: JSONValue]]
        }

        var name: String
        var history: [Change]?
    }

    @Test func `one distribution is shown with its history`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 2)
        try await place.succeed("regenerate", "NPS", "--yes", "--out", "new.csv")
        try await place.succeed("contacts", "erase", "--contact", "C1", "--yes")
        let text = try await place.succeed("distributions", "NPS")
        let lines = text.split(separator: "\n").drop { $0 != "  history" }.dropFirst()
        let expected = ["generated 2 links", "made all links anew", "erased 1 contact"]
        #expect(lines.count == 3, "\(text)")
        for (line, action) in zip(lines, expected) {
            #expect(try line.contains(Regex("    \\d{4}-\\S+Z  \(action)(, by \\S+)?$")), "\(line)")
        }
        let history = try #require(try await place.json("distributions", "NPS", as: Report.self).history)
        #expect(history.map(\.text) == expected)
        #expect(history[0].action["generated"]?["links"]?.number == 2)
        #expect(history[2].action["erased"]?["contacts"]?.number == 1)
        #expect(try await place.json("distributions", as: [Report].self).allSatisfy { $0.history == nil })
    }
}
