import Consumption
import Cryptography
import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

@testable import Distributions

/// Processes that are killed while they write. Each test runs a copy of itself and kills it at a random moment.
@Suite(.serialized) struct CrashTests {
    @Test("killed while generating, a workspace lists only whole distributions, and the spreadsheet is whole or absent")
    func generating() async throws {
        let test = try TestWorkspace()
        _ = try test.people(600)
        try FileManager.default.createDirectory(
            atPath: test.workspace.keyringDirectory, withIntermediateDirectories: true)
        try test.key.write(to: test.workspace.keyringDirectory + "/key.pem")
        var interrupted = 0
        for round in 0..<25 {
            let root = test.directory.root
            let delay = UInt32.random(in: 0...500_000)
            await #expect(processExitsWith: .signal(SIGKILL)) { [root = root as String, delay = delay as UInt32] in
                killAfter(delay)
                let workspace = try Workspace(opening: root)
                let key = try PrivateKey(contentsOf: workspace.keyringDirectory + "/key.pem")
                var request = GenerateRequest(
                    name: "killed", source: .file(ContactFile(root + "/people.csv")),
                    surveyURL: try SurveyURLTemplate("https://survey.example/{session}"),
                    baseURL: try LinkBaseURL("https://l.example/"), expiry: UnixTime(rawValue: 4_000_000_000),
                    output: root + "/links.csv")
                request.embeddedData = .sealed
                while true {
                    _ = try await workspace.distributions.generate(
                        request, key: key, at: UnixTime(rawValue: 1_800_000_000))
                }
            }
            for distribution in try test.distributions.all() {
                #expect(distribution.contacts == 600)
                var count = 0
                try test.distributions.forEachContact(of: distribution.id) { contact, serial in
                    count += contact[.contactID] == "c\(serial)" ? 1 : 0
                    return true
                }
                #expect(count == 600, "round \(round), \(delay) µs")
                #expect(throws: Never.self) { try test.distributions.salt(of: distribution) }
            }
            if FileManager.default.fileExists(atPath: test.directory.path("links.csv")) {
                #expect(try test.rows().count == 600, "round \(round), \(delay) µs")
            }
            if try test.files().contains(where: { $0.contains("staging") }) { interrupted += 1 }
            _ = try test.workspace.lock()
            #expect(try !test.files().contains { $0.contains("staging") || $0.contains("tmp") })
        }
        // Else nothing was tested.
        #expect(interrupted > 0)
        #expect(try !test.distributions.all().isEmpty)
    }

    @Test("killed while adding, a distribution has all of the contacts or none, and adding again completes it")
    func adding() async throws {
        let test = try TestWorkspace()
        let (distribution, _) = try await test.distributions.generate(
            test.request(test.people(20)), key: test.key, at: test.now)
        try FileManager.default.createDirectory(
            atPath: test.workspace.keyringDirectory, withIntermediateDirectories: true)
        try test.key.write(to: test.workspace.keyringDirectory + "/key.pem")
        func addition(_ number: Int) -> AddRequest {
            AddRequest(
                source: .file(ContactFile(test.directory.path("batch-\(number).csv"))),
                output: test.directory.path("new.csv"))
        }
        var batches = 0
        var (interrupted, successful) = (0, 0)
        for round in 0..<50 {
            let root = test.directory.root
            let id = distribution.id.description
            let delay = UInt32.random(in: 0...150_000)
            let from = batches
            for number in from..<from + 20 {
                let rows = (0..<size(ofBatch: number)).map { "b\(number)-\($0),b\(number)-\($0)@x.example\n" }
                _ = try test.directory.write("id,email\n" + rows.joined(), to: "batch-\(number).csv")
            }
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [root = root as String, id = id as String, delay = delay as UInt32, from = from as Int] in
                killAfter(delay)
                let workspace = try Workspace(opening: root)
                let key = try PrivateKey(contentsOf: workspace.keyringDirectory + "/key.pem")
                while true {
                    for number in from..<from + 20 {
                        let request = AddRequest(
                            source: .file(ContactFile(root + "/batch-\(number).csv")), output: root + "/new.csv")
                        _ = try await workspace.distributions.add(
                            request, to: DistributionID(id)!, key: key, at: UnixTime(rawValue: 1_795_504_687))
                    }
                }
            }
            // Whole before anything is repaired.
            let kept = try test.distributions.distribution(distribution.id)
            var found: [String: Int] = [:]
            var next: UInt32 = 0
            try test.distributions.forEachContact(of: kept.id) { (contact, serial) in
                #expect(serial.rawValue == next)
                next += 1
                found[String(contact[.contactID].prefix { $0 != "-" }), default: 0] += 1
                return true
            }
            #expect(next == kept.contacts, "round \(round), \(delay) µs")
            for number in 0..<from + 20 {
                let count = found["b\(number)"] ?? 0
                #expect(count == 0 || count == size(ofBatch: number), "batch \(number), \(delay) µs")
            }
            let spreadsheet = test.directory.path("new.csv")
            if FileManager.default.fileExists(atPath: spreadsheet) {
                for row in try test.rows("new.csv") {
                    let claims = try Token(parsing: token(in: row["Link"]) ?? "").unverifiedClaims
                    let contact = try test.distributions.contact(at: claims.nonce.serial, of: kept.id)
                    #expect(contact?[.contactID] == row["Contact ID"], "round \(round), \(delay) µs")
                }
                try FileManager.default.removeItem(atPath: spreadsheet)
            }
            if try test.files().contains(where: { $0.contains("staging") }) { interrupted += 1 }
            let begun = (from..<from + 20).first { found["b\($0)"] == nil } ?? from + 20
            // The one that it was killed in, or before.
            if begun < from + 20 {
                let added = try await test.distributions.add(
                    addition(begun), to: kept.id, key: test.key, at: test.now)
                #expect(added.added == size(ofBatch: begun))
                #expect(try test.rows("new.csv").count == added.added)
                batches = begun + 1
            } else {
                batches = begun
            }
            if begun > from { successful += 1 }
            #expect(try !test.files().contains { $0.contains("staging") || $0.contains("tmp") })
        }
        // Else nothing was tested.
        #expect(interrupted > 0 && successful > 0)
        let total = (0..<batches).reduce(20) { $0 + size(ofBatch: $1) }
        #expect(try test.distributions.distribution(distribution.id).contacts == total)
        var ids: Set<String> = []
        try test.distributions.forEachContact(of: distribution.id) { (contact, _) in
            ids.insert(contact[.contactID]).inserted
        }
        #expect(ids.count == total)
        let files = try FileManager.default.contentsOfDirectory(
            atPath: test.distributions.path(of: distribution.id))
        #expect(files.count < 40, "\(files)")
    }

    @Test("killed while importing, changing and erasing, a workspace lists only whole lists and distributions")
    func changing() async throws {
        let test = try TestWorkspace()
        let source = try test.people(2000)
        let (distribution, _) = try await test.distributions.generate(test.request(source), key: test.key, at: test.now)
        for round in 0..<50 {
            let root = test.directory.root
            let id = distribution.id.description
            let delay = UInt32.random(in: 0...400_000)
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [root = root as String, id = id as String, delay = delay as UInt32] in
                killAfter(delay)
                let workspace = try Workspace(opening: root)
                var number = 0
                while true {
                    let now = UnixTime(rawValue: 1_800_000_000)
                    _ = try workspace.contacts.importList(
                        ContactFile(root + "/people.csv"), name: "List", replacing: true, at: now)
                    let (library, id) = (workspace.distributions, DistributionID(id)!)
                    let serials: Set = [Serial(rawValue: UInt32(number % 1900))]
                    let later = UnixTime(rawValue: 1_900_000_000 + UInt32(number))
                    _ = try library.revoke(id, serials: serials, at: now)
                    _ = try library.undoRevocation(of: id, serials: serials, at: now)
                    _ = try library.changeExpiry(of: id, to: later, at: now)
                    _ = try library.changeExpiry(of: id, serials: serials, to: later, at: now)
                    _ = try library.reopen(id, serials: serials, uses: DistributionHistory(), at: later)
                    var edit = DistributionEdit()
                    edit.surveyURL = "https://survey.example/\(number)?r={session}"
                    _ = try library.edit(id, edit, at: now)
                    _ = try number % 2 == 0 ? library.archive(id, at: now) : library.note("\(number)", on: id, at: now)
                    _ = try workspace.erase("c1999", at: now)
                    number += 1
                }
            }
            let kept = try #require(try test.distributions.all().first)
            #expect(kept.id == distribution.id && kept.contacts == 2000)
            var count = 0
            try test.distributions.forEachContact(of: kept.id) { contact, serial in
                count += contact[.contactID] == "c\(serial)" ? 1 : 0
                return true
            }
            #expect(count == 2000 || count == 1999 && kept.revoked.contains(Serial(rawValue: 1999)))
            for list in try test.workspace.contacts.lists() {
                var contacts = 0
                try test.workspace.contacts.forEachContact(of: list) { _ in
                    contacts += 1
                    return true
                }
                #expect(contacts == list.contacts, "round \(round), \(delay) µs")
                #expect([1999, 2000].contains(contacts))
            }
            _ = try test.workspace.lock()
        }
    }
}

/// How many contacts are added at a time: from 1 to 13.
private func size(ofBatch number: Int) -> Int { 1 + number % 7 * (number % 3) }

/// Ends this process as `kill -9` does.
private func killAfter(_ microseconds: UInt32) {
    Thread.detachNewThread {
        usleep(microseconds)
        kill(getpid(), SIGKILL)
    }
}
