import Consumption
import Foundation
import LinkToken
import TestSupport
import Testing

@testable import Distributions

@Suite struct RevokingTests {
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
        #expect(try test.distributions.published(at: test.now).map(\.revocation.epoch) == [Epoch(rawValue: 1)])
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
        let (after, count) = try test.distributions.revoke(before.id, contacts: ["c1", "P3@x.example"], at: test.now)
        #expect(count == 2)
        #expect(
            try test.rows().map { refusal(of: $0["Link"], after) } == [nil, "link_revoked", nil, "link_revoked", nil])
        #expect(try await statuses(before) == [.emailNotSent: 3, .linkDeleted: 2])
        #expect(throws: DistributionsError.contactsNotFound(["c8"], source: "NPS Q4")) {
            try test.distributions.revoke(before.id, contacts: ["c0", "c8"], at: test.now)
        }
        #expect(try test.distributions.distribution(before.id) == after)
    }

    @Test("a distribution ends when an admin says, never later than its links say")
    func ending() async throws {
        let before = try await generate(1)
        let after = try test.distributions.changeExpiry(of: before.id, to: test.now.adding(seconds: 100))
        let link = try test.rows()[0]["Link"]
        #expect(refusal(of: link, after, later: 99) == nil)
        #expect(refusal(of: link, after, later: 100) == "link_expired")
        #expect(throws: DistributionsError.self) {
            try test.distributions.changeExpiry(of: before.id, to: before.linkExpiry.adding(seconds: 1))
        }
    }

    @Test(
        "list, download, bundle and edge agree on the end of a distribution, to the second",
        arguments: [nil, 0, 100, 86_400] as [UInt32?])
    func agreement(endsAfter: UInt32?) async throws {
        var distribution = try await generate(1)
        let link = try test.rows()[0]["Link"]
        if let endsAfter {
            distribution = try test.distributions.changeExpiry(
                of: distribution.id, to: test.now.adding(seconds: endsAfter))
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
            _ = try test.distributions.changeExpiry(of: distribution.id, to: test.now.adding(seconds: endsAfter))
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
