import Foundation
import TestSupport
import Testing

/// `linkseal distributions add`, and the other ways to say `linkseal distributions`.
@Suite struct AddTests {
    private struct Added: Decodable {
        var file: String?
        var added, skipped, links: Int
    }

    /// The cells of a spreadsheet's column, by heading.
    private func column(_ heading: String, of file: String, in place: ProgramWorkspace) throws -> [String] {
        let rows = try place.read(file).split(separator: "\r\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let index = try #require(rows.first?.firstIndex(of: heading))
        return rows.dropFirst().map { $0[index] }
    }

    @Test func `an added contact starts the survey at an edge that was told nothing`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 3)
        let bundle = try place.read("linkseal-data/bundle.json")
        let server = try await Server(place)
        try place.write("id,email\nC2,c2@example.com\nC3,c3@example.com\n,C1@EXAMPLE.com\n", to: "new.csv")
        let outcome = try await place.run(
            "distributions", "add", "NPS", "--contacts", "new.csv", "--out", "new-links.csv")
        #expect(outcome.status == 0 && outcome.output.hasPrefix("1 new link of \"NPS\""), "\(outcome)")
        #expect(outcome.errors.contains("left out, with the data they had (lines 2 and 4)"), "\(outcome.errors)")
        #expect(try place.read("linkseal-data/bundle.json") == bundle)
        let links = try column("Link", of: "new-links.csv", in: place)
        #expect(try column("Contact ID", of: "new-links.csv", in: place) == ["C3"])
        let token = try #require(links.first).dropFirst(ProgramWorkspace.baseURL.count)
        #expect(try await server.start(String(token)).outcome == "started")
        #expect(try await server.start(try place.tokens()[0]).outcome == "started")
        await server.terminate()
        try await place.succeed("download", "NPS", "--out", "all.csv")
        #expect(try column("Link", of: "all.csv", in: place) == column("Link", of: "links.csv", in: place) + links)
        #expect(
            try column("Status", of: "all.csv", in: place) == [
                "Survey Started", "Email Not Sent", "Email Not Sent", "Survey Started",
            ])
        let row = try await place.json("distributions", as: [[String: JSONValue]].self)[0]
        #expect(row["links"]?.number == 4 && row["started"]?.number == 2)
    }

    @Test func `edges under load open the links of who is added, each with the bundle that it has`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 1000)
        let elsewhere = [
            "--bundle", "linkseal-data/bundle.json", "--root-key", "keys/root.pub.pem", "--session-key",
            "keys/session.key", "--log", "elsewhere.log", "--new-log",
        ]
        let edges = [try await Server(place), try await Server(place, elsewhere)]
        func sequences() async throws -> [String?] {
            var sequences: [String?] = []
            for edge in edges { sequences.append(try await edge.metric("linkseal_trust_bundle_sequence")) }
            return sequences
        }
        let before = try await sequences()
        let tokens = try place.tokens()
        async let load = withThrowingTaskGroup(of: [String].self) { (group) in
            for start in 0..<4 {
                group.addTask {
                    var outcomes: [String] = []
                    for number in stride(from: start, to: tokens.count, by: 4) {
                        outcomes.append(try await edges[number % 2].start(tokens[number]).outcome)
                    }
                    return outcomes
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        for round in 0..<5 {
            let rows = (0..<40).map { "N\(round)-\($0),n\(round)-\($0)@example.com\n" }
            try place.write("id,email\n" + rows.joined(), to: "new.csv")
            let added: Added = try await place.json(
                "distributions", "add", "NPS", "--contacts", "new.csv", "--out", "new-links.csv")
            #expect(added.added == 40)
            for (number, link) in try column("Link", of: "new-links.csv", in: place).enumerated() {
                let token = String(link.dropFirst(ProgramWorkspace.baseURL.count))
                #expect(try await edges[number % 2].start(token).outcome == "started")
            }
        }
        let outcomes = try await load
        #expect(outcomes.count == 1000 && outcomes.allSatisfy { $0 == "started" })
        #expect(try await sequences() == before)
        for edge in edges { await edge.terminate() }
        let row = try await place.json(
            "distributions", "--log", "linkseal-data/consumption.log", "--log", "elsewhere.log",
            as: [[String: JSONValue]].self)[0]
        #expect(row["links"]?.number == 1200 && row["started"]?.number == 1200)
    }

    @Test func `contacts come from lists, from placeholders, and by name, as when links are generated`() async throws {
        let place = try await ProgramWorkspace.with(contacts: 3)
        try place.write("id,email\nC2,c2@example.com\nL1,l1@example.com\nL2,l2@example.com\n", to: "list.csv")
        try await place.succeed("contacts", "import", "list.csv", "--name", "People")
        func add(_ arguments: String...) async throws -> Added {
            let text = try await place.succeed(
                ["distributions", "add", "NPS", "--out", "new.csv", "--json"] + arguments)
            return try JSONDecoder().decode(Added.self, from: Data(text.utf8))
        }
        let one = try await add("--list", "People", "--contact", "l2@example.com")
        #expect(one.added == 1 && one.skipped == 0 && one.links == 4)
        let rest = try await add("--list", "People")
        #expect(rest.added == 1 && rest.skipped == 2 && rest.links == 5)
        #expect(try column("Contact ID", of: "new.csv", in: place) == ["L1"])
        let nobody = try await add("--list", "People")
        #expect(nobody.added == 0 && nobody.skipped == 3 && nobody.links == 5 && nobody.file == nil)
        let cards = try await add("--dummy", "2", "--for", "mailchimp")
        #expect(cards.added == 2 && cards.links == 7)
        #expect(try column("Email Address", of: "new.csv", in: place).count == 2)
        let missing = try await place.run(
            "distributions", "add", "NPS", "--list", "People", "--contact", "nobody", "--out", "new.csv")
        #expect(missing.status == 1 && missing.errors.contains("nobody"), "\(missing)")
    }

    @Test func `of two who add the same people at once one adds them, and of two who add others both do`() async throws
    {
        let place = try await ProgramWorkspace.with(contacts: 3)
        let people = (0..<3000).map { "N\($0),n\($0)@example.com\n" }
        try place.write("id,email\n" + people.joined(), to: "same.csv")
        let others = (0..<3000).map { "M\($0),m\($0)@example.com\n" }
        try place.write("id,email\n" + others.joined(), to: "others.csv")
        func add(_ file: String, _ out: String) async throws -> Added {
            try await place.json("distributions", "add", "NPS", "--contacts", file, "--out", out)
        }
        async let first = add("same.csv", "first.csv")
        async let second = add("same.csv", "second.csv")
        async let third = add("others.csv", "third.csv")
        let (one, two, other) = try await (first, second, third)
        #expect(one.added + two.added == 3000 && [0, 3000].contains(one.added) && other.added == 3000)
        #expect(one.skipped + two.skipped == 3000)
        try await place.succeed("download", "NPS", "--out", "all.csv")
        let ids = try column("Contact ID", of: "all.csv", in: place)
        #expect(ids.count == 6003 && Set(ids).count == 6003)
        let made = try column("Link", of: one.added > 0 ? "first.csv" : "second.csv", in: place)
        let links = try column("Link", of: "all.csv", in: place)
        #expect(Set(links).count == 6003)
        #expect(
            Set(links)
                == Set(
                    try column("Link", of: "links.csv", in: place) + made + column("Link", of: "third.csv", in: place)))
    }

    @Test func `a distribution is shown by its name, also by that of a subcommand`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email\n1,a@example.com\n", to: "p.csv")
        for name in ["NPS Q4", "add", "list"] {
            #expect(try await place.generate("p.csv", name: name, out: "\(name).csv").status == 0)
        }
        #expect(try await place.succeed("distributions").split(separator: "\n").count == 4)
        #expect(try await place.succeed("distributions", "--sort", "name", "--descending").contains("NPS Q4"))
        #expect(try await place.succeed("distributions", "NPS Q4").hasPrefix("NPS Q4 ("))
        #expect(try await place.succeed("distributions", "NPS Q4", "--no-fetch").hasPrefix("NPS Q4 ("))
        #expect(try await place.succeed("distributions", "--no-fetch", "add").hasPrefix("add ("))
        #expect(try await place.succeed("distributions", "list", "add").hasPrefix("add ("))
        #expect(try await place.succeed("distributions", "list", "list").hasPrefix("list ("))
    }
}
