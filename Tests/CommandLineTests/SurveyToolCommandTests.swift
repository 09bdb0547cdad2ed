import Foundation
import TestSupport
import Testing

/// What the command line does for a survey tool before anything is sent.
@Suite struct SurveyToolCommandTests {
    private static let people = #"""
        id,First Name,Last Name,email,Language
        C-1,Zoë,"Müller, geb.
        Maier",zoe@example.com,de
        C-2,"Sam ""S\""",=1+1,sam@example.com,
        C-3,,,c@example.com,en

        """#

    private static func place() async throws -> ProgramWorkspace {
        let place = try await ProgramWorkspace()
        try place.write(people, to: "p.csv")
        return place
    }

    @Test(arguments: [
        ("limesurvey", "https://s.example/index.php/123456"),
        ("google-forms", "https://docs.google.com/forms/d/e/1FAI/viewform?usp=pp_url&entry.12=SESSION"),
        ("microsoft-forms", "https://forms.office.com/Pages/ResponsePage.aspx?id=a&r1f=%22SESSION%22"),
        ("qualtrics", "https://a.qualtrics.com/jfe/preview/SV_1"), ("surveymonkey", "https://www.surveymonkey.com/r/A"),
        ("typeform", "https://form.typeform.com/to/A"), ("formbricks", "https://app.formbricks.com/s/A?x='"),
        ("redcap", "https://s.example/surveys/?s=A&SESSION={session}"), ("tally", "https://tally.so/r/A"),
        ("surveyjs", "https://s.example/nps"),
    ])
    func `a survey URL that the tool can't use is refused with the right one, ready to paste`(
        tool: String, url: String
    ) async throws {
        let place = try await Self.place()
        let before = try place.files()
        let refused = try await place.generate("p.csv", surveyURL: url, more: ["--tool", tool])
        #expect(refused.status == 1 && refused.errors.contains("can't use the survey URL: "), "\(refused)")
        #expect(try place.files() == before)

        let option = try #require(refused.errors.firstRange(of: "--survey-url "))
        let pasted = refused.errors[option.lowerBound...].split(separator: "\n")[0]
        let again = try await ChildProcess.run(
            "bash",
            [
                "-c",
                """
                '\(ProgramWorkspace.program)' generate --contacts p.csv --name NPS --base-url https://links.example/l/ --out links.csv \
                --tool \(tool) \(pasted)
                """,
            ], in: place.root)
        #expect(again.status == 0 && !again.errors.contains("warning"), "\(again)")
        #expect(again.errors.contains(" keeps the session only if "), "\(again.errors)")
        #expect(try place.read("links.csv").split(separator: "\r\n").count == 4)
    }

    @Test func `a doubtful survey URL is told, and links are made`() async throws {
        let place = try await Self.place()
        let outcome = try await place.generate(
            "p.csv", surveyURL: "https://form.typeform.com/to/A?s={session}", more: ["--tool", "typeform"])
        #expect(outcome.status == 0)
        #expect(
            outcome.errors.contains(
                "warning: Typeform may not accept the survey URL: s={session} belongs after #, not after ?;"
                    + " give --survey-url 'https://form.typeform.com/to/A#s={session}'"), "\(outcome.errors)")
    }

    @Test func `a tool is suggested for an address that only it has, and only for such a one`() async throws {
        let place = try await Self.place()
        let known = try await place.generate("p.csv", surveyURL: "https://tally.so/r/A?session={session}")
        #expect(known.status == 0 && known.errors.contains("an address of Tally; --tool tally checks it"), "\(known)")
        let unknown = try await place.generate("p.csv", name: "Other", out: "other.csv")
        #expect(unknown.status == 0 && unknown.errors.isEmpty, "\(unknown)")
        let wrong = try await place.generate(
            "p.csv", surveyURL: "https://tally.so/r/A?session={session}", more: ["--tool", "limesurvey"])
        #expect(wrong.status == 1 && wrong.errors.contains("an address of Tally; give --tool tally"), "\(wrong)")
        let none = try await place.generate("p.csv", more: ["--tool", "lemonsurvey"])
        #expect(none.status == 64 && none.errors.contains("limesurvey") && none.errors.contains("qualtrics"), "\(none)")
    }

    /// Reads a file as LimeSurvey's import does: line by line, with `str_getcsv`.
    private static func readAsLimeSurvey(_ path: String) async throws -> [[String]] {
        let script = """
            foreach (file($argv[1], FILE_SKIP_EMPTY_LINES) as $line) {
                echo json_encode(array_map('trim', str_getcsv($line, ',', '"', '\\\\'))), "\\n";
            }
            """
        return try await ChildProcess.output(of: "php", ["-r", script, path]).split(separator: "\n").map {
            try JSONDecoder().decode([String].self, from: Data($0.utf8))
        }
    }

    @Test func `participants of LimeSurvey have their contact ID as access code, by which responses are joined`()
        async throws
    {
        let place = try await Self.place()
        try await place.succeed("contacts", "import", "p.csv", "--name", "Customers")
        let outcome = try await place.run(
            "contacts", "export", "Customers", "--for", "limesurvey", "--out", "participants.csv")
        #expect(outcome.status == 0 && outcome.errors.contains("de, en."), "\(outcome)")
        #expect(
            try await Self.readAsLimeSurvey(place.path("participants.csv")) == [
                ["firstname", "lastname", "email", "token", "language"],
                ["Zoë", "Müller, geb. Maier", "zoe@example.com", "C-1", "de"],
                ["Sam \"S \"", "'=1+1", "sam@example.com", "C-2", ""], ["", "", "c@example.com", "C-3", "en"],
            ])

        let generated = try await place.run(
            "generate", "--list", "Customers", "--name", "NPS", "--tool", "limesurvey", "--base-url",
            ProgramWorkspace.baseURL,
            "--survey-url", "https://s.example/index.php/1?token={contact_id}&session={session}&newtest=Y",
            "--out", "links.csv")
        #expect(generated.status == 0, "\(generated)")
        try place.write(
            """
            "id","submitdate","lastpage","startlanguage","seed","token","session","G01Q01"
            "1","2026-11-24 09:15:01","1","de","7","C-2","","9"
            "2","2026-11-24 09:16:01","1","de","8","C-1","","-3"

            """, to: "export.csv")
        let joined = try await place.run(
            "results", "join", "export.csv", "--by", "contact", "--distribution", "NPS", "--out", "joined.csv")
        #expect(joined.status == 0 && joined.errors.contains("the column \"token\""), "\(joined)")
        let rows = try place.read("joined.csv").split(separator: "\r\n").dropFirst()
        #expect(rows.count == 2 && rows.first!.contains("sam@example.com") && rows.last!.contains("zoe@example.com"))
    }

    @Test func `a contact ID that LimeSurvey would drop is refused before anything is written`() async throws {
        let place = try await ProgramWorkspace()
        try place.write("id,email\nC1,a@example.com\nC.2,b@example.com\n", to: "p.csv")
        try await place.succeed("contacts", "import", "p.csv", "--name", "Customers")
        let before = try place.files()
        let survey = "https://s.example/index.php/1?token={contact_id}&session={session}&newtest=Y"
        for (outcome, place) in [
            (
                try await place.generate("p.csv", surveyURL: survey, more: ["--tool", "limesurvey"]),
                "p.csv, line 3, contact \"C.2\": LimeSurvey does not accept the contact ID"
            ),
            (
                try await place.run("contacts", "export", "Customers", "--for", "limesurvey", "--out", "-"),
                "Customers, contact \"C.2\": LimeSurvey does not accept the contact ID"
            ),
        ] {
            #expect(outcome.status == 1 && outcome.errors.contains(place), "\(outcome)")
            #expect(outcome.errors.contains("1 to 36 of the characters") && outcome.output.isEmpty, "\(outcome)")
        }
        #expect(try place.files().subtracting(["linkseal-data/lock"]) == before.subtracting(["linkseal-data/lock"]))
    }
}
