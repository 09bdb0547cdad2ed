import TestSupport
import Testing

@testable import Distributions

@Suite struct ContactEditingTests {
    let test = try! TestWorkspace()

    private var library: ContactLibrary { test.workspace.contacts }

    private func contacts(_ name: String = "People") throws -> [Contact] {
        var contacts: [Contact] = []
        try library.forEachContact(of: library.list(named: name)) { contact in
            contacts.append(contact)
            return true
        }
        return contacts
    }

    private func make(_ text: String, _ name: String = "People") throws {
        let file = ContactFile(try test.directory.write(text, to: "people.csv"))
        _ = try library.importList(file, name: name, at: test.now)
    }

    private func edit(_ fields: [ContactField: String] = [:], _ embeddedData: [String: String] = [:]) -> ContactEdit {
        var edit = ContactEdit()
        (edit.fields, edit.embeddedData) = (fields, embeddedData)
        return edit
    }

    @Test func `a contact is added, changed and removed, and the others stay as they are`() throws {
        try make("id,email,Plan\n1,ada@x.example,gold\n2,ben@x.example,\n")
        let before = try contacts()
        let added = try library.addContact(
            edit([.email: "<Ada@x.example>", .firstName: "Ada"], ["Plan": "blue"]), to: "People")
        #expect(
            added.contact.email == "Ada@x.example" && added.contact[.contactID].utf8.count == 12
                && added.sharingEmail == 1)
        #expect(try contacts() == before + [added.contact])
        #expect(try library.list(named: "People").fields.contains(.firstName))
        let changed = try library.changeContact("BEN@x.example", of: "People", edit([.lastName: "B"], ["Plan": "red"]))
        #expect(
            changed.contact[.contactID] == "2" && changed.contact.embeddedData == ["red"] && changed.sharingEmail == 0)
        #expect(try contacts() == [before[0], changed.contact, added.contact])
        #expect(try library.removeContact("1", from: "People") == before[0])
        #expect(try contacts() == [changed.contact, added.contact])
        #expect(try library.list(named: "People").contacts == 2)
        #expect(try test.files().count { $0.hasPrefix("contacts/") } == 2)
    }

    @Test func `what can't be done is refused and changes nothing`() throws {
        try make("id,email,Plan\n1,ada@x.example,gold\n2,ADA@x.example,\n3,,\n")
        let files = try test.files()
        let library = library
        func refused(_ expected: String, _ body: () throws -> Void) {
            let error = #expect(throws: DistributionsError.self) { try body() }
            #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
        }
        refused("one of the list's: Plan") {
            _ = try library.addContact(edit([.email: "a@x.example"], ["plan": ""]), to: "People")
        }
        refused("expected one such as") {
            _ = try library.addContact(edit([.email: "a@x.example, b@x.example"]), to: "People")
        }
        refused("expected a contact ID, an e-mail address") {
            _ = try library.addContact(edit([.firstName: "A"]), to: "People")
        }
        refused("the contact \"3\" exists already") {
            _ = try library.addContact(edit([.contactID: "3"]), to: "People")
        }
        refused("the ID of one of them: 1, 2") { _ = try library.removeContact("ada@x.example", from: "People") }
        refused("not in People: 4") { _ = try library.changeContact("4", of: "People", edit([.firstName: "A"])) }
        refused("a contact keeps its ID") { _ = try library.changeContact("3", of: "People", edit([.contactID: "4"])) }
        refused("there is no contact list") { _ = try library.removeContact("1", from: "Nobody") }
        try make("id\n1\n", "One")
        refused("the only contact") { _ = try library.removeContact("1", from: "One") }
        #expect(try contacts().map { $0[.contactID] } == ["1", "2", "3"])
        #expect(try test.files().filter { !$0.contains("one") } == files)
    }

    @Test func `of changes at the same time each is made or refused, and none is lost`() async throws {
        try make("email\nfirst@x.example\n")
        let library = library
        let made = await withTaskGroup(of: String?.self) { (group) in
            for index in 0..<16 {
                group.addTask {
                    var edit = ContactEdit()
                    edit.fields[.email] = "p\(index)@x.example"
                    do {
                        return try library.addContact(edit, to: "People").contact.email
                    } catch {
                        #expect(error as? DistributionsError == .busy)
                        return nil
                    }
                }
            }
            return await group.reduce(into: Set<String>()) { if let email = $1 { $0.insert(email) } }
        }
        #expect(!made.isEmpty)
        #expect(Set(try contacts().map(\.email)) == made.union(["first@x.example"]))
    }

    @Test func `lists are merged, and a contact that is in both is taken once`() throws {
        try make("id,email,Plan\n1,ada@x.example,gold\n2,ben@x.example,blue\n", "A")
        try make("id,email,Region,Plan\n3,BEN@x.example,North,x\n1,Ada@x.example,South,y\n", "B")
        let (list, report, inSeveral) = try library.merge(["A", "B"], as: "C", at: test.now)
        #expect(list.embeddedNames == ["Plan", "Region"] && list.contacts == 3)
        #expect(inSeveral == 1 && report.duplicateEmails == 1)
        #expect(
            try contacts("C").map { [$0[.contactID]] + $0.embeddedData } == [
                ["1", "gold", ""], ["2", "blue", ""], ["3", "x", "North"],
            ])
        try make("id,email\n1,other@x.example\n", "D")
        let error = #expect(throws: DistributionsError.self) { try library.merge(["A", "D"], as: "E", at: test.now) }
        #expect(error?.description.contains("\"D\" has another e-mail address") == true)
        #expect(throws: DistributionsError.exists(what: "contact list", name: "A")) {
            try library.merge(["A", "B"], as: "A", at: test.now)
        }
        _ = try library.merge(["B", "A"], as: "A", replacing: true, at: test.now)
        #expect(try contacts("A").map { $0[.contactID] } == ["3", "1", "2"])
        #expect(try library.lists().map(\.name) == ["A", "B", "C", "D"])
    }

    @Test(arguments: [ContactLibrary.KeptDuplicate.first, .last])
    func `one contact of each address is kept`(kept: ContactLibrary.KeptDuplicate) throws {
        try make(
            "id,email\n1,a@x.example\n2,b@x.example\n3,A@x.example\n4,\n5,\n6,c@x.example\n7,a@X.example\n8,C@x.example\n"
        )
        let found = try library.duplicateAddresses(of: "People", limit: 1)
        #expect(
            found.addresses == 2 && found.contacts == 5
                && found.first.map { $0.map { $0[.contactID] } } == [["1", "3", "7"]])
        let (list, removed) = try library.removeDuplicates(of: "People", keeping: kept)
        #expect(removed == 3 && list.contacts == 5)
        #expect(
            try contacts().map { $0[.contactID] }
                == (kept == .first ? ["1", "2", "4", "5", "6"] : ["2", "4", "5", "7", "8"]))
        #expect(try library.duplicateAddresses(of: "People").addresses == 0)
        _ = try library.makeDummyList(3, name: "Placeholders", at: test.now)
        #expect(try library.duplicateAddresses(of: "Placeholders").addresses == 0)
    }
}
