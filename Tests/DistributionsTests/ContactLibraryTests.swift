import Foundation
import LinkToken
import TestSupport
import Testing

@testable import Distributions

@Suite struct ContactLibraryTests {
    let test = try! TestWorkspace()

    func contacts(of list: ContactList) throws -> [Contact] {
        var contacts: [Contact] = []
        try test.workspace.contacts.forEachContact(of: list) { contact in
            contacts.append(contact)
            return true
        }
        return contacts
    }

    @Test("a list that is imported, exported and imported again is the same, whatever its cells hold")
    func roundTrip() throws {
        for _ in 0..<30 {
            let seed = UInt64.random(in: .min ... .max)
            var random = SplitMix64(seed: seed)
            var writer = CSVWriter()
            for heading in ["id", "email", "note", "=sum"] { writer.cell(heading) }
            writer.endRow()
            let values = randomTable(using: &random).joined().map { FormulaGuard.removed(from: $0) }
            for (index, value) in values.enumerated() {
                for cell in ["\(index)", "\(index)@x.example", FormulaGuard.applied(to: value), "'=1"] {
                    writer.cell(cell)
                }
                writer.endRow()
            }
            let file = try test.directory.write(writer.take(), to: "file.csv")
            let library = test.workspace.contacts
            let first = try library.importList(ContactFile(file), name: "A", replacing: true, at: test.now).list
            #expect(first.embeddedNames == ["note", "=sum"])
            #expect(try contacts(of: first).map { $0.embeddedData } == values.map { [$0, "=1"] }, "seed \(seed)")
            try library.export(first, to: test.directory.path("export.csv"))
            let again = ContactFile(test.directory.path("export.csv"))
            let second = try library.importList(again, name: "B", replacing: true, at: test.now).list
            #expect(second.embeddedNames == first.embeddedNames)
            #expect(try contacts(of: second) == contacts(of: first), "seed \(seed)")
            try library.export(
                first, to: test.directory.path("excel.csv"), as: .excel(in: try #require(ExcelLocale("de"))))
            #expect(try test.directory.read("excel.csv").starts(with: Array("\u{FEFF}Contact ID;First Name;".utf8)))
            let excel = ContactFile(test.directory.path("excel.csv"))
            let third = try library.importList(excel, name: "C", replacing: true, at: test.now).list
            #expect(try contacts(of: third) == contacts(of: first), "seed \(seed)")
        }
    }

    @Test(
        "lists have names as people write them, and each its own file",
        arguments: [
            "Customers", "../../etc/passwd", "Kund:innen 2026/Q4", "名簿", "名簿 ", ".", "customers",
            String(repeating: "很长的名字", count: 40),
        ])
    func names(name: String) throws {
        let library = test.workspace.contacts
        _ = try library.makeDummyList(1, name: "Kunden", at: test.now)
        let list = try library.makeDummyList(2, name: name, at: test.now)
        #expect(try library.list(named: name) == list)
        #expect(try Set(library.lists().map(\.name)) == ["Kunden", name])
        #expect(throws: DistributionsError.exists(what: "contact list", name: name)) {
            try library.makeDummyList(1, name: name, at: test.now)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: library.directory).count == 4)
        try library.removeList(named: name)
        #expect(try library.lists().map(\.name) == ["Kunden"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: library.directory).count == 2)
        #expect(throws: DistributionsError.notFound(what: "contact list", name: name)) {
            try library.removeList(named: name)
        }
    }

    @Test("a file that is refused leaves the list as it was")
    func refusedImport() throws {
        let library = test.workspace.contacts
        let before = try library.makeDummyList(3, name: "A", at: test.now)
        let file = try test.directory.write("id,email\n1,a\n1,b\n", to: "file.csv")
        #expect(throws: DistributionsError.self) {
            try library.importList(ContactFile(file), name: "A", replacing: true, at: test.now)
        }
        #expect(try library.lists() == [before])
        #expect(try contacts(of: before).count == 3)
        #expect(try FileManager.default.contentsOfDirectory(atPath: library.directory).count == 2)
    }

    @Test("what killed processes left behind is removed by the next that writes")
    func leftovers() async throws {
        let library = test.workspace.contacts
        let list = try library.makeDummyList(1, name: "A", at: test.now)
        let (distribution, _) = try await test.distributions.generate(
            test.request(.list("A")), key: test.key, at: test.now)
        let whole = try test.files()
        let data = test.workspace.dataDirectory
        let staging = data + "/distributions/staging-0123456789abcdef"
        try FileManager.default.createDirectory(atPath: staging, withIntermediateDirectories: false)
        for path in [
            staging + "/contacts.csv", data + "/contacts/a-00000000.0.csv",
            data + "/contacts/.a.csv.tmp-1", data + "/distributions/\(distribution.id)/manifest.json.tmp-1",
        ] { try Data("x".utf8).write(to: URL(filePath: path)) }
        #expect(try test.distributions.all() == [distribution])
        #expect(try library.lists() == [list])
        _ = try test.workspace.lock()
        #expect(try test.files() == whole)
    }
}
