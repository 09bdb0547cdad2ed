import Distributions
import Foundation
import Marketo
import MarketoStandIn
import Testing

@Suite struct `Exporting a smart list` {
    @Test func `brings the leads as a static list brings them`() async throws {
        try await Setting.run { (test) in
            let fields = ["company", "leadScore", "preferredLanguage"]
            let (list, report) = try await test.contacts.importList(
                from: test.export(fields), name: "A", at: test.now)
            _ = try await test.contacts.importList(from: test.fetch(fields), name: "B", at: test.now)
            #expect(list.contacts == 700)
            #expect(report.withoutEmail == 100)
            #expect(
                list.origin
                    == ContactListOrigin(
                        service: "marketo", instance: test.standIn.origin, id: "smart-2001", name: "Promoters",
                        fields: fields))
            func withoutIDs(_ name: String) throws -> [Contact] {
                try test.stored(name).map {
                    var contact = $0
                    contact.id = nil
                    return contact
                }
            }
            #expect(try withoutIDs("A") == withoutIDs("B"))
            #expect(try test.spools().isEmpty)
        }
    }

    @Test func `asks for a job's status once in a minute, and then less often`() async throws {
        try await Setting.run { (test) in
            test.standIn.change { $0.looksUntilCompleted = 8 }
            _ = try await test.contacts.importList(from: test.export(), name: "A", at: test.now)
            #expect(test.standIn.change { $0.calls.count { $0.hasSuffix("status.json") } } == 8)
            let waits = [60, 90, 120, 150, 180, 210, 240, 270]
            #expect(test.time.waited == .seconds(waits.reduce(0, +)))
            #expect(try test.references("A") == Array(1...700))
        }
    }

    @Test func `makes a job that failed again, three times at most`() async throws {
        try await Setting.run { (test) in
            test.standIn.change { $0.failingExports = 2 }
            _ = try await test.contacts.importList(from: test.export(), name: "A", at: test.now)
            #expect(test.standIn.change { $0.exports.map(\.status) } == ["Failed", "Failed", "Completed"])
            // Two looks at failing jobs, each a minute, and the waits before they were made again: a minute, a minute and a half.
            #expect(test.time.waited >= .seconds(60 + 90))
            test.standIn.change { $0.failingExports = 3 }
            await #expect(
                throws: MarketoError.exportFailed(
                    list: "Promoters", reason: "the job failed or was cancelled", attempts: 3)
            ) { try await test.contacts.importList(from: test.export(), name: "B", at: test.now) }
            #expect(test.standIn.change { $0.exports.count } == 6)
        }
    }

    @Test func `goes on with the bytes that are missing when the file is cut`() async throws {
        try await Setting.run { (test) in
            test.standIn.change { $0.cutFiles = 3 }
            _ = try await test.contacts.importList(from: test.export(["notes"]), name: "A", at: test.now)
            let ranges = test.standIn.change { $0.ranges }
            #expect(ranges.count == 4)
            #expect(ranges[0] == nil)
            let starts = ranges.dropFirst().compactMap { $0.flatMap { Int($0.dropFirst(6).prefix { $0 != "-" }) } }
            #expect(starts.count == 3 && starts[0] > 0 && starts[0] < starts[1] && starts[1] < starts[2], "\(ranges)")
            #expect(try test.references("A") == Array(1...700))
        }
    }

    @Test func `takes no file that differs from its checksum`() async throws {
        try await Setting.run { (test) in
            test.standIn.change { $0.damagedFiles = 2 }
            _ = try await test.contacts.importList(from: test.export(), name: "A", at: test.now)
            #expect(test.standIn.change { $0.exports.count } == 1)
            #expect(try test.references("A") == Array(1...700))
            test.standIn.change { $0.damagedFiles = 3 }
            await #expect(
                throws: MarketoError.exportFailed(
                    list: "Promoters", reason: "the file differs from its checksum", attempts: 3)
            ) { try await test.contacts.importList(from: test.export(), name: "B", at: test.now) }
            #expect(throws: DistributionsError.self) { try test.contacts.list(named: "B") }
        }
    }

    @Test func `gives up when a file never comes to its end`() async throws {
        try await Setting.run { (test) in
            test.standIn.change { $0.halfFiles = 3 }
            _ = try await test.contacts.importList(from: test.export(), name: "A", at: test.now)
            #expect(try test.references("A") == Array(1...700))
            test.standIn.change {
                $0.halfFiles = .max
                $0.ranges = []
            }
            let error = await #expect(throws: MarketoError.self) {
                try await test.contacts.importList(from: test.export(), name: "B", at: test.now)
            }
            guard case .unavailable(_, "the file is incomplete", 10) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            // The one that brought half of it, and ten that brought no more.
            #expect(test.standIn.change { $0.ranges.count } == 11)
        }
    }

    @Test func `makes a new job when the file is gone`() async throws {
        try await Setting.run { (test) in
            test.standIn.change { $0.timesFileIsGone = 1 }
            _ = try await test.contacts.importList(from: test.export(), name: "A", at: test.now)
            #expect(test.standIn.change { $0.exports.count } == 2)
        }
    }

    @Test func `waits for a place in the queue, and gives up at the day's quota`() async throws {
        try await Setting.run { (test) in
            test.standIn.change { $0.timesQueueIsFull = 2 }
            _ = try await test.contacts.importList(from: test.export(), name: "A", at: test.now)
            #expect(test.time.waited == .seconds(60 + 90))
            test.standIn.change { $0.exportQuota = 0 }
            await #expect(throws: MarketoError.exportQuotaReached(message: "Export daily quota exceeded")) {
                try await test.contacts.importList(from: test.export(), name: "B", at: test.now)
            }
            #expect(test.time.waited == .seconds(60 + 90))
        }
    }

    @Test func `says when the subscription exports no smart lists`() async throws {
        try await Setting.run { (test) in
            let fetch = try await test.export()
            test.standIn.change { $0.faults = [.code("1035")] }
            await #expect(throws: MarketoError.smartListsUnavailable(message: "as it happens")) {
                try await test.contacts.importList(from: fetch, name: "A", at: test.now)
            }
        }
    }

    @Test func `cancels the job in Marketo when it is cancelled`() async throws {
        try await Setting.run { (test) in
            test.standIn.change { $0.looksUntilCompleted = 5 }
            let fetch = try await test.export { _ in withUnsafeCurrentTask { $0?.cancel() } }
            let task = Task { try await test.contacts.importList(from: fetch, name: "A", at: test.now) }
            await #expect(throws: MarketoError.cancelled) { try await task.value }
            #expect(test.standIn.change { $0.exports.map(\.status) } == ["Cancelled"])
            #expect(throws: DistributionsError.self) { try test.contacts.list(named: "A") }
        }
    }

    @Test func `goes on after the day's quota of calls with the same job and the rest of the file`() async throws {
        try await Setting.run { (test) in
            let fetch = try await test.export(["notes"])
            test.standIn.change {
                // Creating, queueing, and half of the file.
                $0.quota = 3
                $0.cutFiles = 1
            }
            await #expect(throws: MarketoError.dailyQuotaReached(message: "Daily API Request Limit Reached")) {
                try await test.contacts.importList(from: fetch, name: "A", at: test.now)
            }
            let spool = try #require(try test.spools().first { $0.hasSuffix("export.csv") })
            let attributes = try FileManager.default.attributesOfItem(atPath: spool)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let size = try #require(attributes[.size] as? Int)
            test.standIn.change { $0.quota = .max }
            _ = try await test.contacts.importList(from: fetch, name: "A", at: test.now)
            #expect(test.standIn.change { $0.exports.count } == 1)
            #expect(test.standIn.change { $0.ranges.last }??.hasPrefix("bytes=\(size)-") == true)
            #expect(try test.references("A") == Array(1...700))
            #expect(try test.spools().isEmpty)
        }
    }

    /// LINKSEAL_MARKETO_LEADS sets how many.
    @Test(arguments: [UInt64(21), 22, 23, 24])
    func `loses and doubles nothing under random faults`(seed: UInt64) async throws {
        let leads = max(3000, ProcessInfo.processInfo.environment["LINKSEAL_MARKETO_LEADS"].flatMap(Int.init) ?? 0)
        try await Setting.run(leads: leads, seed: seed) { (test) in
            test.standIn.change {
                $0.faultRate = 0.3
                $0.looksUntilCompleted = 4
                $0.cutFiles = 5
                $0.damagedFiles = 1
                $0.failingExports = 1
            }
            _ = try await test.contacts.importList(from: test.export(["notes"]), name: "A", at: test.now)
            #expect(try test.references("A") == Array(1...leads), "seed \(seed)")
        }
    }

    @Test func `a refresh keeps the IDs of who stayed`() async throws {
        try await Setting.run(leads: 40) { (test) in
            _ = try await test.contacts.importList(from: test.export(), name: "A", at: test.now)
            let before = Dictionary(
                uniqueKeysWithValues: try test.stored("A").map { ($0.externalDataReference, $0.id) })
            test.standIn.change { $0.smartLists[0].leads = [50] + Array(2...40) }
            let origin = try #require(try test.contacts.list(named: "A").origin)
            let found = try await test.client.list(#require(MarketoList.Reference(origin.id)))
            let refresh = try await test.contacts.refreshList(
                named: "A", from: LeadFetch(of: found, fields: LeadFields(), from: test.client, at: test.now),
                at: test.now)
            #expect(refresh.added == ["50"])
            #expect(refresh.removed == ["1"])
            for contact in try test.stored("A") where contact.externalDataReference != "50" {
                #expect(contact.id == before[contact.externalDataReference])
            }
        }
    }

    @Test func `smart lists are paged through, and found by name and ID`() async throws {
        try await Setting.run { (test) in
            test.standIn.change { instance in
                instance.smartLists += (1..<400).map { .init(id: 3000 + $0, name: "Smart \($0 / 2)", leads: []) }
            }
            let all = try await test.client.smartLists()
            #expect(Set(all.map(\.id)).count == 400)
            #expect(all.allSatisfy { $0.kind == .smart })
            let found = try await test.client.smartList(named: "Promoters")
            #expect(found.id == 2001)
            await #expect(throws: MarketoError.ambiguousList(name: "Smart 3", ids: [3006, 3007])) {
                try await test.client.smartList(named: "Smart 3")
            }
            await #expect(throws: MarketoError.listNotFound("\"None\"")) {
                try await test.client.smartList(named: "None")
            }
            await #expect(throws: MarketoError.listNotFound("9")) { try await test.client.smartList(id: 9) }
        }
    }
}
