import Distributions
import Foundation
import LinkToken
import TestSupport
import Testing

@testable import AdminConsole

/// What the page that generates links refuses and tells before anything is sent.
@Suite struct GeneratePageTests {
    private static func run(_ body: @escaping (ConsoleHarness, SignedIn) async throws -> Void) async throws {
        try await ConsoleHarness.run { (console) in
            let csv = "Contact ID,Email,Language,Plan,utm_source\nc1,a@x.example,de,gold,x\nc2,b@x.example,fr,..,y\n"
            let file = ContactFile(try console.directory.write(csv, to: "people.csv"))
            _ = try console.workspace.contacts.importList(
                file, name: "People", at: UnixTime(rawValue: console.clock.seconds))
            try await body(console, try await console.signIn())
        }
    }

    @Test func `a field that no link can carry is refused on the form and in the preview`() async throws {
        try await Self.run { (console, browser) in
            let fields = [("data", "in-link"), ("field", "utm_source")]
            let form = try await browser.generate(from: "People", named: "NPS", fields)
            #expect(form.status == 422 && form.body.contains("tracking parameters of that name"))
            #expect(form.body.contains("value=\"utm_source\" checked"))
            let preview = try await browser.post(
                "/generate/preview", [("source", "list:People"), ("survey-url", "https://s.example/")] + fields)
            #expect(preview.body.contains("tracking parameters of that name"))
            #expect(try console.workspace.distributions.all().isEmpty)
        }
    }

    @Test func `a contact whose link would not work ends the job, and is named`() async throws {
        try await Self.run { (console, browser) in
            let job = try await browser.generate(
                from: "People", named: "NPS",
                [
                    ("survey-url", "https://s.example/{Plan}/x?r={session}"), ("data", "in-link"), ("field", "Plan"),
                ])
            let page = try await browser.finish(job.location)
            #expect(page.body.contains("contact &quot;c2&quot;") && page.body.contains("{Plan} is &quot;..&quot;"))
            #expect(try console.workspace.distributions.all().isEmpty)
            // What was entered is still there.
            let back = try #require(page.body.firstMatch(of: /href="(\/generate\?job=[^"]*)"/)?.1)
            let form = try await browser.get(String(back)).body
            #expect(form.contains("value=\"https://s.example/{Plan}/x?r={session}\"") && form.contains("value=\"NPS\""))
            #expect(form.contains("value=\"Plan\" checked"))
        }
    }

    @Test func `a survey URL that can't tie responses to people gets what it lacks, and says so`() async throws {
        try await Self.run { (console, browser) in
            for (tool, pasted, expected, added) in [
                ("", "survey.example/s", "https://survey.example/s?session={session}", "session={session}"),
                (
                    "limesurvey", "https://s.example/index.php/123456",
                    "https://s.example/index.php/123456?session={session}&newtest=Y", "session={session}, newtest=Y"
                ),
                (
                    "", "https://x.limesurvey.net/123456?lang=de",
                    "https://x.limesurvey.net/123456?lang=de&session={session}&newtest=Y", "newtest=Y"
                ),
                (
                    "", "https://survey.example/index.php/123456?lang=de",
                    "https://survey.example/index.php/123456?lang=de&session={session}&newtest=Y", "newtest=Y"
                ),
                (
                    "", "https://redcap.example/surveys/?s=ABC",
                    "https://redcap.example/surveys/?s=ABC&session={session}",
                    "session={session}"
                ),
                ("other", "https://survey.example/s?c={contact_id}", "https://survey.example/s?c={contact_id}", ""),
            ] {
                let fields = [("survey-tool", tool), ("survey-url", pasted)]
                let preview = try await browser.post("/generate/preview", [("source", "list:People")] + fields)
                #expect(added.isEmpty || preview.body.contains(added), "\(pasted): \(preview.body)")
                let job = try await browser.generate(from: "People", named: tool + pasted, fields)
                _ = try await browser.finish(job.location)
                let made = try console.workspace.distributions.all().first { $0.name == tool + pasted }
                #expect(made?.surveyURL.text == expected)
            }
            let wrong = try await browser.generate(
                from: "People", named: "x", [("survey-url", "https://forms.gle/abc"), ("survey-tool", "google-forms")])
            #expect(wrong.status == 422 && wrong.body.contains("a short address loses its parameters"))
            #expect(wrong.body.contains("id=\"survey-url\"") && wrong.body.contains("aria-invalid=\"true\""))
        }
    }

    @Test func `a field that the links don't carry is said to be one to tick`() async throws {
        try await Self.run { (_, browser) in
            let form = try await browser.generate(
                from: "People", named: "x", [("survey-url", "https://s.example/?p={Plan}&r={session}")])
            #expect(form.status == 422 && form.body.contains("which the links don&#39;t carry"), "\(form.body)")
        }
    }

    @Test func `links are made for the list that is shown, once, and under a name of their own`() async throws {
        try await Self.run { (console, browser) in
            try await PageTests.importPeople(browser, named: "Others")
            // Without scripts, another list was chosen, and the button pressed.
            let other = try await browser.generate(
                from: "People", named: "NPS", [("source", "list:Others"), ("shown-source", "list:People")])
            #expect(other.status == 200 && other.body.contains("You chose other contacts"))
            #expect(other.body.contains("name=\"shown-source\" value=\"list:Others\""))
            #expect(try console.workspace.distributions.all().isEmpty)

            let twice = [("form-id", "abc")]
            let first = try await browser.generate(from: "People", named: "NPS", twice)
            let second = try await browser.generate(from: "People", named: "NPS", twice)
            #expect(first.location.hasPrefix("/jobs/") && second.location == first.location)
            _ = try await browser.finish(first.location)
            let third = try await browser.generate(from: "People", named: "NPS", twice)
            #expect(third.location == first.location)
            let again = try await browser.generate(from: "People", named: "NPS", [("form-id", "def")])
            #expect(again.status == 422 && again.body.contains("already called &quot;NPS&quot;"), "\(again.body)")
            #expect(try console.workspace.distributions.all().map(\.name) == ["NPS"])
        }
    }

    @Test func `data that shall travel in the link and is not chosen is asked for`() async throws {
        try await Self.run { (console, browser) in
            let form = try await browser.generate(from: "People", named: "NPS", [("data", "in-link")])
            #expect(form.status == 422 && form.body.contains("Tick what is to be in the link"))
            // What is ticked reaches the survey, too.
            let passed = try await browser.post(
                "/generate/preview",
                [
                    ("source", "list:People"), ("survey-url", "https://s.example/"), ("data", "in-link"),
                    ("field", "Plan"), ("field", "language"),
                ])
            #expect(passed.body.contains("session={session}, Plan={Plan}."), "\(passed.body)")
            let unknown = try await browser.generate(
                from: "People", named: "NPS", [("data", "in-link"), ("field", "Region")])
            #expect(unknown.status == 422 && unknown.body.contains("These contacts have no &quot;Region&quot;"))
            #expect(try console.workspace.distributions.all().isEmpty)
        }
    }

    @Test func `people are chosen by what they have, by their addresses, and by what became of earlier links`()
        async throws
    {
        try await Self.run { (console, browser) in
            func generate(_ name: String, _ fields: [(String, String)]) async throws -> [String] {
                let job = try await browser.generate(from: "People", named: name, fields)
                #expect(job.status == 303, "\(name): \(job.body)")
                _ = try await browser.finish(job.location)
                let made = try #require(try console.workspace.distributions.all().first { $0.name == name })
                var ids: [String] = []
                try console.workspace.distributions.forEachContact(of: made.id) { (contact, _) in
                    ids.append(contact[.contactID])
                    return true
                }
                return ids
            }
            #expect(try await generate("Gold", [("where-field", "Plan"), ("where-value", " GOLD ")]) == ["c1"])
            let pasted = [("selection", "individuals"), ("pasted", "Bea <B@x.example>;\nA@X.example")]
            #expect(try await generate("Pasted", pasted) == ["c1", "c2"])
            let gold = try #require(try console.workspace.distributions.all().first { $0.name == "Gold" })
            #expect(try await generate("Rest", [("not-in", "\(gold.id)")]) == ["c2"])
            let source = "distribution:\(gold.id)"
            let earlier = [("source", source), ("shown-source", source), ("status", "Email Not Sent")]
            #expect(try await generate("Again", earlier) == ["c1"])
            // The choice stays while another list is looked at.
            let away = try await browser.post(
                "/generate",
                [("source", "list:People"), ("shown-source", source), ("action", "preview")] + [earlier[2]])
            #expect(away.body.contains("type=\"hidden\" name=\"status\" value=\"Email Not Sent\""))
            let twice = try await browser.post(
                "/generate/preview",
                [("source", "list:People"), ("survey-url", "https://survey.example/s?c={contact_id}&r={session}")])
            #expect(twice.body.contains("People of this list have links to this survey already"))

            for (fields, words) in [
                ([("where-field", "Plan"), ("where-value", "silver")], "No one matches your choices"),
                ([("selection", "individuals"), ("pasted", "nobody@x.example")], "nobody@x.example"),
                ([("selection", "individuals")], "Search for people"),
                ([("where-value", "gold")], "Choose which field must be"),
                ([("where-field", "Plan")], "Say what Plan must be"),
                (
                    [("source", source), ("shown-source", source), ("status", "Survey Finished")],
                    "No one matches your choices"
                ),
            ] {
                let form = try await browser.generate(from: "People", named: "None", fields)
                #expect(form.status == 422 && form.body.contains(words), "\(fields): \(form.status)")
            }
        }
    }

    @Test func `a search that finds more than it shows says so`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let rows = (1...30).map { "p\($0),person\($0)@x.example\n" }.joined()
            try await PageTests.importPeople(browser, "Contact ID,Email\n" + rows, named: "Crowd")
            func search(_ text: String) async throws -> String {
                try await browser.post(
                    "/generate",
                    [
                        ("source", "list:Crowd"), ("shown-source", "list:Crowd"), ("selection", "individuals"),
                        ("search", text), ("contact", "p30"), ("action", "search"),
                    ]
                ).body
            }
            let many = try await search("person")
            #expect(many.contains("More people match; these are the first 20"))
            #expect(many.contains("value=\"p30\" checked> person30@x.example"), "who was ticked is named")
            let few = try await search("person1")
            #expect(!few.contains("More people match") && few.contains("value=\"p19\">"))
        }
    }

    @Test func `nothing is made before it is known what links begin with`() async throws {
        try await Self.run { (console, browser) in
            try console.workspace.setLinkDefaults(LinkDefaults())
            #expect(try await browser.get("/generate?list=People").body.contains("href=\"/settings\""))
            let form = try await browser.generate(from: "People", named: "NPS")
            #expect(form.status == 422 && form.body.contains("First, set the address of your links"))
            let settings = try await browser.post("/settings", [("base-url", "http://127.0.0.1:1")])
            #expect(settings.status == 422 && settings.body.contains("http://127.0.0.1:1/l/ can&#39;t be reached"))
            #expect(try console.workspace.linkDefaults().baseURL == nil)
            let unchecked = try await browser.post(
                "/settings", [("base-url", "http://127.0.0.1:1"), ("unchecked", "yes"), ("survey-tool", "qualtrics")])
            #expect(unchecked.location == "/settings?done=saved-unchecked")
            let defaults = try console.workspace.linkDefaults()
            #expect(defaults.baseURL?.text == "http://127.0.0.1:1/l/" && defaults.checkedAt == nil)
            #expect(defaults.tool?.id == "qualtrics")
            // The usual tool is chosen, also when the list is chosen on the page.
            let chosen = "value=\"qualtrics\" selected"
            #expect(try await browser.get("/generate?list=People").body.contains(chosen))
            let reloaded = try await browser.post("/generate", [("source", "list:People"), ("action", "preview")])
            #expect(reloaded.body.contains(chosen))
            for (address, words) in [
                ("https://docs.google.com/forms/d/e/x/viewform", "an address of Google Forms"),
                ("http://127.0.0.1:\(console.port)/l/", "does not answer as an edge does"),
            ] {
                let answer = try await browser.post("/settings", [("base-url", address), ("unchecked", "yes")])
                #expect(answer.status == 422 && answer.body.contains(words), "\(answer.body)")
                #expect(!answer.body.contains("name=\"unchecked\""))
            }
            #expect(try console.workspace.linkDefaults() == defaults)
            let wrong = try await browser.post("/settings", [("base-url", "not an address")])
            #expect(wrong.status == 422 && wrong.body.contains("value=\"not an address\""))
        }
    }

    @Test func `the sample survey sends participants back, and only with a session`() async throws {
        try await Self.run { (console, browser) in
            let job = try await browser.generate(from: "People", named: "Try", [("survey-tool", "sample")])
            _ = try await browser.finish(job.location)
            let made = try #require(try console.workspace.distributions.all().first)
            #expect(made.surveyURL.text == "http://127.0.0.1:\(console.port)/sample-survey?session={session}")
            let page = try await console.send(.GET, "/sample-survey?session=S%22%3E")
            #expect(page.status == 200 && page.body.contains("https://links.example/done?session=S%22%3E"))
            #expect(try await console.send(.GET, "/sample-survey").body.contains("without a session"))
        }
    }

    @Test func `a contact's own fields can travel in the link`() async throws {
        try await Self.run { (console, browser) in
            let form = try await browser.get("/generate?list=People").body
            for name in ["language", "email", "Plan"] { #expect(form.contains("name=\"field\" value=\"\(name)\"")) }
            #expect(!form.contains("name=\"field\" value=\"first_name\""), "no contact has one")
            let job = try await browser.generate(
                from: "People", named: "NPS", [("data", "in-link"), ("field", "language")])
            _ = try await browser.finish(job.location)
            let id = try console.workspace.distributions.all()[0].id
            let rows = try await browser.get("/distributions/\(id)/links.csv?tool=csv").body.split(separator: "\r\n")
            #expect(rows[0].hasSuffix("Link Expiration,Language,Plan,utm_source"))
            #expect(rows[1].contains("?language=de,") && rows[2].contains("?language=fr,"))
        }
    }
}
