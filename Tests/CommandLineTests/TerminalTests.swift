import Foundation
import TestSupport
import Testing

/// What others wrote into files is shown, and does nothing to the terminal that it is shown on.
@Suite struct TerminalTests {
    /// Clears the screen, sets the title, turns the direction, and begins a line; C1 has a second way to begin a sequence.
    static let hostile = "\u{1B}[2J\u{1B}]0;x\u{7}\u{9B}31m\u{202E}\u{2066}\u{200F}\u{2028}\u{7F}"

    /// Nothing but line breaks and text.
    private func expectHarmless(_ text: String) {
        let controls = text.unicodeScalars.filter {
            $0 != "\n" && ($0.properties.generalCategory == .control || $0.properties.isBidiControl || $0 == "\u{2028}")
        }
        #expect(controls.isEmpty, "\(text.debugDescription)")
    }

    @Test func `headings, values and names of files are shown without what would control the terminal`() async throws {
        let place = try await ProgramWorkspace()
        let file = "p\(Self.hostile).csv"
        try place.write(
            "id,email,plan\(Self.hostile)\n1,a@x.example,\"gold\(Self.hostile)\nError: forged\"\n", to: file)
        for arguments in [
            ["contacts", "import", file, "--name", "People"], ["contacts", "list"], ["contacts", "show", "People"],
            ["contacts", "list", "--json"], ["contacts", "show", "People", "--json"],
            ["contacts", "show", "none\(Self.hostile)\nError: forged"],
            ["contacts", "import", file, "--name", "People"],
            ["contacts", "import", "missing\(Self.hostile).csv", "--name", "Others"],
            ["contacts", "import", file, "--name", "Others", "--map", "x\(Self.hostile)=email"],
            ["verify", "L\(Self.hostile)"], ["nonsense\(Self.hostile)"], ["contacts", "show", "--limit", Self.hostile],
        ] {
            let outcome = try await place.run(arguments)
            expectHarmless(outcome.output + outcome.errors)
            #expect(!(outcome.output + outcome.errors).contains("\nError: forged"), "\(outcome)")
        }
        let shown = try await place.succeed("contacts", "show", "People")
        #expect(shown.contains(#"plan\u001b[2J\u001b]0;x\u0007\u009b31m\u202e\u2066\u200f\u2028\u007f"#))
        // JSON says the same as it always did.
        let rows = try await place.json("contacts", "show", "People", as: [[String: String]].self)
        #expect(rows.first?["plan\(Self.hostile)"] == "gold\(Self.hostile)\nError: forged")
    }

    @Test func `what is data is written as it is`() async throws {
        let place = try await ProgramWorkspace()
        let text = "id,email,plan\n1,a@x.example,gold\(Self.hostile)\n"
        try place.write(text, to: "p.csv")
        try await place.succeed("contacts", "import", "p.csv", "--name", "People")
        let exported = try await place.succeed("contacts", "export", "People", "--out", "-")
        #expect(exported.contains("gold\(Self.hostile)"))
    }

    @Test func `columns stand below each other where characters are two columns wide, or none`() async throws {
        let place = try await ProgramWorkspace()
        // East Asian width (UAX #11): wide, full-width, half-width; combining marks; a flag of two characters; Hangul.
        let names = ["plain", "山田太郎", "ＡＢ", "ｱｲ", "Zoe\u{308}", "Ärzte", "🇩🇪", "😀", "한국", "\u{1112}\u{1161}\u{11AB}"]
        let columns = [5, 8, 4, 2, 3, 5, 2, 2, 4, 2]
        let rows = names.enumerated().map { "\($0),p\($0)@x.example,\($1)" }
        try place.write((["id,email,first name"] + rows).joined(separator: "\n") + "\n", to: "p.csv")
        try await place.succeed("contacts", "import", "p.csv", "--name", "People")
        let lines = try await place.succeed("contacts", "show", "People").split(separator: "\n").dropFirst()
        // The e-mail address begins behind the widest first name or heading and an empty last name.
        let heading = try #require(lines.first)
        let start = try #require(heading.range(of: "Email")).lowerBound
        let begin = heading[..<start].count
        for ((line, name), width) in zip(zip(lines.dropFirst(), names), columns) {
            let address = try #require(line.range(of: "p\(names.firstIndex(of: name)!)@"))
            let nameRange = try #require(line.range(of: name, options: .literal))
            let before = line[..<nameRange.lowerBound].count + width
            let between = line[nameRange.upperBound..<address.lowerBound].count
            #expect(before + between == begin, "\(line)")
        }
    }
}
