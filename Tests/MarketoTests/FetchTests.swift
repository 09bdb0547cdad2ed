import Distributions
import Foundation
import LinkToken
import Marketo
import MarketoStandIn
import Testing

@Suite struct `Fetching a list` {
    @Test(arguments: ["First_Name", "e_mail", "External_Data_Reference"])
    func `refuses a field that a list could not keep before anything is fetched`(name: String) throws {
        #expect {
            try LeadFields(["company", name])
        } throws: { "\($0)".contains("\"\(name)\"") }
    }

    @Test func `brings every lead with its fields in their places`() async throws {
        try await Setting.run { (test) in
            let fetch = try await test.fetch(["company", "leadScore", "preferredLanguage"])
            let (list, report) = try await test.contacts.importList(from: fetch, name: "A", at: test.now)
            #expect(list.contacts == 700)
            #expect(list.embeddedNames == ["company", "leadScore"])
            #expect(report.withoutEmail == 100)
            let contacts = try test.stored("A")
            #expect(contacts.map(\.externalDataReference) == (1...700).map(String.init))
            #expect(Set(contacts.map(\.id)).count == 700)
            let lead = contacts[9]
            #expect(lead.email == "Lead.10@example.com")
            #expect(lead.firstName == "=Zoë")
            #expect(lead.lastName == "Müller 10\nJr.")
            #expect(lead.language == "DE")
            #expect(lead.embeddedData == ["Firm 10", "10"])
            #expect(contacts[2].embeddedData[0] == "")
        }
    }

    /// LINKSEAL_MARKETO_LEADS sets how many.
    @Test(arguments: [UInt64(11), 12, 13])
    func `loses and doubles nothing under random faults`(seed: UInt64) async throws {
        let leads = max(6000, ProcessInfo.processInfo.environment["LINKSEAL_MARKETO_LEADS"].flatMap(Int.init) ?? 0)
        // 20 pages or more take 140 seconds or more, whatever the seed: some token runs out in mid-list.
        try await Setting.run(leads: leads, seed: seed, secondsPerCall: 7) { (test) in
            test.standIn.change {
                $0.faultRate = 0.2
                $0.repeatRate = 0.3
                $0.tokenLifetime = 120
            }
            let list = try await test.contacts.importList(
                from: test.fetch(["company"]), name: "A", at: test.now
            ).list
            #expect(list.contacts == leads, "seed \(seed)")
            var references: Set<Int> = []
            try test.contacts.forEachContact(of: list) { (contact) throws(DistributionsError) in
                references.insert(Int(contact.externalDataReference) ?? 0)
                return true
            }
            #expect(references == Set(1...leads), "seed \(seed)")
            #expect(test.standIn.change { $0.tokensMade } > 1)
        }
    }

    @Test func `goes on after the day's quota with the page that was missing`() async throws {
        try await Setting.run(leads: 1500) { (test) in
            let fetch = try await test.fetch()
            test.standIn.change { $0.quota = 3 }
            await #expect(throws: MarketoError.self) {
                try await test.contacts.importList(from: fetch, name: "A", at: test.now)
            }
            #expect(throws: DistributionsError.self) { try test.contacts.list(named: "A") }
            let before = test.standIn.change {
                $0.quota = .max
                return $0.calls.count
            }
            // A crash in the middle of a page leaves bytes that belong to none.
            let spool = try #require(try test.spools().first { $0.hasSuffix("leads.csv") })
            let file = try FileHandle(forWritingTo: URL(filePath: spool))
            try file.seekToEnd()
            try file.write(contentsOf: Data("half a row,".utf8))
            try file.close()
            #expect(try FileManager.default.attributesOfItem(atPath: spool)[.posixPermissions] as? Int == 0o600)

            _ = try await test.contacts.importList(from: fetch, name: "A", at: test.now)
            #expect(test.standIn.change { $0.calls.count } - before == 2)
            #expect(try test.stored("A").map(\.externalDataReference) == (1...1500).map(String.init))
            #expect(try test.spools().isEmpty)
        }
    }

    @Test func `begins anew where the page token is good no more`() async throws {
        try await Setting.run(leads: 900) { (test) in
            let fetch = try await test.fetch()
            test.standIn.change { $0.quota = 2 }
            await #expect(throws: MarketoError.self) {
                try await test.contacts.importList(from: fetch, name: "A", at: test.now)
            }
            test.standIn.change {
                $0.quota = .max
                $0.lists[0].leads = [5, 6]
            }
            _ = try await test.contacts.importList(from: fetch, name: "A", at: test.now)
            #expect(try test.stored("A").map(\.externalDataReference) == ["5", "6"])
        }
    }

    @Test func `a refresh tells who came and went and keeps the IDs of who stayed`() async throws {
        try await Setting.run(leads: 400) { (test) in
            let fetch = try await test.fetch()
            _ = try await test.contacts.importList(from: fetch, name: "A", at: test.now)
            let before = Dictionary(
                uniqueKeysWithValues: try test.stored("A").map { ($0.externalDataReference, $0.id) })
            test.standIn.change { $0.lists[0].leads = [900] + Array(3...400) + [901] }
            let refresh = try await test.contacts.refreshList(named: "A", from: fetch, at: test.now)
            #expect(refresh.added == ["900", "901"])
            #expect(refresh.removed == ["1", "2"])
            let after = try test.stored("A")
            #expect(after.count == 400)
            for contact in after where contact.externalDataReference < "900" {
                #expect(contact.id == before[contact.externalDataReference])
            }
            #expect(refresh.list.origin == fetch.origin)
        }
    }

    @Test func `a list that became empty replaces nothing`() async throws {
        try await Setting.run(leads: 5) { (test) in
            let fetch = try await test.fetch()
            _ = try await test.contacts.importList(from: fetch, name: "A", at: test.now)
            test.standIn.change { $0.lists[0].leads = [] }
            await #expect(throws: DistributionsError.self) {
                try await test.contacts.refreshList(named: "A", from: fetch, at: test.now)
            }
            #expect(try test.stored("A").count == 5)
        }
    }

    @Test func `is of one instance, and is done by one at a time`() async throws {
        try await Setting.run { (test) in
            _ = try await test.contacts.importList(from: test.fetch(), name: "A", at: test.now)
            let elsewhere = Diverted(fetch: try await test.fetch(), instance: "https://sandbox.example")
            let error = await #expect(throws: DistributionsError.self) {
                try await test.contacts.refreshList(named: "A", from: elsewhere, at: test.now)
            }
            #expect(error?.description.contains("expected \(test.standIn.origin)") == true)

            let inner = try await test.fetch()
            let outer = Diverted(fetch: try await test.fetch(), instance: test.standIn.origin) {
                await #expect(throws: DistributionsError.busy) {
                    try await test.contacts.importList(from: inner, name: "C", at: test.now)
                }
            }
            _ = try await test.contacts.importList(from: outer, name: "B", at: test.now)
            #expect(try test.references("B") == test.references("A"))
        }
    }
}

/// A fetch that says that it is of an instance, and has something done in between.
private struct Diverted: ContactSupplier {
    let fetch: LeadFetch
    let instance: String
    var during: @Sendable () async -> Void = {}

    var origin: ContactListOrigin? {
        fetch.origin.map {
            ContactListOrigin(service: $0.service, instance: instance, id: $0.id, name: $0.name, fields: $0.fields)
        }
    }

    func contacts(
        in directory: String, progress: ContactLibrary.ContactProgress?
    ) async throws(MarketoError) -> ContactFile {
        let file = try await fetch.contacts(in: directory, progress: progress)
        await during()
        return file
    }
}
