import AddressBook
import Distributions
import Foundation
import LinkToken
import TestSupport
import Testing

@testable import AdminConsole

/// What is done with lists and single contacts after they are in.
@Suite struct ListPageTests {
    @Test func `a list is paged and searched with its total, and a page beyond the end is the last`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let rows = (0..<120).map { "c\($0),Person\($0),Ähnlich,p\($0)@x.example" }
            try await PageTests.importPeople(
                browser, "Contact ID,First Name,Last Name,Email\n" + rows.joined(separator: "\n") + "\n")
            let path = "/contacts/list?name=People"
            let first = try await browser.get(path).body
            #expect(first.contains("1–50 of 120") && first.contains(">c49<") && !first.contains(">c50<"))
            let last = try await browser.get(path + "&page=9").body
            #expect(last.contains("101–120 of 120") && last.contains(">c119<") && last.contains("rel=\"first\""))
            let found = try await browser.get(path + "&search=PERSON11%20%C3%A4hn").body
            #expect(found.contains(">c11<") && found.contains("1 found") && !found.contains(">c110<"))
            let many = try await browser.get(path + "&search=person&page=3").body
            #expect(many.contains("101–120 of 120") && many.contains("search=person&amp;page=2"))
            #expect(try await browser.get(path + "&search=nobody").body.contains("No contact matches."))
        }
    }

    @Test func `a contact is added and changed, and what is wrong is said at its field`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await PageTests.importPeople(browser)
            let library = console.workspace.contacts
            #expect(try await browser.get("/contacts/contact?name=People").body.contains("<h1>Add a contact</h1>"))
            for (fields, problem) in [
                ([("email", "nobody")], "id=\"email-hint\">E-mail address &quot;nobody&quot; can&#39;t be used"),
                ([("firstName", "Di")], "The contact needs a contact ID, an e-mail address or"),
                ([("contactID", "c1")], "id=\"contactID-hint\">Another contact of the list has the ID c1."),
            ] {
                let refused = try await browser.post("/contacts/contact", [("name", "People")] + fields)
                #expect(refused.status == 422 && refused.body.contains(problem), "\(refused.body)")
                #expect(refused.body.contains("value=\"\(fields[0].1)\""), "what was typed stays")
            }
            let added = try await browser.post(
                "/contacts/contact",
                [("name", "People"), ("firstName", "Di"), ("email", "ANN@x.example"), ("data-0", "blue")])
            #expect(added.location == "/contacts/list?name=People&done=added-shared")
            #expect(try await browser.get(added.location).body.contains("has the same e-mail address"))
            #expect(try library.list(named: "People").contacts == 4)

            let form = try await browser.get("/contacts/contact?name=People&contact=c2").body
            #expect(form.contains("value=\"bob@x.example\"") && form.contains("value=\"silver\""))
            let changed = try await browser.post(
                "/contacts/contact",
                [
                    ("name", "People"), ("contact", "c2"), ("contactID", "c77"), ("lastName", ""),
                    ("email", "bob@new.example"), ("data-0", "gold"),
                ])
            #expect(changed.location.hasSuffix("done=changed"))
            let bob = try library.contact(called: "c2", of: library.list(named: "People"))
            #expect(bob.email == "bob@new.example" && bob.lastName.isEmpty && bob.embeddedData == ["gold"])
            #expect(bob.firstName == "Bob", "what the form doesn't have stays")
            let audit = try await browser.get("/audit").body
            #expect(audit.contains("Added a contact") && audit.contains("Changed a contact"))
        }
    }

    @Test func `contacts are removed once somebody has seen whom, and never all of a list`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await PageTests.importPeople(browser)
            let fields = [("name", "People"), ("contact", "c1"), ("contact", "c3")]
            let asked = try await browser.post("/contacts/remove-contacts", fields)
            #expect(asked.body.contains("Remove 2 contacts?") && asked.body.contains("Cleo Cox, cleo@x.example, c3"))
            #expect(try console.workspace.contacts.list(named: "People").contacts == 3)
            let none = try await browser.post("/contacts/remove-contacts", [("name", "People")])
            #expect(none.status == 422 && none.body.contains("Select the contacts to remove first."))
            let all = try await browser.post("/contacts/remove-contacts", fields + [("contact", "c2")])
            #expect(
                all.body.contains("Remove the list instead.")
                    && !all.body.contains("name=\"confirmed\" value=\"yes\"><ul>"))
            let forced = try await browser.post(
                "/contacts/remove-contacts", fields + [("contact", "c2"), ("confirmed", "yes")])
            #expect(forced.status == 422)
            let removed = try await browser.post("/contacts/remove-contacts", fields + [("confirmed", "yes")])
            #expect(removed.status == 303)
            #expect(try await browser.get(removed.location).body.contains(">c2<"))
            #expect(try console.workspace.contacts.list(named: "People").contacts == 1)
        }
    }

    @Test func `a list is removed after a question, merged by a job, and exported for Excel of the reader's country`()
        async throws
    {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await PageTests.importPeople(browser)
            try await PageTests.importPeople(
                browser, "Contact ID,First Name,Last Name,Email\nc1,Ann,Ames,ann@x.example\nd1,=1+1,D,d@x.example\n",
                named: "Partners")
            #expect(try await browser.get("/contacts").body.contains("href=\"/contacts/merge\""))
            for (fields, problem) in [
                ([("list", "People")], "Choose two lists or more."),
                ([("list", "People"), ("list", "Partners"), ("name", "People")], "choose another name, or replace it"),
            ] {
                let refused = try await browser.post("/contacts/merge", fields)
                #expect(refused.status == 422 && refused.body.contains(problem))
                #expect(refused.body.contains("value=\"People\" checked"), "what was chosen stays")
            }
            let job = try await browser.post(
                "/contacts/merge", [("list", "People"), ("list", "Partners"), ("name", "All")])
            let over = try await browser.finish(job.location).body
            #expect(
                over.contains("4 contacts are in the list All.") && over.contains("1 contacts are in more than one"))

            for (language, separator) in [("de-DE,de;q=0.9", ";"), ("en-US", ","), ("%%%", ",")] {
                let file = try await console.send(
                    .GET, "/contacts/list.csv?name=All", cookie: browser.cookie,
                    headers: [("accept-language", language)])
                #expect(file.body.hasPrefix("\u{FEFF}Contact ID\(separator)First Name\(separator)"))
                #expect(file.body.contains("'=1+1"), "no formula")
                #expect(file.headers.first(name: "content-disposition")?.contains("All.csv") == true)
            }
            let question = try await browser.get("/contacts/remove?name=All").body
            #expect(question.contains("Remove the list All?") && question.contains("It has 4 contacts."))
            #expect(try console.workspace.contacts.lists().count == 3)
            _ = try await browser.post("/contacts/remove", [("name", "All")])
            #expect(try console.workspace.contacts.lists().count == 2)
            let audit = try await browser.get("/audit").body
            #expect(audit.contains("Merged lists") && audit.contains("contact list"))
        }
    }

    @Test func `a person is erased everywhere after typing who, and is named nowhere afterwards`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await PageTests.importPeople(browser)
            try await PageTests.importPeople(
                browser, "Contact ID,First Name,Last Name,Email\nx9,Ann,Ames,Ann@x.example\nx8,B,B,b@x.example\n",
                named: "Partners")
            _ = try await browser.distribution(named: "NPS")
            let contact = try await browser.get("/contacts/contact?name=People&contact=c1").body
            #expect(contact.contains("name=\"person\" value=\"ann@x.example\""))
            let question = try await browser.post("/contacts/erase", [("person", "ann@x.example")])
            #expect(question.body.contains("Erase ann@x.example?") && question.body.contains("This can't be undone."))
            let wrong = try await browser.post(
                "/contacts/erase", [("person", "ann@x.example"), ("confirmation", "bob@x.example")])
            #expect(wrong.status == 422 && wrong.body.contains("so nothing was erased"))
            #expect(try console.workspace.contacts.list(named: "People").contacts == 3)
            let job = try await browser.post(
                "/contacts/erase", [("person", "ann@x.example"), ("confirmation", "ann@x.example")])
            let over = try await browser.finish(job.location)
            #expect(over.location == "/contacts/erase?lists=2&distributions=1")
            let done = try await browser.get(over.location).body
            #expect(done.contains("The person is erased from 2 lists and 1 distribution."))
            #expect(done.contains("the e-mails that were sent") || done.contains("The e-mails that were sent"))
            #expect(try console.workspace.contacts.list(named: "Partners").contacts == 1)
            let audit = try await browser.get("/audit").body
            #expect(audit.contains("Erased a person") && audit.contains("2 lists, 1 distribution"))
            #expect(!audit.contains("ann@x.example"))
        }
    }

    @Test func `placeholders are erased one by one, although they share an address`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let list = try console.workspace.contacts.makeDummyList(
                3, name: "Crowd", at: UnixTime(rawValue: console.clock.seconds))
            let page = try await browser.get("/contacts/list?name=Crowd").body
            let id = try #require(page.firstMatch(of: /name="contact" value="([^"]*)"/).map { String($0.1) })
            let contact = try await browser.get("/contacts/contact?name=Crowd&contact=\(id)").body
            #expect(contact.contains("name=\"person\" value=\"\(id)\"") && list.contacts == 3)
        }
    }

    @Test func `the sample list is imported with one click, and as a file`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let lists = try await browser.get("/contacts").body
            #expect(lists.contains("There are no contact lists yet") && lists.contains("Try it with a sample list"))
            for _ in 0..<2 {
                let list = try await browser.post("/contacts/sample")
                #expect(list.location == "/contacts/list?name=Sample%20list")
                #expect(try await browser.get(list.location).body.contains("10 contacts"))
            }
            let file = try await browser.get("/contacts/sample.csv").body
            let upload = try await browser.upload(file, named: "sample.csv")
            #expect(try await browser.get(upload.location).body.contains("All 10 contacts can be imported."))
        }
    }

    @Test func `a list of a source is fetched again, and a source that isn't connected says what it needs`()
        async throws
    {
        let books = TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: books.path("Customers"), withIntermediateDirectories: true)
        func add(_ person: String) throws {
            try books.write(
                Array("BEGIN:VCARD\r\nUID:\(person)\r\nEMAIL:\(person)@x.example\r\nEND:VCARD\r\n".utf8),
                to: "Customers/\(person).vcf")
        }
        try add("ada")
        let registered: [any ContactListSource.Type] = [VCardSource.self]
        let sources = try ContactSources(
            registered,
            credentials: SourceCredentials(environment: ["LINKSEAL_VCARDS_DIRECTORY": books.root], of: registered))
        try await ConsoleHarness.run(sources: sources) { (console) in
            let browser = try await console.signIn()
            let job = try await browser.post("/contacts/vcards", [("list", "Customers"), ("name", "People")])
            _ = try await browser.finish(job.location)
            #expect(try await browser.get("/contacts/list?name=People").body.contains("Fetch it again"))
            try add("eve")
            let again = try await browser.post("/contacts/refresh", [("name", "People")])
            #expect(try await browser.finish(again.location).body.contains("1 added, 0 removed"))
            #expect(try console.workspace.contacts.list(named: "People").contacts == 2)
        }
        let closed = try ContactSources(
            registered, credentials: SourceCredentials(environment: [:], of: registered))
        try await ConsoleHarness.run(sources: closed) { (console) in
            let browser = try await console.signIn()
            #expect(try await browser.get("/contacts").body.contains("LINKSEAL_VCARDS_DIRECTORY"))
            try await PageTests.importPeople(browser)
            #expect(try await browser.post("/contacts/refresh", [("name", "People")]).status == 400)
        }
    }
}
