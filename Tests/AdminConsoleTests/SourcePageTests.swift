import AddressBook
import Distributions
import Foundation
import TestSupport
import Testing

@testable import AdminConsole

@Suite struct SourcePageTests {
    /// An address book `Customers` of vCards, in a directory of its own.
    private struct Books {
        let directory = TemporaryDirectory()

        init(_ people: [String]) throws {
            try FileManager.default.createDirectory(
                atPath: directory.path("Customers"), withIntermediateDirectories: true)
            for person in people { try add(person) }
        }

        func add(_ person: String) throws {
            try directory.write(
                Array(
                    "BEGIN:VCARD\r\nUID:\(person)\r\nN:\(person);Zoë;;;\r\nEMAIL;TYPE=work:\(person)@x.example\r\nORG:Firm\r\nEND:VCARD\r\n"
                        .utf8), to: "Customers/\(person).vcf")
        }

        var sources: ContactSources {
            get throws {
                let registered: [any ContactListSource.Type] = [VCardSource.self]
                return try ContactSources(
                    registered,
                    credentials: SourceCredentials(
                        environment: ["LINKSEAL_VCARDS_DIRECTORY": directory.root], of: registered))
            }
        }
    }

    @Test func `a registered source has a page of its own, from which its lists are fetched`() async throws {
        let books = try Books(["ada", "bob"])
        try await ConsoleHarness.run(sources: books.sources) { (console) in
            let browser = try await console.signIn()
            let lists = try await browser.get("/contacts").body
            #expect(lists.contains("<a class=\"button\" href=\"/contacts/vcards\">Import from vCards</a>"))
            #expect(!lists.contains("Marketo"))
            let page = try await browser.get("/contacts/vcards").body
            #expect(page.contains("<option value=\"Customers\">Customers</option>"))
            let job = try await browser.post(
                "/contacts/vcards", [("list", "Customers"), ("name", "People"), ("fields", "ORG")])
            #expect(try await browser.finish(job.location).body.contains("2 contacts are in the list"))
            #expect(try await browser.get("/contacts").body.contains("vCards: Customers"))
            let taken = try await browser.post(
                "/contacts/vcards", [("list", "Customers"), ("name", "People"), ("fields", "ORG")])
            #expect(taken.status == 422 && taken.body.contains("There is a list &quot;People&quot; already"))
            #expect(taken.body.contains("value=\"ORG\""), "what was typed stays")
            let refused = try await browser.post("/contacts/vcards", [("list", "Nobody"), ("name", "Other")])
            #expect(refused.status == 400 && refused.body.contains("Choose a list of vCards."))
        }
    }

    @Test func `a list of a registered source is imported, and refreshed from its record`() async throws {
        let books = try Books(["ada", "bob"])
        let place = TemporaryDirectory()
        let library = try Workspace.create(in: place.root).contacts
        let source = try #require(try books.sources.open.first)
        let imported = try await library.importList(
            from: source.supplier(of: .name("Customers", .static), fields: ["ORG"], at: .init(rawValue: 1)),
            name: "People", at: .init(rawValue: 1))
        #expect(imported.list.contacts == 2 && imported.list.embeddedNames == ["ORG"])

        try books.add("eve")
        try FileManager.default.removeItem(atPath: books.directory.path("Customers/ada.vcf"))
        let origin = try #require(try library.list(named: "People").origin)
        #expect(origin.service == VCardSource.name)
        let refreshed = try await library.refreshList(
            named: "People", from: source.supplier(of: .key(origin.id), fields: origin.fields, at: .init(rawValue: 2)),
            at: .init(rawValue: 2))
        #expect(refreshed.added == ["eve"] && refreshed.removed == ["ada"])
    }

    @Test func `a source is open once all of its credentials are there`() throws {
        let registered: [any ContactListSource.Type] = [VCardSource.self]
        let none = try ContactSources(
            registered, credentials: SourceCredentials(environment: ["OTHER": "x"], of: registered))
        #expect(none.open.isEmpty && none.title(of: "vcards") == "vCards" && none.title(of: "gone") == "gone")
    }
}
