import Distributions
import Marketo
import MarketoStandIn
import Testing

@Suite struct `Writing links` {
    private func push(
        _ leads: Int, _ test: Setting, length: Int = 100, into push: inout LinkPush
    ) async throws(MarketoError) {
        var next = 1
        try await test.client.write(
            LinkField("surveyLink"),
            of: { () throws(MarketoError) in
                guard next <= leads else { return nil }
                defer { next += 1 }
                return LeadLink(
                    Contact(externalDataReference: String(next)), link: Self.link(next, length: length))
            }, into: &push)
    }

    private static func link(_ lead: Int, length: Int) -> String {
        "https://links.example/l/\(lead)" + String(repeating: "x", count: length)
    }

    @Test(arguments: [100, 3000, 4000, 8000])
    func `no call is larger than Marketo takes`(length: Int) async throws {
        try await Setting.run { (test) in
            var done = LinkPush()
            try await push(700, test, length: length, into: &done)
            #expect(done.updated == 700)
            #expect(test.standIn.change { $0.written.count } == 700)
            #expect(test.standIn.change { $0.largestBody } <= 1_000_000)
            #expect(test.standIn.change { $0.largestUpdate } == min(300, 1_000_000 / (length + 60)) || length > 3000)
            #expect(test.standIn.change { $0.written[700]?["surveyLink"] } == Self.link(700, length: length))
        }
    }

    @Test(arguments: ["606", "615", "611", "601"])
    func `gets over what passes in the middle`(code: String) async throws {
        try await Setting.run { (test) in
            test.standIn.change { $0.faults = [.cut, .code(code), .cut, .code(code)] }
            var done = LinkPush()
            try await push(700, test, into: &done)
            #expect(done.updated == 700)
            #expect(test.standIn.change { $0.written.count } == 700)
        }
    }

    @Test func `stops at the day's quota, tells how far it came, and finishes another day`() async throws {
        try await Setting.run { (test) in
            test.standIn.change {
                $0.quota = 2
                $0.missingLeads = [17]
            }
            var done = LinkPush()
            var failure: MarketoError?
            do {
                try await push(700, test, into: &done)
            } catch {
                failure = error as? MarketoError
            }
            #expect(failure == .dailyQuotaReached(message: "Daily API Request Limit Reached"))
            #expect(done.updated == 599)
            #expect(done.skipped.map { [String($0.lead), $0.code, $0.message] } == [["17", "1004", "Lead not found"]])
            test.standIn.change { $0.quota = .max }
            var again = LinkPush()
            try await push(700, test, into: &again)
            #expect(again.updated == 699)
            #expect(test.standIn.change { $0.written.count } == 699)
        }
    }
}
