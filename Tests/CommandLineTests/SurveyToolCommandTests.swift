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

    private static func place() async throws -> Place {
        let place = try await Place()
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
                '\(Command.path)' generate --contacts p.csv --name NPS --base-url https://links.example/l/ --out links.csv \
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
                "warning: Typeform may not take the survey URL: s={session} is documented to stand after #, not after ?;"
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
}
