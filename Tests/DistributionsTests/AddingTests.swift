import Cryptography
import Foundation
import LinkToken
import Synchronization
import TestSupport
import Testing
import Trust

@testable import Distributions

/// Contacts that are added to a distribution whose links were sent already.
@Suite struct AddingTests {
    let test = try! TestWorkspace()
    var library: DistributionLibrary { test.distributions }

    private func generate(_ count: Int, inLink: [String] = []) async throws -> Distribution {
        try await library.generate(
            test.request(test.people(count), inLink: inLink), key: test.key, at: test.now
        ).distribution
    }

    /// A file of people with these IDs.
    private func people(_ ids: Range<Int>, name: String = "new.csv") throws -> ContactSource {
        let rows = ids.map { "c\($0),p\($0)@x.example,gold\n" }
        return .file(
            ContactFile(try test.directory.write("Contact ID,Email,Plan\n" + rows.joined(), to: name)))
    }

    private func add(
        _ source: ContactSource, to distribution: Distribution, output: String = "new-links.csv"
    ) async throws -> Addition {
        try await library.add(
            AddRequest(source: source, output: test.directory.path(output)), to: distribution.id, key: test.key,
            at: test.now)
    }

    private func add(csv text: String, to distribution: Distribution) async throws -> Addition {
        try await add(.file(ContactFile(test.directory.write(text, to: "new.csv"))), to: distribution)
    }

    private func download(_ distribution: Distribution) async throws -> [[String: String]] {
        _ = try await library.download(
            distribution.id, key: test.key, output: test.directory.path("again.csv"), at: test.now)
        return try test.rows("again.csv")
    }

    /// What came of reading, again and again until that is over.
    private final class Reading: Sendable {
        let isOver = Atomic(false)
        let outcome = Mutex<(rounds: Int, failures: [String])>((0, []))
    }

    /// IDs by serial, of those who were not erased.
    private func ids(_ distribution: Distribution) throws -> [UInt32: String] {
        var ids: [UInt32: String] = [:]
        try library.forEachContact(of: distribution.id) { (contact, serial) in
            #expect(ids.updateValue(contact[.contactID], forKey: serial.rawValue) == nil)
            return true
        }
        return ids
    }

    private func files(_ distribution: Distribution) throws -> [String] {
        try names(in: library.path(of: distribution.id))
    }

    @Test("added contacts get the next serials and links that verify, and no link changes that was sent before")
    func links() async throws {
        let distribution = try await generate(10)
        let sent = try test.rows()
        let addition = try await add(people(10..<13), to: distribution)
        #expect(addition.added == 3 && addition.recipients == 0)
        #expect(addition.distribution.contacts == 13)
        #expect(try library.distribution(distribution.id) == addition.distribution)
        let new = try test.rows("new-links.csv")
        #expect(new.map { $0["Contact ID"] } == ["c10", "c11", "c12"])
        for (index, row) in new.enumerated() {
            let text = try #require(token(in: row["Link"]))
            let claims = try Token(parsing: text).verify(
                against: TestTrust(known: test.key.publicKey, distribution: addition.distribution), at: test.now
            ).claims
            #expect(claims.nonce == Nonce(distribution: distribution.id, serial: Serial(rawValue: UInt32(10 + index))))
            #expect(claims.expiry == distribution.linkExpiry)
        }
        let again = try await download(distribution)
        #expect(again.map { $0["Link"] } == sent.map { $0["Link"] } + new.map { $0["Link"] })
        #expect(try library.contact(at: Serial(rawValue: 11), of: distribution.id)?[.contactID] == "c11")
        #expect(try library.contact(at: Serial(rawValue: 13), of: distribution.id) == nil)
    }

    @Test("people who have a link are left out: by ID, and without one by address in any case; the rows are named")
    func recipients() async throws {
        let distribution = try await generate(10)
        _ = try await add(people(10..<12), to: distribution)
        let addition = try await add(
            csv: """
                Contact ID,Email
                c3,other@x.example
                ,P4@X.example
                c11,p11@x.example
                ,P10@x.EXAMPLE
                c20,p5@x.example
                ,new@x.example
                """, to: distribution)
        #expect(addition.recipients == 4 && addition.added == 2)
        #expect(addition.contacts.findings.recipients.first == [2, 3, 4, 5])
        #expect(addition.contacts.findings.sharedAddresses.first == [6])
        #expect(try test.rows("new-links.csv").map { $0["Email"] } == ["p5@x.example", "new@x.example"])
        #expect(try library.distribution(distribution.id).contacts == 14)
    }

    @Test("the same import twice adds nobody, and neither writes a spreadsheet nor changes the distribution")
    func twice() async throws {
        let distribution = try await generate(5)
        let first = try await add(people(3..<8), to: distribution)
        #expect(first.added == 3 && first.recipients == 2)
        let files = try files(distribution)
        let second = try await add(people(3..<8), to: distribution, output: "second.csv")
        #expect(second.added == 0 && second.recipients == 5 && second.distribution == first.distribution)
        #expect(!FileManager.default.fileExists(atPath: test.directory.path("second.csv")))
        #expect(try self.files(distribution) == files)
        #expect(try library.distribution(distribution.id) == first.distribution)
    }

    @Test("placeholders are nobody, so there can always be more of them")
    func placeholders() async throws {
        let distribution = try await library.generate(
            test.request(.dummies(4)), key: test.key, at: test.now
        ).distribution
        for total in [7, 10] {
            #expect(try await add(.dummies(3), to: distribution).distribution.contacts == total)
        }
        #expect(Set(try await download(distribution).map { $0["Link"] }).count == 10)
        var request = try test.request(.dummies(5))
        request.selection.notIn = [distribution.id]
        #expect(try await library.generate(request, key: test.key, at: test.now).distribution.contacts == 5)
    }

    @Test("new columns come behind the others, missing ones are empty, and hashes of earlier links still match")
    func columns() async throws {
        let distribution = try await generate(4)
        let sent = try test.rows()
        let addition = try await add(
            csv: "Contact ID,Größe,Region\nc8,klein,north\nc9,,\n", to: distribution)
        #expect(addition.distribution.embeddedNames == ["Plan", "Größe", "Region"])
        #expect(addition.warnings.contains(.newFields(["Region"])))
        let again = try await download(distribution)
        #expect(again.prefix(4).map { $0["Link"] } == sent.map { $0["Link"] })
        #expect(again.map { $0["Region"] } == ["", "", "", "", "north", ""])
        #expect(again.map { $0["Plan"] } == ["gold", "silver", "gold", "silver", "", ""])
        #expect(again.map { $0["Größe"] } == ["", "groß", "", "groß", "klein", ""])
        let report = try library.joinResults(
            ResultsJoin(
                responses: test.directory.write(
                    "link\n" + again.map { $0["Link"]! }.joined(separator: "\n") + "\n", to: "responses.csv"),
                by: .link, output: test.directory.path("joined.csv")),
            of: [try library.distribution(distribution.id)],
            keys: [PublishedKey(key: test.key.publicKey, state: .signing)], sessions: nil, at: test.now)
        #expect(report.counts == [.contact(.matched): 6])
        #expect(try test.rows("joined.csv").map { $0["Region"] } == again.map { $0["Region"] })
    }

    @Test("contacts that came with different columns keep their values when their files are merged")
    func mergedColumns() async throws {
        let distribution = try await generate(2)
        for number in 0..<9 {
            _ = try await add(csv: "Contact ID,F\(number % 4),Plan\nx\(number),v\(number),\n", to: distribution)
        }
        _ = try test.workspace.lock()
        #expect(try files(distribution).count { $0.hasSuffix(".csv") } < 6)
        let rows = try await download(distribution)
        #expect(rows.prefix(2).map { $0["Plan"] } == ["gold", "silver"])
        for (number, row) in rows.dropFirst(2).enumerated() {
            #expect(row["Contact ID"] == "x\(number)" && row["Plan"] == "")
            for field in 0..<4 { #expect(row["F\(field)"] == (field == number % 4 ? "v\(number)" : "")) }
        }
        _ = try test.workspace.erase("x5", at: test.now)
        #expect(try await download(distribution).count == 10)
    }

    @Test("a sample is drawn from those who have no link, and the files of those who have one are left alone")
    func sample() async throws {
        let distribution = try await generate(100)
        let directory = library.path(of: distribution.id)
        func inodes() throws -> [Int?] {
            try ["csv", "index"].map {
                try FileManager.default.attributesOfItem(atPath: "\(directory)/contacts-0-99.\($0)")[.systemFileNumber]
                    as? Int
            }
        }
        let before = try inodes()
        var request = AddRequest(source: try people(50..<150), output: test.directory.path("new-links.csv"))
        request.selection.sample = .millionths(100_000)
        for (added, recipients) in [(5, 50), (5, 55), (4, 60)] {
            let addition = try await library.add(request, to: distribution.id, key: test.key, at: test.now)
            #expect(addition.added == added && addition.recipients == recipients && addition.seed != nil)
        }
        request.selection.sample = .count(1000)
        let rest = try await library.add(request, to: distribution.id, key: test.key, at: test.now)
        #expect(rest.added == 36 && rest.warnings.contains(.sampleTooLarge(asked: 1000, available: 36)))
        #expect(try Set(ids(distribution).values).count == 150)
        #expect(try inodes() == before)
    }

    @Test("links with fields carry those of added contacts; a column that would hide such a field is refused")
    func inLinkData() async throws {
        let distribution = try await generate(4, inLink: ["Plan", "language"])
        let addition = try await add(csv: "Contact ID,Plan,Region\nc8,bronze,north\n", to: distribution)
        #expect(try test.rows("new-links.csv")[0]["Link"]?.hasSuffix("?Plan=bronze") == true)
        #expect(addition.warnings.contains(.fieldEmpty("language", contacts: 1)))
        let file = try test.directory.write("ID,Sprache,LANGUAGE\nc9,DE,de\n", to: "hiding.csv")
        await #expect(throws: DistributionsError.self) {
            try await add(.file(ContactFile(file, map: ["Sprache": .language])), to: distribution)
        }
        #expect(try library.distribution(distribution.id) == addition.distribution)
    }

    @Test(
        "nobody is added to a distribution that was deleted, has expired or was signed with another key")
    func refusals() async throws {
        let distribution = try await generate(4)
        let other = try PrivateKey.generate(.ed25519)
        let source = try people(4..<6)
        let request = AddRequest(source: source, output: test.directory.path("new-links.csv"))
        func isRefused(key: PrivateKey? = nil, at now: UnixTime? = nil) async -> Bool {
            do {
                _ = try await library.add(request, to: distribution.id, key: key ?? test.key, at: now ?? test.now)
                return false
            } catch {
                guard case .refused = error else { return false }
                return true
            }
        }
        #expect(await isRefused(key: other))
        #expect(await isRefused(at: distribution.linkExpiry.adding(seconds: 60)))
        #expect(try library.distribution(distribution.id) == distribution)
        #expect(try ids(distribution).count == 4)
        _ = try library.delete(distribution.id, at: test.now)
        #expect(await isRefused())
        #expect(!FileManager.default.fileExists(atPath: test.directory.path("new-links.csv")))
        _ = try await library.regenerate(
            distribution.id, key: test.key, output: test.directory.path("anew.csv"), at: test.now)
        let epoch = try await add(source, to: distribution).distribution.epoch
        let text = try #require(token(in: try test.rows("new-links.csv")[0]["Link"]))
        #expect(try Token(parsing: text).unverifiedClaims.epoch == epoch && epoch > distribution.epoch)
    }

    @Test("a contact whose link won't work is refused by its line, and nobody is added")
    func faultyLink() async throws {
        let distribution = try await library.generate(
            test.request(test.people(4), template: "https://survey.example/{contact_id}/{session}"), key: test.key,
            at: test.now
        ).distribution
        await #expect {
            try await add(csv: "Contact ID\nc8\n..\n", to: distribution)
        } throws: { (error) in
            guard case .link(contact: "..", _, line: 3, _) = error as? DistributionsError else { return false }
            return true
        }
        #expect(try library.distribution(distribution.id) == distribution)
        #expect(try ids(distribution).count == 4)
        #expect(!FileManager.default.fileExists(atPath: test.directory.path("new-links.csv")))
    }

    @Test("who deletes a distribution while contacts are added to it wins, and the contacts are not in it")
    func deletedMeanwhile() async throws {
        let test = test
        let distribution = try await generate(4)
        let once = ConcurrentChangeTests.Once()
        let request = AddRequest(source: .dummies(2000), output: test.directory.path("new-links.csv"))
        await #expect(throws: DistributionsError.self) {
            try await library.add(request, to: distribution.id, key: test.key, at: test.now) { (progress) in
                once {
                    #expect(progress.done > 0 && progress.done < 2000 && progress.total == 2000)
                    _ = try test.distributions.delete(distribution.id, at: test.now)
                    var others = test.workspace
                    others.patience = .zero
                    #expect(ConcurrentChangeTests.isBusy { try others.erase("c1", at: test.now) })
                }
            }
        }
        try once.check()
        #expect(try library.distribution(distribution.id).contacts == 4)
        #expect(try ids(distribution).count == 4)
        #expect(!FileManager.default.fileExists(atPath: test.directory.path("new-links.csv")))
        _ = try test.workspace.lock()
        #expect(try !test.files().contains { $0.contains("staging") })
    }

    @Test("an erased person is gone from contacts and indexes of their part, other parts stay, and nobody else moves")
    func erasure() async throws {
        let distribution = try await generate(9)
        for range in [9..<13, 13..<15] { _ = try await add(people(range), to: distribution) }
        let parts = ["contacts-0-8", "contacts-9-12", "contacts-13-14"]
        #expect(
            try files(distribution)
                == (parts.flatMap { [$0 + ".csv", $0 + ".index"] } + ["manifest.json", "salt"]).sorted())
        func content(_ name: String) throws -> [UInt8] {
            try contents(of: library.path(of: distribution.id) + "/" + name)
        }
        for (erased, part) in [("c3", 0), ("p10@x.example", 1), ("c14", 2)] {
            let before = try parts.map { try content($0 + ".csv") }
            let indexes = try parts.map { try content($0 + ".index") }
            #expect(try test.workspace.erase(erased, at: test.now).distributions == [distribution.id])
            for index in parts.indices {
                #expect(try (content(parts[index] + ".csv") == before[index]) == (index != part))
                // One hash of an ID and one of an address fewer.
                let removed = indexes[index].count - (try content(parts[index] + ".index").count)
                #expect(removed == (index == part ? 16 : 0))
            }
        }
        let left = try ids(distribution)
        #expect(
            left
                == Dictionary(
                    uniqueKeysWithValues: (0..<15).filter { ![3, 10, 14].contains($0) }.map { (UInt32($0), "c\($0)") }))
        // They are strangers now, and can be added like any others.
        let addition = try await add(people(0..<15), to: distribution)
        #expect(addition.added == 3 && addition.recipients == 12 && addition.distribution.contacts == 18)
        #expect(try test.rows("new-links.csv").map { $0["Contact ID"] } == ["c3", "c10", "c14"])
        #expect(addition.distribution.revoked == [Serial(rawValue: 3), Serial(rawValue: 10), Serial(rawValue: 14)])
    }

    @Test("many additions leave few files, and every contact at its place")
    func merging() async throws {
        let distribution = try await generate(3)
        var links = try test.rows().map { $0["Link"] }
        var before = try RecipientReader(of: distribution, in: library)
        for number in 3..<67 {
            _ = try await add(people(number..<number + 1), to: distribution)
            links += try test.rows("new-links.csv").map { $0["Link"] }
        }
        _ = try test.workspace.lock()
        let files = try files(distribution)
        #expect(files.count <= 2 + 2 * 8, "\(files)")
        #expect(try ids(distribution) == Dictionary(uniqueKeysWithValues: (0..<67).map { (UInt32($0), "c\($0)") }))
        #expect(try await download(distribution).map { $0["Link"] } == links)
        #expect(try await add(people(0..<67), to: distribution).recipients == 67)
        // A reader that was opened before the additions reads to its end and sees none of them.
        var count = 0
        while let contact = try before.next() {
            #expect(contact[.contactID] == "c\(count)")
            count += 1
        }
        #expect(count == 3)
        // As does whoever has an old manifest.
        var old = try RecipientReader(of: distribution, in: library)
        #expect(try old.next()?[.contactID] == "c0" && old.next() != nil && old.next() != nil && old.next() == nil)
    }

    @Test("whoever reads while contacts are added and files are merged sees every contact that the manifest says")
    func readingMeanwhile() async throws {
        let test = test
        let distribution = try await generate(3)
        let reading = Reading()
        try await withThrowingTaskGroup(of: Void.self) { (group) in
            group.addTask {
                while !reading.isOver.load(ordering: .relaxed) {
                    do {
                        let known = try test.distributions.distribution(distribution.id)
                        // Others add in between, so the manifest is out of date when it is used.
                        await Task.yield()
                        var reader = try RecipientReader(of: known, in: test.distributions)
                        var count = 0
                        while let contact = try reader.next(), contact[.contactID] == "c\(count)" { count += 1 }
                        reading.outcome.withLock {
                            $0.rounds += 1
                            if count != known.contacts { $0.failures.append("\(count) of \(known.contacts)") }
                        }
                    } catch {
                        reading.outcome.withLock { $0.failures.append("\(error)") }
                    }
                }
            }
            defer { reading.isOver.store(true, ordering: .relaxed) }
            for number in 3..<103 { _ = try await add(people(number..<number + 1), to: distribution) }
        }
        let (rounds, failures) = reading.outcome.withLock { $0 }
        #expect(failures.isEmpty && rounds > 10, "\(rounds): \(failures)")
        #expect(try ids(distribution) == Dictionary(uniqueKeysWithValues: (0..<103).map { (UInt32($0), "c\($0)") }))
    }

    @Test("an index that is missing or belongs to other contacts is made anew", arguments: [false, true])
    func indexes(isMissing: Bool) async throws {
        let distribution = try await generate(6)
        let other = try await library.generate(test.request(test.people(7)), key: test.key, at: test.now).distribution
        let path = library.path(of: distribution.id) + "/contacts-0-5.index"
        try FileManager.default.removeItem(atPath: path)
        if !isMissing {
            try FileManager.default.copyItem(atPath: library.path(of: other.id) + "/contacts-0-6.index", toPath: path)
        }
        // Without a change, for conditions.
        #expect(try Recipients(of: distribution, in: library).include(Contact(email: "P5@x.example")))
        #expect(try !Recipients(of: distribution, in: library).include(Contact(email: "p6@x.example")))
        let addition = try await add(people(4..<8), to: distribution)
        #expect(addition.added == 2 && addition.recipients == 2)
        let part = try #require(try library.openParts(of: distribution).first)
        #expect(try library.index(of: part, of: distribution.id) != nil)
    }

    @Test("a part that nobody committed is not read, and is removed, whatever its size")
    func uncommittedPart() async throws {
        let distribution = try await generate(6)
        let directory = library.path(of: distribution.id)
        for suffix in ["csv", "index"] {
            try FileManager.default.copyItem(
                atPath: "\(directory)/contacts-0-5.\(suffix)", toPath: "\(directory)/contacts-6-11.\(suffix)")
        }
        #expect(try ids(distribution).count == 6)
        let addition = try await add(people(6..<8), to: distribution)
        #expect(addition.added == 2)
        #expect(try ids(distribution) == Dictionary(uniqueKeysWithValues: (0..<8).map { (UInt32($0), "c\($0)") }))
        #expect(
            try files(distribution) == [
                "contacts-0-5.csv", "contacts-0-5.index", "contacts-6-7.csv", "contacts-6-7.index", "manifest.json",
                "salt",
            ])
    }

    @Test("a distribution that lacks contacts is damaged, and says so")
    func missingPart() async throws {
        let distribution = try await generate(6)
        _ = try await add(people(6..<8), to: distribution)
        try FileManager.default.removeItem(atPath: library.path(of: distribution.id) + "/contacts-6-7.csv")
        #expect {
            try library.forEachContact(of: distribution.id) { (_, _) in true }
        } throws: { (error) in
            if case .damaged = error as? DistributionsError { true } else { false }
        }
        // What is left is not removed for that.
        _ = try test.workspace.lock()
        #expect(try files(distribution).contains("contacts-0-5.csv"))
    }

    @Test("a manifest that can't be read is no reason to remove the contacts")
    func damagedManifest() async throws {
        let distribution = try await generate(6)
        _ = try await add(people(6..<8), to: distribution)
        let files = try files(distribution)
        let path = library.path(of: distribution.id) + "/manifest.json"
        let manifest = try contents(of: path)
        try Data("{".utf8).write(to: URL(filePath: path))
        _ = try test.workspace.lock()
        #expect(try self.files(distribution) == files)
        try Data(manifest).write(to: URL(filePath: path))
        #expect(try ids(distribution).count == 8)
    }

    @Test("the last 256 serials are for test links and never a contact's")
    func serials() {
        #expect(Serial(ofRecipient: 0xFFFF_FEFF)?.rawValue == 0xFFFF_FEFF)
        #expect(Serial(ofRecipient: 0xFFFF_FF00) == nil && Serial(ofRecipient: 1 << 32) == nil)
    }
}
