import Foundation
import TestSupport
import Testing

/// Files of contacts on their way through the program.
@Suite struct ContactFileTests {
    private func contacts(of list: String, in place: ProgramWorkspace) async throws -> [[String: String]] {
        try await place.json("contacts", "show", list)
    }

    @Test func `an option that a refusal prints reads the file as it should be read`() async throws {
        let place = try await ProgramWorkspace()
        let bytes = Array("Nr;E-Mail;Name\r\n7;joerg@mail.example;J".utf8) + [0xF6] + Array("rg\r\n".utf8)
        try Data(bytes).write(to: URL(filePath: place.path("p.csv")))
        let refused = try await place.run("contacts", "import", "p.csv", "--name", "A")
        #expect(refused.status == 1 && refused.errors.contains("  --encoding windows-1252: 7;joerg@mail.example;Jörg"))
        let asJSON = try await place.run("contacts", "import", "p.csv", "--name", "A", "--json")
        #expect(asJSON.errors.contains("--encoding windows-1252") && !asJSON.errors.contains("joerg"), "\(asJSON)")

        let read = ["contacts", "import", "p.csv", "--name", "A", "--encoding", "windows-1252"]
        let imported = try await place.run(read)
        #expect(imported.status == 0 && imported.errors.contains(#"--map "Name=firstName""#), "\(imported)")
        let mapped = try await place.run(read + ["--replace", "--map", "Name=firstName"])
        #expect(mapped.status == 0 && mapped.errors.isEmpty, "\(mapped)")
        #expect(try await contacts(of: "A", in: place).first?["First Name"] == "Jörg")

        let unknown = try await place.run(
            "contacts", "import", "p.csv", "--name", "B", "--encoding", "klingon")
        #expect(unknown.status == 64 && unknown.errors.contains("windows-1252"), "\(unknown)")
    }

    @Test func `a file without headings keeps its first person`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("1,ada@mail.example,Ada\n2,zoe@mail.example,Zoë\n", to: "p.csv")
        #expect(try await place.run("contacts", "import", "p.csv", "--name", "A").status == 1)
        try await place.succeed(
            "contacts", "import", "p.csv", "--name", "A", "--no-headings", "--map", "1=id,2=email", "--map",
            "3=firstName")
        let read = try await contacts(of: "A", in: place)
        #expect(read.map { $0["Contact ID"] } == ["1", "2"] && read.map { $0["First Name"] } == ["Ada", "Zoë"])
        let outcome = try await place.generate("p.csv", more: ["--no-headings", "--map", "1=id,2=email"])
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try place.read("links.csv").contains("1,,,ada@mail.example,"))
    }

    @Test func `who has opted out gets a link with a warning, and none when asked`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email,Opt Out\n1,ada@mail.example,yes\n2,mailto:zoe@mail.example,no\n", to: "p.csv")
        let all = try await place.generate("p.csv")
        #expect(all.status == 0 && all.errors.contains("--skip-opted-out"), "\(all)")
        #expect(try place.read("links.csv").contains("ada@mail.example"))
        let fewer = try await place.generate("p.csv", out: "fewer.csv", more: ["--skip-opted-out"])
        #expect(fewer.status == 0 && !fewer.errors.contains("--skip-opted-out"), "\(fewer)")
        let sheet = try place.read("fewer.csv")
        #expect(!sheet.contains("ada@mail.example") && sheet.contains("2,,,zoe@mail.example,"))
    }

    @Test func `a list that is replaced says what became of its contacts`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("email,plan\nada@mail.example,gold\nzoe@mail.example,gold\n", to: "p.csv")
        try await place.succeed("contacts", "import", "p.csv", "--name", "A")
        try place.write("email,plan\nZoe@mail.example,gold\nben@mail.example,gold\n", to: "q.csv")
        let text = try await place.run("contacts", "import", "q.csv", "--name", "A", "--replace")
        #expect(text.output.contains("\n1 added, 1 kept (1 of them changed), 1 removed.\n"), "\(text)")
        let report = try await place.run("contacts", "import", "q.csv", "--name", "A", "--replace", "--json")
        let changes = try JSONDecoder().decode(Replaced.self, from: Data(report.output.utf8)).changes
        #expect(changes == ["added": 0, "kept": 2, "changed": 0, "removed": 0])
    }

    private struct Replaced: Decodable {
        var changes: [String: Int]
    }

    @Test func `a sample of nobody says so, one of too many warns, and one person's links show the name`() async throws
    {
        let place = try await ProgramWorkspace()
        try place.write("id,email,first name\n1,ada@mail.example,Ada\n2,zoe@mail.example,Zoë\n", to: "p.csv")
        let none = try await place.generate("p.csv", more: ["--sample", "1%"])
        #expect(none.status == 1 && none.errors.contains("of 2 contacts is rounded to nobody; give a larger --sample"))
        let all = try await place.generate("p.csv", more: ["--sample", "3"])
        #expect(all.status == 0 && all.errors.contains("there are only 2"), "\(all)")
        #expect(try await place.generate("p.csv", out: "one.csv", more: ["--contact", "2"]).status == 0)
        let table = try await place.succeed("distributions")
        #expect(table.contains("Zoë of p.csv") && table.contains("sample of p.csv"), "\(table)")
    }

    @Test func `rows are counted as they come through a pipe`() async throws {
        let place = try await ProgramWorkspace()
        let outcome = try await place.run(
            "contacts", "import", "-", "--name", "A",
            input: "email,id\na@x.example,1\nb@x.example,1\nc@x.example,2,more\n")
        #expect(outcome.errors.contains("standard input: 2 rows can't be imported\n  line 3: "), "\(outcome)")
    }

    @Test func `options of a file are refused without one`() async throws {
        let place = try await ProgramWorkspace()
        for option in [["--no-headings"], ["--encoding", "windows-1252"], ["--skip-opted-out"], ["--map", "A=email"]] {
            let outcome = try await place.run(
                ["contacts", "import", "--from", "marketo", "--list", "L", "--name", "A"] + option)
            #expect(outcome.status == 64 && outcome.errors.contains("go with a file"), "\(outcome)")
        }
    }

    @Test func `responses stay strict: a row with fewer cells than headings is refused`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email\n1,a@example.com\n", to: "p.csv")
        #expect(try await place.generate("p.csv").status == 0)
        try place.write("Session,Answer\nS1,yes\nS2\n", to: "responses.csv")
        let outcome = try await place.run("results", "join", "responses.csv", "--out", "joined.csv")
        #expect(outcome.status == 1 && outcome.errors.contains("responses.csv, line 3"), "\(outcome)")
        #expect(try !place.files().contains("joined.csv"))
    }
}
