import Consumption
import Cryptography
import Foundation
import LinkToken
import Synchronization
import TestSupport
import Testing
import Trust

@testable import Distributions

@Suite struct GeneratingTests {
    let test = try! TestWorkspace()

    @Test("every contact gets a link of its own that verifies and names it")
    func links() async throws {
        let (distribution, report) = try await test.distributions.generate(
            test.request(test.people(3000)), key: test.key, at: test.now)
        #expect(distribution.contacts == 3000)
        #expect(report.contacts.contacts == 3000)
        let rows = try test.rows()
        #expect(rows.count == 3000)
        let trust = TestTrust(known: test.key.publicKey, distribution: distribution)
        let salt = try test.distributions.salt(of: distribution)
        for (index, row) in rows.enumerated() {
            let link = try Token(parsing: token(in: row["Link"])!).verify(against: trust, at: test.now)
            #expect(link.nonce == Nonce(distribution: distribution.id, serial: Serial(rawValue: UInt32(index))))
            #expect(link.claims.contactID.text == "c\(index)" && row["Contact ID"] == "c\(index)")
            #expect(link.expiry == .ofToken(distribution.linkExpiry))
            #expect(row["Status"] == "Email Not Sent")
            #expect(row["Link Expiration"] == "2026-11-25T07:18:07Z")
            let fields =
                [(name: "Plan", value: row["Plan"]!)] + (index % 2 == 0 ? [] : [(name: "Größe", value: "groß")])
            #expect(throws: Never.self) { try link.check(EmbeddedData(fields), salt: salt) }
        }
        #expect(Set(rows.map { $0["Link"] }).count == 3000)
    }

    @Test("a key that is revoked while its links are minted leaves no distribution")
    func keyRevokedMeanwhile() async throws {
        let keyring = try Keyring.create(in: test.workspace.keyringDirectory, algorithm: .ed25519, at: test.now)
        let key = try keyring.signingKey()
        let error = await #expect(throws: DistributionsError.self) {
            try await test.distributions.generate(test.request(test.people(10)), key: key, at: test.now) { [test] _ in
                var keyring = keyring
                _ = try! keyring.revoke(key.id, at: test.now)
            }
        }
        #expect("\(try #require(error))".contains("\(key.id) was revoked"))
        #expect(try test.distributions.all().isEmpty && !test.directory.names.contains("links.csv"))
    }

    @Test("a key that is revoked while links are made anew with it leaves the old ones in force")
    func keyRevokedWhileRegenerating() async throws {
        var keyring = try Keyring.create(in: test.workspace.keyringDirectory, algorithm: .ed25519, at: test.now)
        let (first, _) = try await test.distributions.generate(
            test.request(test.people(10)), key: keyring.signingKey(), at: test.now)
        let replacement = try #require(try keyring.revoke(first.keyID, at: test.now).replacement)
        let key = try keyring.privateKey(replacement.id)
        let revoke: MintingProgress.Report = { [keyring] _ in
            var keyring = keyring
            _ = try! keyring.revoke(key.id, at: keyring.keys[0].createdAt)
        }
        for isRegenerating in [true, false] {
            let error = await #expect(throws: DistributionsError.self) {
                isRegenerating
                    ? try await test.distributions.regenerate(
                        first.id, key: key, output: test.directory.path("new.csv"), at: test.now, progress: revoke)
                    : try await test.distributions.download(
                        first.id, key: key, output: test.directory.path("new.csv"), at: test.now, progress: revoke)
            }
            #expect("\(try #require(error))".contains("\(key.id) was revoked"))
            #expect(try test.distributions.distribution(first.id) == first)
        }
        #expect(!test.directory.names.contains("new.csv"))
    }

    @Test("the columns begin as the page of personal links has them")
    func columns() async throws {
        _ = try await test.distributions.generate(test.request(test.people(1)), key: test.key, at: test.now)
        let text = String(decoding: try contents(of: test.directory.path("links.csv")), as: UTF8.self)
        #expect(
            text.hasPrefix(
                "Contact ID,First Name,Last Name,Email,External Data Reference,Status,Link,Link Expiration,Language,Plan,Größe\r\n"
            ))
    }

    @Test("downloading again gives the same bytes, but for what was recorded since")
    func downloadAgain() async throws {
        let (distribution, _) = try await test.distributions.generate(
            test.request(test.people(2000)), key: test.key, at: test.now)
        let first = try test.rows()
        var uses = DistributionHistory()
        func event(_ serial: UInt32, _ event: LinkEvent.Kind, _ seconds: UInt32) {
            let nonce = Nonce(distribution: distribution.id, serial: Serial(rawValue: serial))
            uses.apply(
                LinkEvent(
                    nonce: nonce, kind: event, time: test.now.adding(seconds: seconds),
                    details: StartDetails(startedBy: .scanner)))
        }
        event(3, .started, 10)
        event(4, .started, 20)
        event(4, .finished, 30)
        let result = try await test.distributions.download(
            distribution.id, uses: uses, key: test.key, output: test.directory.path("again.csv"), at: test.now)
        #expect(result.replacedKey == nil)
        #expect(result.statuses == [.emailNotSent: 1998, .surveyStarted: 1, .surveyFinished: 1])
        let again = try test.rows("again.csv")
        for (index, (before, after)) in zip(first, again).enumerated() {
            var after = after
            let times = ["Started At", "Started By", "Finished At"].map { after.removeValue(forKey: $0) }
            switch index {
            case 3:
                #expect(after["Status"] == "Survey Started")
                #expect(times == ["2026-11-24T07:18:17Z", "scanner", ""])
            case 4:
                #expect(after["Status"] == "Survey Finished")
                #expect(times == ["2026-11-24T07:18:27Z", "scanner", "2026-11-24T07:18:37Z"])
            default: #expect(times == ["", "", ""])
            }
            after["Status"] = before["Status"]
            #expect(after == before)
        }
        _ = try await test.distributions.download(
            distribution.id, uses: uses, key: test.key, output: test.directory.path("third.csv"), at: test.now)
        #expect(try contents(of: test.directory.path("third.csv")) == contents(of: test.directory.path("again.csv")))
    }

    @Test("made IDs are in the spreadsheet and the same when it is downloaded again")
    func madeIDs() async throws {
        let file = try test.directory.write("email\na@x.example\nb@x.example\n", to: "mails.csv")
        let (distribution, report) = try await test.distributions.generate(
            test.request(.file(ContactFile(file))), key: test.key, at: test.now)
        #expect(report.contacts.idsMade == 2)
        _ = try await test.distributions.download(
            distribution.id, key: test.key, output: test.directory.path("again.csv"), at: test.now)
        #expect(try test.rows().map { $0["Contact ID"] } == test.rows("again.csv").map { $0["Contact ID"] })
        #expect(try test.rows().map { $0["Link"] } == test.rows("again.csv").map { $0["Link"] })
    }

    @Test("chosen fields travel in the link, and only they are hashed")
    func inLink() async throws {
        let (distribution, _) = try await test.distributions.generate(
            test.request(test.people(2), template: "https://s.example/{Plan}", inLink: ["Größe", "Plan"]),
            key: test.key, at: test.now)
        let rows = try test.rows()
        #expect(rows[0]["Link"]!.hasSuffix("?Plan=gold"))
        #expect(rows[1]["Link"]!.hasSuffix("?Gr%C3%B6%C3%9Fe=gro%C3%9F&Plan=silver"))
        let trust = TestTrust(known: test.key.publicKey, distribution: distribution)
        let link = try Token(parsing: token(in: rows[0]["Link"])!).verify(against: trust, at: test.now)
        #expect(throws: Never.self) { try link.check(EmbeddedData([(name: "Plan", value: "gold")]), salt: .inLink) }
        #expect(throws: LinkRefusal.embeddedDataMismatch) {
            try link.check(EmbeddedData([(name: "Plan", value: "silver")]), salt: .inLink)
        }
        #expect(!(try test.files()).contains { $0.hasSuffix("salt") })
    }

    @Test("contacts without embedded data get the shorter token")
    func noEmbeddedData() async throws {
        _ = try await test.distributions.generate(test.request(.dummies(3)), key: test.key, at: test.now)
        for row in try test.rows() {
            #expect(token(in: row["Link"])!.count == 134)
            #expect(row["Email"] == "dummy@example.invalid")
        }
    }

    @Test(
        "what can't be used is refused, and nothing is written",
        arguments: [
            "", "name\nx\n", "id,email\n1,a\n1,b\n", "email\na\n\"b\n", "id,email\n", "email,plan\na,b,c\n",
        ])
    func refusals(text: String) async throws {
        let file = try test.directory.write(text, to: "people.csv")
        await #expect(throws: DistributionsError.self) {
            try await test.distributions.generate(test.request(.file(ContactFile(file))), key: test.key, at: test.now)
        }
        #expect(try test.files() == ["contacts", "distributions", "lock"])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: test.directory.root).sorted() == [
                "linkseal-data", "people.csv",
            ])
    }

    @Test("a pipe is read as a file is, for a sample and for duplicates too")
    func pipe() async throws {
        let path = test.directory.path("pipe")
        #expect(mkfifo(path, 0o600) == 0)
        func feed(_ text: String) { Thread.detachNewThread { try? Data(text.utf8).write(to: URL(filePath: path)) } }
        var request = try test.request(.file(ContactFile(path)))
        request.selection.sample = .count(3)
        feed("id\n" + (0..<100).map { "p\($0)\n" }.joined())
        #expect(
            try await test.distributions.generate(request, key: test.key, at: test.now).distribution.contacts == 3)
        request.selection = .all
        feed("id\n1\n2\n1\n")
        let error = await #expect(throws: DistributionsError.self) {
            try await test.distributions.generate(request, key: test.key, at: test.now)
        }
        #expect(error == .contact(file: path, line: 4, fault: .duplicateID(id: "1", firstLine: 2)))
    }

    @Test("the contact file itself is not overwritten by its spreadsheet")
    func sameFile() async throws {
        var request = try test.request(test.people(3))
        request.output = test.directory.root + "/./people.csv"
        await #expect(throws: DistributionsError.self) {
            try await test.distributions.generate(request, key: test.key, at: test.now)
        }
        #expect(try test.rows("people.csv").count == 3)
    }

    @Test("what is no regular file is written to and stays what it is")
    func specialOutput() async throws {
        var request = try test.request(test.people(3))
        request.output = test.directory.path("null")
        #expect(symlink("/dev/null", request.output) == 0)
        _ = try await test.distributions.generate(request, key: test.key, at: test.now)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: request.output) == "/dev/null")
    }

    @Test("a field in the link that the contacts don't have is refused")
    func unknownInLinkField() async throws {
        let error = await #expect(throws: DistributionsError.self) {
            try await test.distributions.generate(
                test.request(test.people(3), inLink: ["Colour"]), key: test.key, at: test.now)
        }
        #expect(
            error
                == .inLinkField(
                    "Colour",
                    .unknown(known: ["Plan", "Größe"] + ContactField.allCases.map(\.heading))))
    }

    @Test("cancelled half-way, nothing is left behind")
    func cancellation() async throws {
        let test = test
        let task = Task {
            try await test.distributions.generate(test.request(test.people(20_000)), key: test.key, at: test.now) {
                if $0.done > 2000 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        let result = await task.result
        #expect(throws: DistributionsError.cancelled) { try result.get() }
        #expect(try test.files() == ["contacts", "distributions", "lock"])
        #expect(!FileManager.default.fileExists(atPath: test.directory.path("links.csv")))
    }

    @Test("progress counts up to the total")
    func progress() async throws {
        let list = try test.workspace.contacts.makeDummyList(2000, name: "Dummies", at: test.now)
        let seen = Mutex<[MintingProgress]>([])
        _ = try await test.distributions.generate(test.request(.list(list.name)), key: test.key, at: test.now) {
            progress in seen.withLock { $0.append(progress) }
        }
        let done = seen.withLock { $0 }
        #expect(done.map(\.done) == done.map(\.done).sorted())
        #expect(done.last?.done == 2000 && done.last?.total == 2000 && done.last?.timeLeft == .zero)
    }

    @Test("a new key is used and recorded when the old one verifies no more")
    func replacedKey() async throws {
        let (distribution, _) = try await test.distributions.generate(
            test.request(test.people(2)), key: test.key, at: test.now)
        let other = try PrivateKey.generate(.p256)
        let result = try await test.distributions.download(
            distribution.id, key: other, output: test.directory.path("again.csv"), at: test.now)
        #expect(result.replacedKey == test.key.id)
        #expect(try test.distributions.distribution(distribution.id).keyID == other.id)
        for row in try test.rows("again.csv") {
            #expect(throws: Never.self) {
                try Token(parsing: token(in: row["Link"])!).verify(
                    against: TestTrust(known: other.publicKey), at: test.now)
            }
        }
    }

    @Test("what holds personal data or secrets is for its owner only")
    func permissions() async throws {
        _ = try await test.distributions.generate(test.request(test.people(2)), key: test.key, at: test.now)
        _ = try test.workspace.contacts.makeDummyList(2, name: "x", at: test.now)
        let paths =
            try test.files().map { test.workspace.dataDirectory + "/" + $0 } + [test.directory.path("links.csv")]
        for path in paths {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let mode = (attributes[.posixPermissions] as! NSNumber).intValue
            #expect(mode & 0o077 == 0, "\(path) has \(String(mode, radix: 8))")
        }
        // No link lies in the workspace.
        for path in paths.dropLast() where !path.hasSuffix("salt") {
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            #expect(!text.contains(try test.rows()[0]["Link"]!))
        }
    }
}
