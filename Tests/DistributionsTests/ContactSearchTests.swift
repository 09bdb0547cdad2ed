import LinkToken
import TestSupport
import Testing

@testable import Distributions

@Suite struct ContactSearchTests {
    @Test func `a search finds what asking each contact finds, page by page`() throws {
        let setting = try TestWorkspace()
        let library = setting.workspace.contacts
        let names = ["Ada", "ADAM", "Zoë", "Ümit", "von der Ada", "=1+1", ""]
        let rows = (0..<300).map { (index) in
            "c\(index),\(names[index % 7]),\(names[index % 5]),p\(index)@\(index % 3 == 0 ? "X" : "y").example,"
                + "\(index % 4 == 0 ? "REF\(index)" : ""),\(index % 2 == 0 ? "de" : "tlh"),hidden\(index)"
        }
        let file = ContactFile(
            try setting.directory.write(
                "Contact ID,First Name,Last Name,Email,External Data Reference,Language,Note\n"
                    + rows.joined(separator: "\n") + "\n", to: "people.csv"))
        let list = try library.importList(file, name: "People", at: setting.now).list
        var all: [Contact] = []
        try library.forEachContact(of: list) {
            all.append($0)
            return true
        }
        for search in [
            "ada", "ADA", "zoë", "ZOË a", "ada zoë", "ümit", "ref12", "c1", "@x.example", "de", "tlh", "hidden", "a a",
            "der ada", "nobody", "1+1", "p7@y", "",
        ] {
            let expected = all.filter { search.isEmpty || $0.isFound(by: search) }
            for range in [0..<50, 50..<100, 0..<1000, 290..<400] {
                let found = try library.contacts(of: list, finding: search) { (count) in
                    #expect(count == expected.count, "\(search)")
                    return range
                }
                #expect(found.count == expected.count, "\(search)")
                #expect(found.contacts == Array(expected[range.clamped(to: expected.indices)]), "\(search), \(range)")
            }
        }
        #expect(try library.contacts(of: list, finding: "tlh") { _ in 0..<1 }.count == 0, "the language is no name")
    }

    @Test func `several contacts are removed at once, others' IDs change nothing, and one always stays`() throws {
        let setting = try TestWorkspace()
        let library = setting.workspace.contacts
        let file = ContactFile(
            try setting.directory.write("Contact ID,Email\na,a@x.example\nb,b@x.example\nc,\n", to: "people.csv"))
        _ = try library.importList(file, name: "People", at: setting.now)
        let ids = Set(try ["a", "c", "z"].map { try ContactID($0) })
        #expect(try library.removeContacts(ids, from: "People") == 2)
        #expect(try library.list(named: "People").contacts == 1)
        #expect(try library.removeContacts(ids, from: "People") == 0)
        #expect(throws: DistributionsError.emptySelection(source: "People", .onlyContact)) {
            try library.removeContacts([ContactID("b")], from: "People")
        }
    }

    @Test func `the sample list is what its file says, and comes once`() throws {
        let setting = try TestWorkspace()
        let library = setting.workspace.contacts
        let list = try library.importSample(at: setting.now)
        #expect(list.contacts == 10)
        #expect(throws: DistributionsError.exists(what: "contact list", name: SampleContacts.listName)) {
            try library.importSample(at: setting.now)
        }
        let file = ContactFile(
            try setting.directory.write(SampleContacts.csv(as: .excel(in: ExcelLocale("de")!)), to: "sample.csv"))
        let review = ContactFileReview(file, detectingHeadings: true)
        #expect(review.canImport && review.check?.firstContacts == Array(SampleContacts.contacts.prefix(5)))
        #expect(review.check?.report.warnings == [])
    }
}
