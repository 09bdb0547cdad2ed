import Consumption
import ConsumptionLog
import Cryptography
import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

@testable import Distributions

@Suite struct LinkChangingTests {
    let test = try! TestWorkspace()

    func refusal(of link: String?, _ distribution: Distribution, later seconds: UInt32 = 0) -> String? {
        let trust = TestTrust(known: test.key.publicKey, distribution: distribution)
        do {
            _ = try Token(parsing: token(in: link)!).verify(
                against: trust, at: test.now.adding(seconds: seconds))
            return nil
        } catch {
            return error.code
        }
    }

    func generate(_ count: Int = 5) async throws -> Distribution {
        try await test.distributions.generate(test.request(test.people(count)), key: test.key, at: test.now)
            .distribution
    }

    func statuses(_ distribution: Distribution) async throws -> [LinkStatus: Int] {
        try await test.distributions.download(
            distribution.id, key: test.key, output: test.directory.path("again.csv"), at: test.now
        ).statuses
    }

    @Test("a deleted distribution's links are refused as deleted, and deleting again changes nothing")
    func deletion() async throws {
        let before = try await generate()
        let deleted = try test.distributions.delete(before.id, at: test.now)
        for row in try test.rows() { #expect(refusal(of: row["Link"], deleted) == "link_deleted") }
        #expect(try test.distributions.delete(before.id, at: test.now.adding(seconds: 5)) == deleted)
        #expect(try await statuses(before) == [.linkDeleted: 5])
        #expect(try test.distributions.published(at: test.now).map(\.changes.epoch) == [Epoch(rawValue: 1)])
    }

    @Test("links made anew work, those before do not, whether or not they were deleted", arguments: [true, false])
    func regeneration(isDeleted: Bool) async throws {
        let before = try await generate()
        let old = try test.rows()
        if isDeleted { _ = try test.distributions.delete(before.id, at: test.now) }
        var uses = DistributionHistory()
        let nonce = Nonce(distribution: before.id, serial: Serial(rawValue: 2))
        uses.apply(LinkEvent(nonce: nonce, kind: .started, time: test.now))
        let after = try await test.distributions.regenerate(
            before.id, uses: uses, key: test.key, output: test.directory.path("new.csv"), at: test.now)
        #expect(after.statuses == [.emailNotSent: 4, .surveyStarted: 1])
        let new = try test.rows("new.csv")
        for (old, new) in zip(old, new) {
            #expect(refusal(of: old["Link"], after.distribution) == "link_deleted")
            #expect(refusal(of: new["Link"], after.distribution) == nil)
            #expect(old["Contact ID"] == new["Contact ID"])
        }
        #expect(try test.distributions.distribution(before.id) == after.distribution)
    }

    @Test("one recipient's link is revoked, the others work")
    func revocation() async throws {
        let before = try await generate()
        let recipients = try test.distributions.recipients(called: ["c1", "P3@x.example"], of: before)
        let serials = Set(recipients.keys)
        #expect(serials == [Serial(rawValue: 1), Serial(rawValue: 3)])
        let after = try test.distributions.revoke(before.id, serials: serials, at: test.now)
        #expect(
            try test.rows().map { refusal(of: $0["Link"], after) } == [nil, "link_revoked", nil, "link_revoked", nil])
        #expect(try await statuses(before) == [.emailNotSent: 3, .linkRevoked: 2])
        #expect(throws: DistributionsError.contactsNotFound(["c8"], source: "NPS Q4")) {
            try test.distributions.recipients(called: ["c0", "c8"], of: before)
        }
        #expect(throws: DistributionsError.notFound(what: "link", name: "5")) {
            try test.distributions.revoke(before.id, serials: [Serial(rawValue: 0), Serial(rawValue: 5)], at: test.now)
        }
        #expect(try test.distributions.distribution(before.id) == after)
    }

    @Test("a revocation is undone for those whose data is still there, and for no deleted distribution")
    func undoing() async throws {
        let before = try await generate()
        let (one, other) = (Serial(rawValue: 1), Serial(rawValue: 2))
        _ = try test.distributions.revoke(before.id, serials: [one, other], at: test.now)
        let undone = try test.distributions.undoRevocation(of: before.id, serials: [one], at: test.now)
        #expect(
            try test.rows().map { refusal(of: $0["Link"], undone) } == [nil, nil, "link_revoked", nil, nil])
        _ = try test.workspace.erase("c2", at: test.now)
        #expect(throws: DistributionsError.self) {
            try test.distributions.undoRevocation(of: before.id, serials: [other], at: test.now)
        }
        _ = try test.distributions.revoke(before.id, serials: [one], at: test.now)
        _ = try test.distributions.delete(before.id, at: test.now)
        #expect(throws: DistributionsError.self) {
            try test.distributions.undoRevocation(of: before.id, serials: [one], at: test.now)
        }
    }

    @Test("one recipient gets a new link: the old one is refused, also a revoked one, and no other link changes")
    func regeneratingOne() async throws {
        let before = try await generate()
        let old = try test.rows()
        let serial = Serial(rawValue: 2)
        _ = try test.distributions.revoke(before.id, serials: [serial], at: test.now)
        for round in 1...2 {
            let name = "new\(round).csv"
            let after = try await test.distributions.regenerate(
                before.id, serials: [serial], key: test.key, output: test.directory.path(name), at: test.now)
            let new = try test.rows(name)
            #expect(new.map { $0["Contact ID"] } == ["c2"] && after.rows == 1)
            #expect(refusal(of: new[0]["Link"], after.distribution) == nil)
            #expect(
                old.map { refusal(of: $0["Link"], after.distribution) } == [nil, nil, "link_revoked", nil, nil])
            if round == 2 {
                #expect(refusal(of: try test.rows("new1.csv")[0]["Link"], after.distribution) == "link_revoked")
            }
            // Downloading gives the links that work.
            _ = try await test.distributions.download(
                before.id, key: test.key, output: test.directory.path("again.csv"), at: test.now)
            let again = try test.rows("again.csv").map { $0["Link"] }
            #expect(again == old.map { $0["Contact ID"] == "c2" ? new[0]["Link"] : $0["Link"] })
        }
        let all = try await test.distributions.regenerate(
            before.id, key: test.key, output: test.directory.path("all.csv"), at: test.now)
        #expect(refusal(of: try test.rows("new2.csv")[0]["Link"], all.distribution) == "link_deleted")
        for row in try test.rows("all.csv") { #expect(refusal(of: row["Link"], all.distribution) == nil) }
        let deleted = try test.distributions.delete(before.id, at: test.now)
        for row in try test.rows("all.csv") { #expect(refusal(of: row["Link"], deleted) == "link_deleted") }
    }

    @Test("deleting also breaks the new link of a single recipient")
    func deletingNewLinks() async throws {
        let before = try await generate(2)
        _ = try await test.distributions.regenerate(
            before.id, serials: [Serial(rawValue: 1)], key: test.key, output: test.directory.path("new.csv"),
            at: test.now)
        let deleted = try test.distributions.delete(before.id, at: test.now)
        #expect(refusal(of: try test.rows("new.csv")[0]["Link"], deleted) == "link_deleted")
    }

    @Test("one recipient's link expires at another time than the others, until a date for all replaces it")
    func expiryOfOne() async throws {
        let before = try await generate(3)
        let later = before.linkExpiry.adding(seconds: 1000)
        let serial = Serial(rawValue: 1)
        let one = try test.distributions.changeExpiry(of: before.id, serials: [serial], to: later, at: test.now)
        let links = try test.rows().map { $0["Link"] }
        #expect(links.map { refusal(of: $0, one, later: 86_400 + 999) } == ["link_expired", nil, "link_expired"])
        #expect(refusal(of: links[1], one, later: 86_400 + 1000) == "link_expired")
        let end = test.now.adding(seconds: 86_400 + 100)
        #expect(try test.distributions.unexpiredLinks(of: test.key.id, at: end) == 3, "started ones can be resumed")
        let muchLater = test.now.adding(seconds: 86_400 + 7 * 86_400 + 500)
        #expect(try test.distributions.unexpiredLinks(of: test.key.id, at: muchLater) == 1)
        #expect(try test.distributions.published(at: muchLater).first?.changes.links[serial]?.expiry == later)
        let download = try await test.distributions.download(
            before.id, key: test.key, output: test.directory.path("again.csv"), at: end)
        #expect(download.statuses == [.linkExpired: 2, .emailNotSent: 1])
        #expect(
            try test.rows("again.csv").map { $0["Link Expiration"] }
                == [before.linkExpiry.description, later.description, before.linkExpiry.description])
        let all = try test.distributions.changeExpiry(of: before.id, to: test.now.adding(seconds: 50), at: test.now)
        #expect(all.linkChanges.isEmpty && links.allSatisfy { refusal(of: $0, all, later: 50) == "link_expired" })
    }

    @Test("a later expiry is refused where it can't help: the links are deleted, or their key no longer verifies")
    func futileExpiry() async throws {
        let before = try await generate(1)
        let later = before.linkExpiry.adding(seconds: 1000)
        _ = try test.distributions.delete(before.id, at: test.now)
        #expect(throws: DistributionsError.refused(before.id, reason: "its links were deleted")) {
            try test.distributions.changeExpiry(of: before.id, to: later, at: test.now)
        }
        var keyring = try Keyring.create(in: test.workspace.keyringDirectory, algorithm: .ed25519, at: test.now)
        let made = try await test.distributions.generate(
            test.request(test.people(1)), key: keyring.signingKey(), at: test.now
        ).distribution
        #expect(try test.distributions.changeExpiry(of: made.id, to: later, at: test.now).changedExpiry == later)
        _ = try keyring.revoke(made.keyID, at: test.now)
        let error = #expect(throws: DistributionsError.self) {
            try test.distributions.changeExpiry(of: made.id, to: later, at: test.now)
        }
        #expect(error?.description.contains("was revoked") == true)
    }

    @Test("a reopened link is unused as far as status, counts and merged logs say, and its next use counts")
    func reopening() async throws {
        let before = try await generate(2)
        let serial = Serial(rawValue: 1)
        let nonce = Nonce(distribution: before.id, serial: serial)
        var uses = DistributionHistory()
        // By a clock that is ahead of the admin's.
        uses.merge(LinkHistory(startedAt: test.now.adding(seconds: 30), finishedAt: test.now), at: serial)
        let after = try test.distributions.reopen(before.id, serials: [serial], uses: uses, at: test.now)
        let reopenedAt = try #require(after.linkChanges[serial]?.reopenedAt)
        #expect(reopenedAt > test.now.adding(seconds: 30))

        let logs = ["one.log", "two.log"].map { test.directory.path($0) }
        let first = try ConsumptionLog.open(at: logs[0], mode: .existingOrNew)
        _ = try await first.start(nonce, at: test.now.adding(seconds: 30), terms: .init(mayBegin: true, resume: .never))
        _ = try await first.finish(nonce, at: test.now.adding(seconds: 30))
        await first.close()
        let accounts = UseAccounts(logs: logs)
        let second = try ConsumptionLog.open(at: logs[1], mode: .existingOrNew)
        #expect(try await accounts.uses(of: before).counts == ConsumptionCounts(started: 1, finished: 1))
        #expect(try await accounts.uses(of: after).counts == ConsumptionCounts())
        // Its next use is at another edge, which knows nothing of the first.
        let later = reopenedAt.adding(seconds: 5)
        let terms = StartTerms(mayBegin: true, resume: .never, reopenedAt: reopenedAt)
        #expect(try await second.start(nonce, at: later, terms: terms) == .started(at: later))
        await second.close()
        let counted = try await accounts.uses(of: after)
        #expect(counted[serial] == LinkHistory(startedAt: later))
        #expect(after.status(of: serial, use: counted[serial], at: later) == .surveyStarted)

        _ = try test.distributions.revoke(before.id, serials: [serial], at: test.now)
        #expect(throws: DistributionsError.self) {
            try test.distributions.reopen(before.id, serials: [serial], uses: uses, at: test.now)
        }
    }

    @Test(
        "list, download, bundle and edge agree on the end of a distribution, to the second",
        arguments: [nil, 0, 100, 86_400, 86_450] as [UInt32?])
    func agreement(endsAfter: UInt32?) async throws {
        var distribution = try await generate(1)
        let link = try test.rows()[0]["Link"]
        if let endsAfter {
            distribution = try test.distributions.changeExpiry(
                of: distribution.id, to: test.now.adding(seconds: endsAfter), at: test.now)
        }
        let published = try #require(try test.distributions.published(at: test.now).first)
        #expect(published.expiry == distribution.expiry)
        // What links say has a leeway, what an admin says has none.
        let end = endsAfter ?? 86_400 + LinkExpiry.standardLeeway
        for later in [0, 1, 99, 100, 101, 86_399, 86_400, 86_459, 86_460, 86_461] as [UInt32] {
            let now = test.now.adding(seconds: later)
            let download = try await test.distributions.download(
                distribution.id, key: test.key, output: test.directory.path("again.csv"), at: now)
            let isOpen = later < end
            #expect(refusal(of: link, distribution, later: later) == (isOpen ? nil : "link_expired"), "\(later)")
            #expect(download.statuses == [isOpen ? .emailNotSent : .linkExpired: 1], "\(later)")
            let row = DistributionRow(distribution, ConsumptionCounts())
            #expect(row.standing(at: now) == (isOpen ? .active : .expired), "\(later)")
            #expect(published.expiry.hasPassed(at: now) == !isOpen, "\(later)")
            #expect(try test.rows("again.csv")[0]["Link Expiration"] == published.expiry.description)
        }
    }

    @Test(
        "a key is in use until no survey can be started or resumed with its links",
        arguments: [
            (nil, ResumePolicy.never, 86_400 + 60 + 60), (nil, .within(seconds: 30), 86_400 + 60 + 60),
            (nil, .within(seconds: 500), 86_400 + 60 + 500), (100, .never, 100 + 60), (100, .within(seconds: 500), 600),
        ] as [(UInt32?, ResumePolicy, UInt32)])
    func keyUse(endsAfter: UInt32?, resume: ResumePolicy, last: UInt32) async throws {
        var request = try test.request(test.people(3))
        request.resume = resume
        let distribution = try await test.distributions.generate(request, key: test.key, at: test.now).distribution
        if let endsAfter {
            _ = try test.distributions.changeExpiry(
                of: distribution.id, to: test.now.adding(seconds: endsAfter), at: test.now)
        }
        for later in [0, last / 2, last - 1] {
            let now = test.now.adding(seconds: later)
            #expect(try test.distributions.unexpiredLinks(of: test.key.id, at: now) == 3, "\(later)")
        }
        #expect(try test.distributions.unexpiredLinks(of: test.key.id, at: test.now.adding(seconds: last)) == 0)
    }

    @Test("an erased person is in no file any more, the links of the others stay as they are")
    func erasure() async throws {
        guard case .file(let file) = try test.people(5) else { return }
        _ = try test.workspace.contacts.importList(file, name: "Customers", at: test.now)
        _ = try test.workspace.contacts.makeDummyList(2, name: "Others", at: test.now)
        let distribution = try await generate()
        let before = try test.rows()
        let erasure = try test.workspace.erase("p2@X.example", at: test.now)
        #expect(erasure.lists == ["Customers"])
        #expect(erasure.distributions == [distribution.id])
        for path in try test.files() {
            let data = FileManager.default.contents(atPath: test.workspace.dataDirectory + "/" + path)
            let text = String(decoding: data ?? Data(), as: UTF8.self)
            #expect(!text.contains("p2@x.example") && !text.contains("Müller 2"), "\(path)")
        }
        let after = try test.distributions.distribution(distribution.id)
        #expect(refusal(of: before[2]["Link"], after) == "link_revoked")
        #expect(try await statuses(distribution) == [.emailNotSent: 4])
        let again = try test.rows("again.csv")
        #expect(again.map { $0["Link"] } == [0, 1, 3, 4].map { before[$0]["Link"] })
        #expect(try test.workspace.contacts.list(named: "Customers").contacts == 4)
        #expect(try test.workspace.erase("c2", at: test.now).foundNothing)
    }

    @Test("what is published names each distribution until nothing of it can be used")
    func published() async throws {
        let distribution = try await generate(1)
        let week: UInt32 = 7 * 86400
        let last = distribution.linkExpiry.adding(seconds: 60 + week)
        let before = UnixTime(rawValue: last.rawValue - 1)
        // A deleted link must stay deleted for as long as any edge's clock and leeway let it pass.
        #expect(try test.distributions.published(at: last).map(\.id) == [distribution.id])
        #expect(try test.distributions.published(at: last.adding(seconds: 2 * 86400)).isEmpty)
        #expect(try test.distributions.unexpiredLinks(of: test.key.id, at: before) == 1)
        #expect(try test.distributions.unexpiredLinks(of: test.key.id, at: last) == 0)
    }

    @Test("a distribution is found by ID, by its beginning, and by name")
    func finding() async throws {
        let first = try await generate(1)
        #expect(try test.distributions.distribution(called: "NPS Q4") == first)
        let second = try await generate(1)
        #expect(try test.distributions.distribution(called: "NPS Q4") == first)
        #expect(try test.distributions.distribution(called: "NPS Q4 (2)") == second)
        #expect(throws: DistributionsError.notFound(what: "distribution", name: "NPS")) {
            try test.distributions.distribution(called: "NPS")
        }
        #expect(try test.distributions.distribution(called: second.id.description) == second)
        #expect(try test.distributions.distribution(called: String(second.id.description.prefix(12))) == second)
        #expect(try Set(test.distributions.all()) == [first, second])
    }
}
