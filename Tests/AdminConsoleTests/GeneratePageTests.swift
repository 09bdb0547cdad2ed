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
                "/generate/preview", [("list", "People"), ("survey-url", "https://s.example/")] + fields)
            #expect(preview.body.contains("tracking parameters of that name"))
            #expect(try console.workspace.distributions.all().isEmpty)
        }
    }

    @Test func `a contact whose link would not work ends the job, and is named`() async throws {
        try await Self.run { (console, browser) in
            let job = try await browser.post(
                "/generate",
                [
                    ("list", "People"), ("name", "NPS"), ("expires", "60d"), ("action", "generate"),
                    ("survey-url", "https://s.example/{Plan}/x?r={session}"), ("base-url", "https://links.example/l/"),
                    ("data", "in-link"), ("field", "Plan"),
                ])
            let page = try await browser.finish(job.location)
            #expect(page.body.contains("contact &quot;c2&quot;") && page.body.contains("{Plan} is &quot;..&quot;"))
            #expect(try console.workspace.distributions.all().isEmpty)
        }
    }

    @Test func `what is doubtful is told while somebody types and again beside the links`() async throws {
        try await Self.run { (console, browser) in
            let doubtful = [("survey-url", "https://survey.example/s"), ("base-url", "https://links.example")]
            let preview = try await browser.post("/generate/preview", [("list", "People")] + doubtful)
            #expect(preview.body.contains("neither {session} nor {contact_id}"))
            #expect(preview.body.contains("Edges serve links at"))
            func generate() async throws -> String {
                let job = try await browser.post(
                    "/generate",
                    [("list", "People"), ("name", "NPS"), ("expires", "60d"), ("action", "generate")] + doubtful)
                return try await browser.finish(job.location).body
            }
            let first = try await generate()
            #expect(first.contains("neither {session} nor {contact_id}") && first.contains("2 links are ready"))
            #expect(first.contains("dges serve links at https://links.example/l/"))
            let second = try await generate()
            #expect(second.contains("NPS (2) is ready"))
            #expect(second.contains("here is a distribution &quot;NPS&quot; already"))
            #expect(try Set(console.workspace.distributions.all().map(\.name)) == ["NPS", "NPS (2)"])
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
            let rows = try await browser.get("/distributions/\(id)/links.csv").body.split(separator: "\r\n")
            #expect(rows[0].hasSuffix("Link Expiration,Language,Plan,utm_source"))
            #expect(rows[1].contains("?language=de,") && rows[2].contains("?language=fr,"))
        }
    }
}
