import Foundation
import LinkToken
import Testing
import Trust

@testable import Distributions

/// A survey URL, and what its tool says to it.
struct ReviewedURL: Sendable, CustomTestStringConvertible {
    let tool: String
    let url: String
    var faults: [SurveyURLError] = []
    var doubts: [SurveyURLDoubt] = []
    /// The URL with every correction made. Nil when there is none, or when it can't be known.
    var corrected: String?
    /// The parameter of the session. Nil when it does not matter.
    var parameter: String?

    var testDescription: String { "\(tool): \(url)" }
}

@Suite struct SurveyToolTests {
    let test = try! TestWorkspace()

    private static let lime = "https://survey.example/index.php/123456"
    private static let google = "https://docs.google.com/forms/d/e/1FAIpQLSe/viewform"
    private static let microsoft = "https://forms.office.com/Pages/ResponsePage.aspx?id=abc"
    private static let googleForm =
        "https://docs.google.com/forms/d/e/FORM_ID/viewform?usp=pp_url&entry.NUMBER={session}"
    private static let microsoftForm =
        "https://forms.office.com/Pages/ResponsePage.aspx?id=FORM_ID&rQUESTION={session}"

    private static let reviewed: [ReviewedURL] = [
        .init(tool: "limesurvey", url: lime + "?session={session}&newtest=Y", parameter: "session"),
        .init(tool: "limesurvey", url: "https://s.example/123456?q00={session}&newtest=Y&lang=de", parameter: "q00"),
        .init(tool: "limesurvey", url: lime + "/newtest/Y?session={session}"),
        .init(tool: "limesurvey", url: "https://s.example/index.php?r=survey/index&sid=123456&s={session}&newtest=Y"),
        .init(tool: "limesurvey", url: lime + "?token={contact_id}&session={session}&newtest=Y"),
        .init(
            tool: "limesurvey", url: lime + "?lang=de", faults: [.missing("session={session}"), .missing("newtest=Y")],
            corrected: lime + "?lang=de&session={session}&newtest=Y"),
        .init(
            tool: "limesurvey", url: lime + "?session=SESSION&newtest=N",
            faults: [
                .mustBe("session=SESSION", expected: "session={session}"), .mustBe("newtest=N", expected: "newtest=Y"),
            ], corrected: lime + "?session={session}&newtest=Y"),
        .init(
            tool: "limesurvey", url: lime + "?token={session}&newtest=Y",
            faults: [
                .mustBe("token={session}", expected: "token={contact_id}"), .missing("session={session}"),
            ], corrected: lime + "?token={contact_id}&newtest=Y&session={session}"),
        .init(
            tool: "limesurvey", url: lime + "?newtest=Y#session={session}", faults: [.missing("session={session}")],
            corrected: lime + "?newtest=Y&session={session}"),
        .init(
            tool: "limesurvey",
            url: "https://s.example/index.php/surveyAdministration/view?surveyid=1&session={session}&newtest=Y",
            faults: [.notForRespondents(form: "https://HOST/index.php/SURVEY_ID")]),
        .init(
            tool: "limesurvey", url: "https://s.example/customers?session={session}&newtest=Y",
            doubts: [.unusualAddress(form: "https://HOST/index.php/SURVEY_ID")]),
        .init(
            tool: "limesurvey", url: google + "?session={session}&newtest=Y",
            faults: [.addressOf(tool: "Google Forms", id: "google-forms")]),

        .init(tool: "google-forms", url: google + "?usp=pp_url&entry.12={session}", parameter: "entry.12"),
        .init(tool: "google-forms", url: google + "?usp=pp_url&entry.1=Yes&entry.12={session}", parameter: "entry.12"),
        .init(
            tool: "google-forms", url: google + "?entry.12={session}", doubts: [.missing("usp=pp_url")],
            corrected: google + "?entry.12={session}&usp=pp_url"),
        .init(
            tool: "google-forms", url: google + "?usp=pp_url&entry.12=hello",
            faults: [.mustBe("entry.12=hello", expected: "entry.12={session}")],
            corrected: google + "?usp=pp_url&entry.12={session}"),
        .init(
            tool: "google-forms", url: google + "?usp=pp_url&entry.1=Yes&entry.12=SESSION",
            faults: [.mustBe("entry.12=SESSION", expected: "entry.12={session}")],
            corrected: google + "?usp=pp_url&entry.1=Yes&entry.12={session}"),
        .init(
            tool: "google-forms", url: google + "?usp=pp_url&entry.1=a&entry.12=b", faults: [.noQuestionFilled]),
        .init(tool: "google-forms", url: google + "?usp=pp_url&session={session}", faults: [.noQuestionFilled]),
        .init(
            tool: "google-forms",
            url: "https://docs.google.com/forms/d/e/1FAIpQLSe/formResponse?usp=pp_url&entry.12={session}",
            faults: [.mustBe("formResponse", expected: "viewform")],
            corrected: google + "?usp=pp_url&entry.12={session}"),
        .init(
            tool: "google-forms", url: "https://docs.google.com/forms/d/1abc/edit?entry.12={session}",
            faults: [.notForRespondents(form: googleForm)]),
        .init(
            tool: "google-forms", url: "https://forms.gle/AbC?entry.12={session}",
            faults: [.shortened(form: googleForm)]),
        .init(
            tool: "google-forms", url: "https://survey.example/viewform?entry.12={session}",
            faults: [.notForRespondents(form: googleForm)]),

        .init(tool: "microsoft-forms", url: microsoft + "&r1f2e={session}", parameter: "r1f2e"),
        .init(tool: "microsoft-forms", url: microsoft + "&r1f2e=%22{session}%22", parameter: "r1f2e"),
        .init(
            tool: "microsoft-forms", url: microsoft + "&r1f2e=%22SESSION%22",
            faults: [.mustBe("r1f2e=%22SESSION%22", expected: "r1f2e=%22{session}%22")],
            corrected: microsoft + "&r1f2e=%22{session}%22"),
        .init(
            tool: "microsoft-forms", url: "https://forms.cloud.microsoft/pages/responsepage.aspx?id=a&rab=SESSION",
            faults: [.mustBe("rab=SESSION", expected: "rab={session}")],
            corrected: "https://forms.cloud.microsoft/pages/responsepage.aspx?id=a&rab={session}"),
        .init(
            tool: "microsoft-forms", url: microsoft + "&route=shorturl&session={session}", faults: [.noQuestionFilled]),
        .init(
            tool: "microsoft-forms", url: "https://forms.office.com/r/AbC123?r1f2e={session}",
            faults: [.shortened(form: microsoftForm)]),
        .init(
            tool: "microsoft-forms", url: "https://forms.office.com/Pages/DesignPageV2.aspx?id=a&r1f2e={session}",
            faults: [.notForRespondents(form: microsoftForm)]),
        .init(
            tool: "microsoft-forms", url: "https://survey.example/?r1f2e={session}",
            faults: [.notForRespondents(form: microsoftForm)]),

        .init(tool: "qualtrics", url: "https://brand.eu.qualtrics.com/jfe/form/SV_1?session={session}"),
        .init(tool: "qualtrics", url: "https://survey.example/jfe/form/SV_1?r={session}", parameter: "r"),
        .init(
            tool: "qualtrics", url: "https://brand.qualtrics.com/jfe/form/SV_1",
            faults: [.missing("session={session}")],
            corrected: "https://brand.qualtrics.com/jfe/form/SV_1?session={session}"),
        .init(
            tool: "qualtrics", url: "https://brand.qualtrics.com/jfe/preview/SV_1?session={session}",
            faults: [.mustBe("/jfe/preview/", expected: "/jfe/form/")],
            corrected: "https://brand.qualtrics.com/jfe/form/SV_1?session={session}"),
        .init(
            tool: "qualtrics", url: "https://brand.qualtrics.com/survey-builder/SV_1/edit",
            faults: [
                .notForRespondents(form: "https://BRAND.qualtrics.com/jfe/form/SV_SURVEY_ID"),
                .missing("session={session}"),
            ]),

        .init(tool: "surveymonkey", url: "https://www.surveymonkey.com/r/ABC?session={session}"),
        .init(
            tool: "surveymonkey", url: "https://www.surveymonkey.com/r/ABC?c=[c_value]",
            faults: [.missing("session={session}")],
            corrected: "https://www.surveymonkey.com/r/ABC?c=[c_value]&session={session}"),
        .init(
            tool: "surveymonkey", url: "https://www.surveymonkey.com/r/ABC?session=[session_value]",
            faults: [.mustBe("session=[session_value]", expected: "session={session}")],
            corrected: "https://www.surveymonkey.com/r/ABC?session={session}"),
        .init(
            tool: "surveymonkey", url: "https://www.surveymonkey.com/create/?sm=x&session={session}",
            faults: [.notForRespondents(form: "https://www.surveymonkey.com/r/CODE")]),

        .init(tool: "typeform", url: "https://form.typeform.com/to/AbC#session={session}", parameter: "session"),
        .init(
            tool: "typeform", url: "https://form.typeform.com/to/AbC#session=xxxxx&plan={Plan}",
            faults: [.mustBe("session=xxxxx", expected: "session={session}")],
            corrected: "https://form.typeform.com/to/AbC#session={session}&plan={Plan}"),
        .init(
            tool: "typeform", url: "https://form.typeform.com/to/AbC", faults: [.missing("#session={session}")],
            corrected: "https://form.typeform.com/to/AbC#session={session}"),
        .init(
            tool: "typeform", url: "https://form.typeform.com/to/AbC?s={session}&plan={Plan}",
            doubts: [.notInFragment("s={session}")],
            corrected: "https://form.typeform.com/to/AbC?plan={Plan}#s={session}", parameter: "s"),
        .init(
            tool: "typeform", url: "https://admin.typeform.com/form/AbC/create#session={session}",
            faults: [.notForRespondents(form: "https://form.typeform.com/to/FORM_ID")]),

        .init(tool: "formbricks", url: "https://app.formbricks.com/s/clin3?session={session}"),
        .init(tool: "formbricks", url: "https://forms.example/s/clin3?session={session}"),
        .init(
            tool: "formbricks", url: "https://forms.example/p/customers?session={session}",
            doubts: [.unusualAddress(form: "https://HOST/s/SURVEY_ID")]),
        .init(
            tool: "formbricks", url: "https://app.formbricks.com/environments/a/surveys/b?session={session}",
            faults: [.notForRespondents(form: "https://HOST/s/SURVEY_ID")]),
        .init(
            tool: "formbricks", url: "https://app.formbricks.com/s/clin3", faults: [.missing("session={session}")],
            corrected: "https://app.formbricks.com/s/clin3?session={session}"),

        .init(tool: "redcap", url: "https://redcap.example/surveys/?s=ABC&session={session}"),
        .init(tool: "redcap", url: "https://redcap.example/redcap/surveys/index.php?s=ABC&session={session}"),
        .init(
            tool: "redcap", url: "https://redcap.example/surveys/?s=ABC&Session={session}",
            faults: [.mustBe("Session={session}", expected: "session={session}")],
            corrected: "https://redcap.example/surveys/?s=ABC&session={session}", parameter: "session"),
        .init(
            tool: "redcap", url: "https://redcap.example/surveys/?s=ABC", faults: [.missing("session={session}")],
            corrected: "https://redcap.example/surveys/?s=ABC&session={session}"),
        .init(
            tool: "redcap", url: "https://redcap.example/redcap_v14.9.1/index.php?pid=1&session={session}",
            faults: [.notForRespondents(form: "https://HOST/surveys/?s=CODE")]),
        .init(
            tool: "redcap", url: "https://redcap.example/surveys/?session={session}",
            faults: [.notForRespondents(form: "https://HOST/surveys/?s=CODE")]),

        .init(tool: "tally", url: "https://tally.so/r/abc?session={session}"),
        .init(tool: "tally", url: "https://forms.example/customers?session={session}"),
        .init(
            tool: "tally", url: "https://tally.so/r/abc", faults: [.missing("session={session}")],
            corrected: "https://tally.so/r/abc?session={session}"),
        .init(
            tool: "tally", url: "https://tally.so/forms/abc/edit?session={session}",
            faults: [.notForRespondents(form: "https://tally.so/r/FORM_ID")]),

        .init(tool: "surveyjs", url: "https://survey.example/nps?session={session}"),
        .init(
            tool: "surveyjs", url: "https://survey.example/nps?c={contact_id}", faults: [.missing("session={session}")],
            corrected: "https://survey.example/nps?c={contact_id}&session={session}"),
    ]

    @Test("a tool says what it can't use of a survey URL, and what the right one is", arguments: reviewed)
    func review(_ example: ReviewedURL) throws {
        let tool = try #require(SurveyTool(id: example.tool))
        let review = tool.review(try SurveyURLTemplate(example.url, inLinkFields: ["Plan"]))
        #expect(review.faults == example.faults)
        #expect(review.doubts == example.doubts)
        #expect(review.corrected == example.corrected)
        if let parameter = example.parameter { #expect(review.sessionParameter == parameter) }
        if review.faults.isEmpty { #expect(review.sessionParameter != nil) }
    }

    @Test("a corrected survey URL has nothing to correct", arguments: reviewed)
    func correction(_ example: ReviewedURL) throws {
        guard let corrected = example.corrected else { return }
        let template = try SurveyURLTemplate(corrected, inLinkFields: ["Plan"])
        let review = try #require(SurveyTool(id: example.tool)).review(template)
        #expect(review.faults.isEmpty && review.doubts.isEmpty && review.corrected == nil && template.passesSession)
    }

    @Test("every tool is told by its ID, and has good and bad URLs above")
    func tools() {
        #expect(Set(SurveyTool.all.map(\.id)).count == SurveyTool.all.count)
        for tool in SurveyTool.all {
            #expect(SurveyTool(id: tool.id)?.name == tool.name)
            let examples = Self.reviewed.filter { $0.tool == tool.id }
            #expect(examples.contains { $0.faults.isEmpty } && examples.contains { !$0.faults.isEmpty }, "\(tool.id)")
        }
        #expect(SurveyTool(id: "LimeSurvey") == nil)
    }

    @Test("every tool has its article, whose survey URLs it can use")
    func articles() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/linkseal/linkseal.docc/SurveyTools")
        let overview = try String(contentsOf: folder.appending(path: "SurveyTools.md"), encoding: .utf8)
        for tool in SurveyTool.all {
            let article = tool.name.replacing(" ", with: "")
            #expect(overview.contains("| <doc:\(article)> | `\(tool.id)` |"))
            let text = try String(contentsOf: folder.appending(path: article + ".md"), encoding: .utf8)
            #expect(text.hasPrefix("# \(tool.name)\n") && text.contains("Tested with"))
            let urls = text.components(separatedBy: "--survey-url '").dropFirst().map { $0.prefix { $0 != "'" } }
            #expect(!urls.isEmpty && text.components(separatedBy: "--tool \(tool.id) ").count == urls.count + 1)
            for url in urls {
                let review = tool.review(try SurveyURLTemplate(String(url)))
                #expect(review.faults.isEmpty && review.doubts.isEmpty && review.sessionParameter != nil, "\(url)")
            }
        }
    }

    @Test(
        "a tool is recognized by an address that only it has",
        arguments: [
            (google, "google-forms"), ("https://forms.gle/AbC", "google-forms"), (microsoft, "microsoft-forms"),
            ("https://a.eu.qualtrics.com/jfe/form/SV_1", "qualtrics"), ("https://x.typeform.com/to/a", "typeform"),
            ("https://www.SurveyMonkey.com:443/r/a", "surveymonkey"), ("https://tally.so/r/a", "tally"),
            ("https://x.limesurvey.net/123456", "limesurvey"), ("https://docs.google.com/document/d/1", nil),
            ("https://nottally.so/r/a", nil), ("https://tally.so.example/r/a", nil),
            ("https://survey.example/tally.so?x={session}", nil),
        ] as [(String, String?)])
    func recognition(url: String, id: String?) throws {
        #expect(SurveyTool.recognized(in: try SurveyURLTemplate(url))?.id == id)
    }

    @Test(
        "a survey URL that is taken apart and put together is the same",
        arguments: [
            "https://s.example", "https://s.example/a/{a/b}?x={c?d}&y&z=#f={e#f}&g", "https://s.example?a=b=c#d",
            "https://S.example:8080/{g&h}/?{i=j}=1",
        ])
    func parts(url: String) throws {
        let template = try SurveyURLTemplate(url, inLinkFields: ["a/b", "c?d", "e#f", "g&h", "i=j"])
        #expect(SurveyURLParts(template).text == url)
    }

    @Test("links are refused, and nothing is left, when the tool can't use the survey URL")
    func refusedRequest() async throws {
        var request = try test.request(test.people(3), template: Self.lime + "?session={session}")
        request.tool = SurveyTool(id: "limesurvey")
        let before = try test.files()
        let error = await #expect(throws: DistributionsError.self) {
            try await test.distributions.generate(request, key: test.key, at: test.now)
        }
        #expect(error?.description == "LimeSurvey can't use the survey URL: it lacks newtest=Y")
        #expect(try test.files() == before)

        request.surveyURL = try SurveyURLTemplate("https://s.example/nps?session={session}&newtest=Y")
        let warnings = try test.distributions.warnings(for: request, at: test.now)
        #expect(
            warnings.map(\.description) == [
                "LimeSurvey may not accept the survey URL:"
                    + " its address does not have the form https://HOST/index.php/SURVEY_ID"
            ])
    }

    @Test(
        "a contact ID that LimeSurvey would drop is refused where it is the access code, and only there",
        arguments: [
            ("Ab_9~-", true), (String(repeating: "a", count: 36), true), (String(repeating: "a", count: 37), false),
            ("a.b", false), ("a@x.example", false), ("é", false), ("a b", false),
        ])
    func accessCodes(id: String, isTaken: Bool) async throws {
        let file = ContactFile(try test.directory.write("Contact ID,Email\nc1,\n\(id),\n", to: "p.csv"))
        for (parameter, isAccessCode) in [("token", true), ("c", false)] {
            var request = try test.request(
                .file(file), template: Self.lime + "?\(parameter)={contact_id}&session={session}&newtest=Y")
            request.tool = SurveyTool(id: "limesurvey")
            if isTaken || !isAccessCode {
                _ = try await test.distributions.generate(request, key: test.key, at: test.now)
                continue
            }
            let error = await #expect(throws: DistributionsError.self) {
                try await test.distributions.generate(request, key: test.key, at: test.now)
            }
            guard case .link(id, _, 3, .contactIDNotTaken("LimeSurvey", _))? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test("a URL as it is copied from a tool gets what the tool needs, and says what that was")
    func completing() throws {
        for (tool, given, expected, added) in [
            (
                SurveyTool.other, "survey.example/s#top", "https://survey.example/s?session={session}#top",
                ["session={session}"]
            ),
            (.other, "https://survey.example/s?c={contact_id}", "https://survey.example/s?c={contact_id}", []),
            (
                SurveyTool(id: "limesurvey")!, Self.lime + "?newtest=N",
                Self.lime + "?newtest=Y&session={session}", ["newtest=Y", "session={session}"]
            ),
        ] {
            let completed = try tool.complete(given)
            #expect(completed.template.text == expected)
            #expect(completed.added == added && completed.review.faults.isEmpty)
        }
        #expect(throws: DistributionsError.self) { try SurveyTool(id: "google-forms")!.complete("https://forms.gle/x") }
        #expect(throws: (any Error).self) { try SurveyTool.other.complete("https://survey.example/{Plan}") }
    }
}
