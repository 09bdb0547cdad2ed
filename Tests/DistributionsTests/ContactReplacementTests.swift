import LinkToken
import TestSupport
import Testing

@testable import Distributions

@Suite struct ContactReplacementTests {
    let test = try! TestWorkspace()

    private func contacts() throws -> [Contact] {
        var contacts: [Contact] = []
        let library = test.workspace.contacts
        try library.forEachContact(of: library.list(named: "People")) { contact in
            contacts.append(contact)
            return true
        }
        return contacts
    }

    @discardableResult
    private func replace(_ text: String) throws -> ContactReport {
        let file = ContactFile(try test.directory.write(text, to: "people.csv"))
        return try test.workspace.contacts.importList(file, name: "People", replacing: true, at: test.now).report
    }

    private func changes(added: Int = 0, kept: Int = 0, changed: Int = 0, removed: Int = 0) -> ContactChanges {
        var changes = ContactChanges()
        (changes.added, changes.kept, changes.changed, changes.removed) = (added, kept, changed, removed)
        return changes
    }

    @Test func `contacts that remain keep their ID, so that nobody gets a second link`() async throws {
        let first = try replace("Email,Name,Plan\nada@x.example,Ada,gold\nben@x.example,Ben,gold\ncy@x.example,Cy,\n")
        #expect(first.changes == nil)
        let before = try contacts()
        let (sent, _) = try await test.distributions.generate(
            test.request(.list("People")), key: test.key, at: test.now)
        let report = try replace(
            "Plan,Email,Name\ngold,dee@x.example,Dee\nblue,BEN@x.example,Ben\ngold,ada@x.example,Ada\n")
        // Ben's plan and address are new, and the order of the columns says nothing.
        #expect(report.changes == changes(added: 1, kept: 2, changed: 1, removed: 1))
        let after = try contacts()
        #expect(after[1].id == before[1].id && after[2].id == before[0].id)
        #expect(!before.map(\.id).contains(after[0].id))
        #expect(report.idsMade == 1)
        var request = try test.request(.list("People"))
        request.selection.notIn = [sent.id]
        _ = try await test.distributions.generate(request, key: test.key, at: test.now)
        #expect(try test.rows().map { $0["Email"] } == ["dee@x.example"])
    }

    @Test func `a reference counts more than an address`() throws {
        try replace("External Data Reference,Email\nr1,ada@x.example\nr2,ben@x.example\n")
        let before = try contacts()
        // They swapped addresses, and somebody without a reference has the address that r2 had.
        let file = "External Data Reference,Email\nr2,ada@x.example\nr1,new@x.example\n,ben@x.example\n"
        #expect(try replace(file).changes == changes(added: 1, kept: 2, changed: 2))
        #expect(try contacts().prefix(2).map(\.id) == [before[1].id, before[0].id])
        // Another system numbers people in another way: the address tells.
        try replace("External Data Reference,Email\nx7,new@x.example\nx8,ada@x.example\n")
        #expect(try contacts().map(\.id) == [before[0].id, before[1].id])
    }

    @Test func `an ID in the file wins, wherever it is in it`() throws {
        try replace("Email\nada@x.example\nben@x.example\n")
        let before = try contacts()
        let report = try replace(
            "ID,Email\n,ada@x.example\n\(before[0][.contactID]),ada@x.example\nown,ben@x.example\n")
        let after = try contacts()
        #expect(after[1].id == before[0].id && after[2][.contactID] == "own")
        #expect(after[0].id != before[0].id && after[0][.contactID].utf8.count == 12)
        #expect(report.changes == changes(added: 2, kept: 1, removed: 1))
    }

    @Test func `people who share an address are told apart by their names, and those alike by their order`() throws {
        let text = """
            Email,First Name,Last Name,Plan
            team@x.example,Ada,Lovelace,1
            team@x.example,Ben,Bitdiddle,2
            TEAM@x.example,Ada,Lovelace,3
            team@x.example,,,4
            solo@x.example,Cy,,5

            """
        try replace(text)
        let before = try contacts()
        #expect(try replace(text).changes == changes(kept: 5))
        #expect(try contacts() == before)
        // Nobody can tell who of the two Adas is left, and one of them is.
        let report = try replace(
            "Email,First Name,Last Name,Plan\nteam@x.example,Ben,Bitdiddle,2\nteam@x.example,Ada,Lovelace,1\n"
                + "team@x.example,Dee,,1\nsolo@x.example,Cy,,5\nsolo@x.example,Eve,,5\n")
        let after = try contacts()
        #expect([after[0].id, after[1].id, after[3].id] == [before[1].id, before[0].id, before[4].id])
        #expect(report.changes == changes(added: 2, kept: 3, removed: 2))
    }

    @Test func `a reference that colleagues share tells less than their addresses`() throws {
        try replace(
            "External Data Reference,Email,First Name\nacme,ada@x.example,Ada\nacme,ben@x.example,Ben\nacme,,Cy\n")
        let before = try contacts()
        let report = try replace(
            "External Data Reference,Email,First Name\nacme,new@x.example,Ben\nacme,,Cy\nacme,ada@x.example,Ada L.\n")
        #expect(try contacts().map(\.id) == [before[1].id, before[2].id, before[0].id])
        #expect(report.changes == changes(kept: 3, changed: 2))
    }

    @Test func `a list that is imported again in any order keeps every ID`() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix64(seed: seed)
        let heading = "External Data Reference,Email,First Name,Last Name\n"
        let rows = Set(
            (0..<3000).map { _ in
                let reference = Bool.random(using: &random) ? "" : "r\(Int.random(in: 0..<2000, using: &random))"
                return "\(reference),p\(Int.random(in: 0..<1000, using: &random))@x.example,"
                    + "\(Int.random(in: 0..<3, using: &random)),\(Int.random(in: 0..<3, using: &random))\n"
            }
        ).sorted()
        func ids() throws -> [String: Set<ContactID?>] {
            Dictionary(grouping: try contacts()) { contact in
                "\(contact.externalDataReference),\(contact.email),\(contact.firstName),\(contact.lastName)\n"
            }.mapValues { Set($0.map(\.id)) }
        }
        try replace(heading + rows.joined())
        let before = try ids()
        let shuffled = rows.shuffled(using: &random)
        let report = try replace(heading + shuffled.joined())
        #expect(report.changes?.kept == rows.count && report.changes?.added == 0, "seed \(seed)")
        #expect(Set(try contacts().map(\.id)) == Set(before.values.joined()), "seed \(seed)")
        // With a reference of one's own and an address of one's own, nobody is taken for another.
        let after = try ids()
        let references = Dictionary(grouping: rows) { $0.prefix { $0 != "," } }
        for (reference, people) in references where !reference.isEmpty && people.count == 1 {
            #expect(after[people[0]] == before[people[0]], "\(people[0]), seed \(seed)")
        }
    }

    @Test func `a list that somebody else replaced meanwhile is not replaced`() throws {
        let rows = (0..<9000).map { "p\($0)@x.example\n" }.joined()
        try replace("Email\n" + rows)
        let once = ConcurrentChangeTests.Once()
        let file = ContactFile(test.directory.path("people.csv"))
        #expect(throws: DistributionsError.busy) {
            try test.workspace.contacts.importList(file, name: "People", replacing: true, at: test.now) { [test] _ in
                once { _ = try test.workspace.contacts.makeDummyList(7, name: "People", replacing: true, at: test.now) }
            }
        }
        try once.check()
        #expect(try contacts().count == 7)
    }
}
