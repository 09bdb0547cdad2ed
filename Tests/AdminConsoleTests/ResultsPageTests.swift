import Consumption
import ConsumptionLog
import Distributions
import Encoding
import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

@testable import AdminConsole

/// Joining a survey tool's export in the page, recording finishes, and codes to print.
@Suite struct ResultsPageTests {
    /// Three links, two of which were started an hour ago.
    private static func run(
        _ body: (ConsoleHarness, SignedIn, Distribution, _ sessions: [String]) async throws -> Void
    ) async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await PageTests.importPeople(browser)
            let distribution = try await browser.distribution(named: "NPS")
            let keyring = try console.workspace.keyring().sessionKeyring()
            let log = try ConsumptionLog.open(at: console.workspace.consumptionLogPath)
            var sessions: [String] = []
            let started = UnixTime(rawValue: console.clock.seconds)
            for serial in [0, 1] as [UInt32] {
                let nonce = Nonce(distribution: distribution.id, serial: Serial(rawValue: serial))
                _ = try await log.start(nonce, at: started, terms: StartTerms(mayBegin: true, resume: .standard))
                sessions.append(
                    try keyring.issue(SessionReceipt(nonce: nonce, startedAt: started, epoch: .initial)))
            }
            await log.close()
            console.clock.advance(3600)
            // The first session is over by then.
            try await body(console, try await console.signIn(), distribution, sessions)
        }
    }

    @Test func `an export is joined, and matched, repeated and unknown responses are told apart`() async throws {
        try await Self.run { (console, browser, distribution, sessions) in
            let page = "/distributions/\(distribution.id)"
            #expect(try await browser.get(page + "/results").body.contains("enctype=\"multipart/form-data\""))
            let text =
                "Timestamp,session,Answer\n24.11.2026 07:40:00,\(sessions[0]),=1+1\n"
                + "24.11.2026 07:41:00,\(sessions[0]),again\n24.11.2026 07:42:00,nonsense,<b>x</b>\n"
            let upload = try await browser.upload(text, named: "export.csv", to: page + "/results", zone: "UTC")
            #expect(upload.location.hasSuffix("?by=session&time-zone=UTC"))
            let result = try await browser.get(upload.location)
            #expect(result.status == 200)
            for (label, count) in [("Responses", 3), ("Matched", 1), ("Repeated", 1), ("Without a contact", 1)] {
                #expect(result.body.contains("<dt>\(label)</dt><dd class=\"big\">\(count)</dd>"), "\(label)")
            }
            #expect(result.body.contains("Repeated. The first is in line 2."))
            // It is neither a file of contacts nor another distribution's export.
            #expect(try await !browser.get("/contacts").body.contains("export.csv"))
            let path = upload.location.prefix { $0 != "?" }
            let id = path.split(separator: "/").last ?? ""
            #expect(try await browser.get("/contacts/uploads/\(id)").status == 404)
            let other = try await browser.distribution(named: "Other")
            #expect(try await browser.get("/distributions/\(other.id)/results/\(id)").status == 404)
            let joined = try await browser.get(path + "/joined.csv?time-zone=UTC")
            let rows = joined.body.split(whereSeparator: \.isNewline)
            try #require(rows.count == 4)
            #expect(rows[1].contains("c1,Ann,Ames,ann@x.example") && rows[1].hasSuffix(",matched"))
            #expect(rows[1].contains("'=1+1"), "no formula reaches a spreadsheet")
            #expect(joined.headers.first(name: "content-disposition")?.contains("NPS results.csv") == true)
            let left = try FileManager.default.contentsOfDirectory(
                atPath: console.workspace.dataDirectory + "/console/uploads")
            #expect(left.count == 1, "what was joined has no name")
            #expect(try await browser.get(page + "/results/..%2F..%2Fpasswords").status == 404)
        }
    }

    @Test func `finishes are recorded once, at the time of the response`() async throws {
        try await Self.run { (console, browser, distribution, sessions) in
            let page = "/distributions/\(distribution.id)"
            let text =
                "Timestamp,session\n2026-11-24 08:40:00,\(sessions[0])\n2026-11-24 08:41:00,\(sessions[1])\n"
            let upload = try await browser.upload(
                text, named: "export.csv", to: page + "/results", zone: "Europe/Berlin")
            let result = try await browser.get(upload.location).body
            #expect(result.contains("2 surveys of this export can be recorded as finished"))
            let path = String(upload.location.prefix { $0 != "?" })
            let recorded = try await browser.post(path + "/finish", [("time-zone", "Europe/Berlin")])
            #expect(recorded.location.hasSuffix("&recorded=2"))
            let after = try await browser.get(recorded.location).body
            #expect(
                after.contains("2 surveys are recorded as finished.")
                    && after.contains("No survey of this export is news"))
            let uses = try await UseAccounts(of: console.workspace).uses(of: distribution)
            #expect(uses[Serial(rawValue: 0)]?.finishedAt?.description == "2026-11-24T07:40:00Z")
            #expect(
                try await browser.post(path + "/finish", [("time-zone", "Europe/Berlin")]).location.hasSuffix(
                    "&recorded=0"))
            #expect(try await browser.get("/audit").body.contains("Recorded finished surveys"))
        }
    }

    @Test func `what can't be known of an export is asked at its field`() async throws {
        try await Self.run { (console, browser, distribution, sessions) in
            let page = "/distributions/\(distribution.id)/results"
            func result(_ text: String, zone: String = "") async throws -> ConsoleHarness.Answer {
                try await browser.get(
                    try await browser.upload(text, named: "export.csv", to: page, zone: zone).location)
            }
            let zone = try await result("Timestamp,session\n2026-11-24 08:00:00,\(sessions[0])\n")
            #expect(
                zone.status == 422 && zone.body.contains("id=\"zone-problem\" role=\"alert\">export.csv: the times"))
            #expect(zone.body.contains("<dt>Responses</dt><dd class=\"big\">1</dd>"), "what is known is shown")
            #expect(
                try await result("Timestamp,session\nx,y\n", zone: "CET").body.contains("Time zone &quot;CET&quot;"))
            let column = try await result("Answer\nyes\n", zone: "UTC")
            #expect(column.body.contains("id=\"column-problem\"") && column.body.contains("no column has a session"))
            #expect(try await browser.upload("", named: "export.csv", to: page).status == 422)
            #expect(try await browser.upload("a,b\n", named: "export.csv", token: "forged", to: page).status == 403)
        }
    }

    @Test func `codes to print are those of usable links, and are filtered as contacts are`() async throws {
        try await Self.run { (console, browser, distribution, _) in
            let page = "/distributions/\(distribution.id)"
            _ = try await browser.post(page + "/links/2/revoke")
            let all = try await browser.get(page + "/qr").body
            #expect(all.matches(of: /<svg class="qr"/).count == 2 && !all.contains("Cleo"))
            #expect(all.matches(of: #/https://links\.example/l/L/#).count == 2)
            let started = try await browser.get(page + "/qr?status=Survey+Started&search=BOB").body
            #expect(started.contains("<strong>Bob Burr</strong>") && !started.contains("Ann Ames"))
            #expect(try await browser.get(page + "/qr?search=nobody").body.contains("No contact with a usable link"))
            #expect(try await browser.get("/audit").body.contains("2 QR codes"))
        }
    }
}
