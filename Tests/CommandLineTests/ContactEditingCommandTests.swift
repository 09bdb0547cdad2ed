import TestSupport
import Testing

@Suite struct ContactEditingCommandTests {
    @Test func `contacts are added, changed, removed and merged, and duplicates are found and resolved`() async throws {
        let place = try await ProgramWorkspace()
        let command = place
        func ids(_ list: String) async throws -> [String] {
            let rows: [[String: String]] = try await command.json("contacts", "show", list)
            return rows.map { $0["Contact ID"] ?? "" }
        }
        try place.write("id,email,Plan\n1,ada@mail.example,gold\n2,ben@mail.example,\n", to: "p.csv")
        try await command.succeed("contacts", "import", "p.csv", "--name", "A")
        let added = try await command.run(
            "contacts", "add", "A", "--email", "ADA@mail.example", "--first-name", "Ada", "--field", "Plan=blue",
            "--id",
            "3")
        #expect(added.status == 0 && added.output == "Added Ada to the list \"A\", with the contact ID 3.\n")
        #expect(added.errors.contains("1 other contact has the e-mail address"), "\(added)")
        let ambiguous = try await command.run(
            "contacts", "change", "A", "--contact", "ada@mail.example", "--language", "de")
        #expect(ambiguous.status == 1 && ambiguous.errors.contains("the ID of one of them: 1, 3"), "\(ambiguous)")
        #expect(try await command.run("contacts", "change", "A", "--contact", "2").status == 64)
        try await command.succeed(
            "contacts", "change", "A", "--contact", "2", "--field", "Plan=red", "--last-name", "B")
        let rows: [[String: String]] = try await command.json("contacts", "show", "A")
        #expect(rows.map { $0["Plan"] } == ["gold", "red", "blue"] && rows[1]["Last Name"] == "B")

        let found = try await command.succeed("contacts", "duplicates", "A")
        #expect(found.contains("2 contacts of \"A\" share 1 e-mail address:\n"), "\(found)")
        #expect(try await command.run("contacts", "duplicates", "A", "--keep", "last").status == 64, "nobody was asked")
        try await command.succeed("contacts", "duplicates", "A", "--keep", "last", "--yes")
        #expect(try await ids("A") == ["2", "3"])

        try await command.succeed("contacts", "dummy", "2", "--name", "B")
        try await command.succeed("contacts", "merge", "B", "A", "--name", "C")
        let merged = try await command.succeed("contacts", "merge", "C", "A", "--name", "D", "--json")
        #expect(merged.contains("\"inSeveral\" : 2") && merged.contains("\"contacts\" : 4"), "\(merged)")
        #expect(try await ids("C").suffix(2) == ["2", "3"])
        try await command.succeed("contacts", "remove-contact", "C", "--contact", "ben@mail.example", "--yes")
        #expect(try await ids("C").count == 3)
    }
}
