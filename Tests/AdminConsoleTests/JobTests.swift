import Distributions
import Foundation
import Glibc
import LinkToken
import TestSupport
import Testing

@testable import AdminConsole

/// Long work is done by jobs, and pages answer meanwhile.
@Suite struct JobTests {
    @Test func `placeholders are made by a job, and what no list can be is refused at once`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            func make(_ name: String, _ count: String) async throws -> ConsoleHarness.Answer {
                try await browser.post("/contacts/dummies", [("name", name), ("count", count)])
            }
            for (name, count) in [("", "5"), ("Crowd", "0"), ("Crowd", "5000001"), ("Crowd", "many")] {
                #expect(try await make(name, count).status == 422)
            }
            let job = try await make("Crowd", "20 000")
            #expect(job.location.hasPrefix("/jobs/"))
            #expect(try await browser.finish(job.location).body.contains("20\u{202F}000 contacts are in the list"))
            #expect(try console.workspace.contacts.list(named: "Crowd").contacts == 20_000)
            #expect(try await make("Crowd", "5").status == 422)
            #expect(try await browser.get("/audit").body.contains("Made placeholders"))
        }
    }

    @Test func `a large file is read by a job, its problems stand on its page, and its import shows how far it is`()
        async throws
    {
        let rows = (0..<60_000).map { "c\($0),Person Number \($0),p\($0)@x.example" }
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            func upload(_ rows: [String]) async throws -> String {
                let text = "Contact ID,First Name,Email\n" + rows.joined(separator: "\n") + "\n"
                try #require(text.utf8.count > UploadReading.promptLimit)
                let upload = try await browser.upload(text, named: "many.csv")
                let page = try await browser.get(upload.location)
                try #require(page.location.hasPrefix("/jobs/"), "it is not read before the page answers")
                let over = try await browser.finish(page.location)
                #expect(over.location == upload.location)
                return upload.location
            }
            let bad = try await upload(rows + ["c7,Again,again@x.example"])
            let problems = try await browser.get(bad).body
            #expect(problems.contains("<th scope=\"row\" class=\"number\">60002</th>"))
            #expect(problems.contains("is in line 9 already"))

            let good = try await upload(rows)
            #expect(try await browser.get(good).body.contains("All 60\u{202F}000 contacts can be imported."))
            // Mapped otherwise it is read again, and the page remembers how.
            let mapping = [("column-0", "externalDataReference"), ("column-1", ""), ("column-2", "email")]
            let again = try await browser.post(good, mapping + [("action", "check")])
            _ = try await browser.finish(again.location)
            let mapped = try await browser.get(good).body
            #expect(mapped.contains("<option value=\"externalDataReference\" selected>"))
            let job = try await browser.post(good, mapping + [("name", "Many"), ("action", "import")])
            _ = try await browser.finish(job.location)
            let list = try console.workspace.contacts.list(named: "Many")
            #expect(list.contacts == 60_000 && list.embeddedNames == ["First Name"])
        }
    }

    @Test func `while links are minted, contacts are not kept waiting and links can be ended`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await PageTests.importPeople(browser)
            let id = try await browser.distribution(named: "First").id
            var wasMeanwhile = false
            // Where others keep the processor busy, the links may be there first; then there are more of them.
            for count in [100_000, 400_000, 1_600_000] where !wasMeanwhile {
                _ = try console.workspace.contacts.makeDummyList(
                    count, name: "Crowd", replacing: true, at: UnixTime(rawValue: console.clock.seconds))
                let job = try await browser.generate(from: "Crowd", named: "Everybody")
                while try await browser.get(job.location + "/progress.json").body.contains("It begins") {}
                #expect(try await browser.post("/distributions/\(id)/links/1/revoke").status == 303)
                #expect(try await browser.post("/distributions/\(id)/end", [("expires", "now")]).status == 303)
                #expect(try await browser.post("/distributions/\(id)/delete", [("name", "First")]).status == 303)
                let dummies = try await browser.post("/contacts/dummies", [("name", "Few \(count)"), ("count", "3")])
                #expect(try await browser.finish(dummies.location).body.contains("3 contacts are in the list"))
                wasMeanwhile = try await browser.get("/").body.contains(">Generating Everybody</a> is under way")
                #expect(try await browser.finish(job.location).body.contains("links are ready"))
            }
            #expect(wasMeanwhile)
            #expect(try console.workspace.distributions.distribution(id).deletedAt != nil)
        }
    }

    @Test
    func `a change that would have to wait for another program is refused, says when to try again, and works then`()
        async throws
    {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await PageTests.importPeople(browser)
            let id = try await browser.distribution(named: "NPS").id
            let lock = open(console.workspace.dataDirectory + "/lock", O_RDWR | O_CLOEXEC)
            try #require(flock(lock, LOCK_EX) == 0)
            for (path, fields) in [
                ("/distributions/\(id)/delete", [("name", "NPS")]), ("/distributions/\(id)/end", [("expires", "now")]),
                ("/distributions/\(id)/links/1/revoke", []), ("/contacts/remove", [("name", "People")]),
            ] {
                let answer = try await browser.post(path, fields)
                #expect(answer.status == 503, "\(path)")
                #expect(answer.headers.first(name: "retry-after") == "5", "\(path)")
                #expect(answer.body.contains("nothing was changed"), "\(path)")
                #expect(try await browser.get("/distributions/\(id)").status == 200)
            }
            #expect(try console.workspace.distributions.distribution(id).deletedAt == nil)
            close(lock)
            #expect(try await browser.post("/distributions/\(id)/delete", [("name", "NPS")]).status == 303)
        }
    }

    @Test func `the time to go on and the headings of the form are those of the links and of the spreadsheet`()
        async throws
    {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await PageTests.importPeople(browser)
            let form = try await browser.get("/generate?list=People").body
            #expect(form.contains("value=\"within\" checked") && form.contains("name=\"resume-number\" value=\"7\""))
            for (resume, fields, policy) in [
                (
                    "12 hours", [("resume-kind", "within"), ("resume-number", "12"), ("resume-unit", "h")],
                    ResumePolicy.within(seconds: 43_200)
                ),
                ("never", [("resume-kind", "never")], .never), ("always", [("resume-kind", "always")], .untilFinished),
            ] {
                let job = try await browser.generate(
                    from: "People", named: resume, fields + [("tool", "mailchimp")])
                let page = try await browser.finish(job.location).body
                #expect(page.contains("/links.csv?tool=mailchimp\""))
                let made = try #require(try console.workspace.distributions.all().first { $0.name == resume })
                #expect(made.resume == policy)
            }
            let id = try console.workspace.distributions.all()[0].id
            let headings = try await browser.get("/distributions/\(id)/links.csv?tool=mailchimp").body
            #expect(headings.hasPrefix("Contact ID,First Name,Last Name,Email Address,"))
            let wrong = try await browser.generate(
                from: "People", named: "x",
                [("resume-kind", "within"), ("resume-number", "soon"), ("tool", "word")])
            #expect(wrong.status == 422 && wrong.body.contains("Time to finish &quot;soon&quot; can"))
            #expect(wrong.body.contains("<option value=\"word\" selected>"))
        }
    }
}
