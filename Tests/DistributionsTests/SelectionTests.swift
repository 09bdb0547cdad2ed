import Consumption
import LinkToken
import TestSupport
import Testing

@testable import Distributions

@Suite struct SelectionTests {
    let test = try! TestWorkspace()

    @Test("a sample is of the size asked for, keeps the order, and its seed repeats it")
    func sample() async throws {
        var request = try test.request(test.people(500))
        request.selection.sample = try SampleSize("10%")
        let (distribution, _) = try await test.distributions.generate(request, key: test.key, at: test.now)
        let ids = try test.rows().map { Int($0["Contact ID"]!.dropFirst())! }
        #expect(ids.count == 50 && ids == ids.sorted() && Set(ids).count == 50)
        #expect(distribution.origin.selection == .sample)
        request.selection.seed = distribution.origin.seed
        _ = try await test.distributions.generate(request, key: test.key, at: test.now)
        #expect(try test.rows().map { Int($0["Contact ID"]!.dropFirst())! } == ids)
    }

    @Test("contacts are chosen by ID or address, left out when they have a link, and followed up by status")
    func selections() async throws {
        var request = try test.request(test.people(10))
        request.selection.contacts = ["c3", "P7@X.example"]
        let (first, _) = try await test.distributions.generate(request, key: test.key, at: test.now)
        #expect(try test.rows().map { $0["Contact ID"] } == ["c3", "c7"])

        request.selection = .all
        request.selection.notIn = [first.id]
        let (second, _) = try await test.distributions.generate(request, key: test.key, at: test.now)
        #expect(try test.rows().map { $0["Contact ID"] } == ["c0", "c1", "c2", "c4", "c5", "c6", "c8", "c9"])

        var uses = DistributionHistory()
        let nonce = Nonce(distribution: second.id, serial: Serial(rawValue: 1))
        uses.apply(LinkEvent(nonce: nonce, kind: .started, time: test.now))
        request = try test.request(.distribution(second.id, uses))
        request.selection.statuses = [.surveyStarted]
        _ = try await test.distributions.generate(request, key: test.key, at: test.now)
        #expect(try test.rows().map { $0["Contact ID"] } == ["c1"])
        let reminder = try await test.distributions.download(
            second.id, uses: uses, statuses: [.emailNotSent], key: test.key, output: test.directory.path("again.csv"),
            at: test.now)
        #expect(reminder.rows == 7)
        #expect(!(try test.rows("again.csv")).contains { $0["Contact ID"] == "c1" })
    }

    @Test("a source without IDs is matched with earlier distributions by address")
    func notInByEmail() async throws {
        let (first, _) = try await test.distributions.generate(
            test.request(.file(ContactFile(test.directory.write("email\na@x.example\n", to: "a.csv")))), key: test.key,
            at: test.now)
        var request = try test.request(
            .file(ContactFile(test.directory.write("email\nA@x.example\nb@x.example\n", to: "b.csv"))))
        request.selection.notIn = [first.id]
        _ = try await test.distributions.generate(request, key: test.key, at: test.now)
        #expect(try test.rows().map { $0["Email"] } == ["b@x.example"])
    }

    private func refusal(_ request: GenerateRequest) async -> DistributionsError? {
        await #expect(throws: DistributionsError.self) {
            try await test.distributions.generate(request, key: test.key, at: test.now)
        }
    }

    @Test func `a selection that leaves nobody says why, and makes nothing`() async throws {
        let source = test.directory.path("people.csv")
        var request = try test.request(test.people(6))
        request.selection.sample = try SampleSize("1%")
        var error = await refusal(request)
        #expect(error == .emptySelection(source: source, .sample(.millionths(10_000), of: 6)))
        #expect(error?.description.contains("a sample of 1% of 6 contacts is rounded to nobody") == true)
        request.selection = .all
        let (first, _) = try await test.distributions.generate(request, key: test.key, at: test.now)
        request.selection.notIn = [first.id]
        request.output = test.directory.path("none.csv")
        for sample in [nil, SampleSize.count(3)] {
            request.selection.sample = sample
            error = await refusal(request)
            #expect(error == .emptySelection(source: source, .conditions(of: 6)))
        }
        _ = try test.workspace.contacts.importList(ContactFile(source), name: "People", at: test.now)
        request.source = .list("People")
        #expect(await refusal(request) == .emptySelection(source: "People", .conditions(of: 6)))
        _ = try test.workspace.contacts.importList(
            ContactFile(test.directory.write("id\nx1\n", to: "one.csv")), name: "One", at: test.now)
        _ = try test.workspace.erase("x1", at: test.now)
        #expect(await refusal(try test.request(.list("One"))) == .emptySelection(source: "One", .erased))
        #expect(try test.distributions.all() == [first])
        #expect(throws: (any Error).self) { try contents(of: test.directory.path("none.csv")) }
    }

    @Test func `a file in which everybody has opted out, and one without contacts, say so`() async throws {
        var file = ContactFile(
            try test.directory.write("id,email,Opt Out\n1,a@x.example,yes\n2,b@x.example,yes\n", to: "out.csv"))
        file.skipsOptedOut = true
        let all = DistributionsError.emptySelection(source: file.path, .optedOut(2))
        #expect(await refusal(try test.request(.file(file))) == all)
        #expect(throws: all) { try test.workspace.contacts.importList(file, name: "Out", at: test.now) }
        let empty = ContactFile(try test.directory.write("id,email\n", to: "empty.csv"))
        #expect(await refusal(try test.request(.file(empty))) == .noContacts(source: empty.path))
    }

    @Test func `a sample of more contacts than there are takes all, and says so`() async throws {
        var request = try test.request(test.people(6))
        request.selection.sample = .count(7)
        let (distribution, report) = try await test.distributions.generate(request, key: test.key, at: test.now)
        #expect(distribution.contacts == 6 && report.warnings == [.sampleTooLarge(asked: 7, available: 6)])
        request.selection.sample = .count(6)
        #expect(
            try await test.distributions.generate(request, key: test.key, at: test.now).report.warnings
                == [.nameTaken(asked: "NPS Q4", given: "NPS Q4 (2)")])
    }

    @Test func `a distribution for one person tells who it is, until they are erased`() async throws {
        var request = try test.request(test.people(3))
        request.selection.contacts = ["c1"]
        let (one, _) = try await test.distributions.generate(request, key: test.key, at: test.now)
        request.selection = .all
        let (all, _) = try await test.distributions.generate(request, key: test.key, at: test.now)
        #expect(try test.distributions.onlyContact(of: one)?.title == "Zoë Müller 1")
        #expect(try test.distributions.onlyContact(of: all) == nil)
        _ = try test.workspace.erase("c1", at: test.now)
        #expect(try test.distributions.onlyContact(of: one) == nil)
    }

    @Test("nothing is the name of no contact, though one may have no ID or no address", arguments: ["id", "email"])
    func namelessContacts(heading: String) async throws {
        let file = try test.directory.write(heading + "\nx@x.example\ny@x.example\n", to: "people.csv")
        var request = try test.request(.file(ContactFile(file)))
        request.selection.contacts = [""]
        let error = await #expect(throws: DistributionsError.self) {
            try await test.distributions.generate(request, key: test.key, at: test.now)
        }
        #expect(error == .contactsNotFound([""], source: file))
    }

    @Test("contacts that are asked for and not there are named")
    func missingContacts() async throws {
        var request = try test.request(test.people(3))
        request.selection.contacts = ["c1", "c9", "nobody@x.example"]
        let error = await #expect(throws: DistributionsError.self) {
            try await test.distributions.generate(request, key: test.key, at: test.now)
        }
        #expect(error == .contactsNotFound(["c9", "nobody@x.example"], source: test.directory.path("people.csv")))
    }
}
