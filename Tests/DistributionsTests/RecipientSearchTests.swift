import LinkToken
import TestSupport
import Testing

@testable import Distributions

@Suite struct RecipientSearchTests {
    let test = try! TestWorkspace()

    @Test func `a search of recipients finds whom the contacts themselves say, in every part, and nobody erased`()
        async throws
    {
        let library = test.distributions
        let (made, _) = try await library.generate(test.request(test.people(10)), key: test.key, at: test.now)
        let file = try test.directory.write(
            "Contact ID,Email,Last Name\nn1,new1@x.example,Straße\nn2,NEW2@x.example,\"Müller, 3\"\n", to: "new.csv")
        _ = try await library.add(
            AddRequest(source: .file(ContactFile(file)), output: test.directory.path("new-links.csv")), to: made.id,
            key: test.key, at: test.now)
        _ = try test.workspace.erase("c3", at: test.now)

        var everybody: [(contact: Contact, serial: Serial)] = []
        try library.forEachContact(of: made.id) { (contact, serial) in
            everybody.append((contact, serial))
            return true
        }
        #expect(everybody.count == 11)
        for search in ["", "p7@", "MÜLLER 1", "müller, 3", "new", "n2", "straße", "zoë", "x", "nobody"] {
            for start in [0, 4, 11, 12, 50] {
                for isOdd in [nil, true, false] as [Bool?] {
                    let isWanted = { (serial: Serial) in isOdd == nil || (serial.rawValue % 2 == 1) == isOdd }
                    var found: [Serial] = []
                    try library.forEachContact(of: made.id, finding: search, from: start, where: isWanted) {
                        (contact, serial) in
                        #expect(everybody.contains { $0.serial == serial && $0.contact == contact })
                        found.append(serial)
                        return true
                    }
                    let expected = everybody.filter {
                        $0.serial.rawValue >= start && isWanted($0.serial)
                            && (search.isEmpty || $0.contact.isFound(by: search))
                    }
                    #expect(found == expected.map(\.serial), "\(search), from \(start)")
                }
            }
        }
        #expect(try library.contact(at: Serial(rawValue: 11), of: made.id)?[.contactID] == "n2")
        #expect(try library.contact(at: Serial(rawValue: 3), of: made.id) == nil)
    }
}
