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

    @Test func `archived distributions are listed on request, keep their links, and have a note`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 1)
        #expect(try await place.generate("people.csv", name: "Other", out: "other.csv").status == 0)
        let bundle = try place.read("linkseal-data/bundle.json")
        func names(_ options: String...) async throws -> [String] {
            let text = try await place.succeed(["distributions", "--json"] + options)
            return try JSONDecoder().decode([Report].self, from: Data(text.utf8)).map(\.name).sorted()
        }
        #expect(try await names() == ["NPS", "Other"])
        let archived = try await place.succeed("distributions", "archive", "NPS")
        #expect(archived.contains("its links work as before"), "\(archived)")
        #expect(try await names() == ["Other"])
        #expect(try await names("--archived") == ["NPS", "Other"])
        #expect(try await names("--archived", "--name", "np") == ["NPS"])
        #expect(try await names("--name", "OTH", "--status", "active") == ["Other"])
        let today = String(Date.now.ISO8601Format().prefix(10))
        #expect(try await names("--since", today, "--until", today) == ["Other"])
        #expect(try await names("--since", "2100-01-01").isEmpty)
        #expect(try await names("--until", "2020-12-31").isEmpty)
        #expect(try await place.run("distributions", "--since", "yesterday").status == 1)
        #expect(try await place.succeed("distributions", "--name", "nothing").contains("No distribution matches"))

        try await place.succeed("distributions", "note", "NPS", "Second mailing in January")
        var shown = try await place.succeed("distributions", "NPS")
        #expect(shown.contains("  note        Second mailing in January\n"), "\(shown)")
        #expect(shown.contains("active, archived"), "\(shown)")
        let server = try await Server(place)
        #expect(try await server.start(place.tokens()[0]).outcome == "started")
        await server.terminate()
        try await place.succeed("distributions", "unarchive", "NPS")
        try await place.succeed("distributions", "note", "NPS", "")
        #expect(try await names() == ["NPS", "Other"])
        shown = try await place.succeed("distributions", "NPS")
        #expect(!shown.contains("  note ") && shown.contains("removed the note"), "\(shown)")
        #expect(try place.read("linkseal-data/bundle.json") == bundle)
    }
}
