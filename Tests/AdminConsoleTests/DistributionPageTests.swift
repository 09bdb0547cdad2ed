import Consumption
import ConsumptionLog
import Cryptography
import Distributions
import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

@testable import AdminConsole

/// What can be done with a distribution after its links were made.
@Suite struct DistributionPageTests {
    private static func run(
        _ body: (ConsoleHarness, SignedIn, _ page: String) async throws -> Void
    ) async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await PageTests.importPeople(browser)
            let id = try await browser.distribution(named: "NPS").id
            try await body(console, browser, "/distributions/\(id)")
        }
    }

    private static func use(
        _ serials: [UInt32], finishing: Bool = false, of id: DistributionID, in console: ConsoleHarness
    )
        async throws
    {
        let log = try ConsumptionLog.open(at: console.workspace.consumptionLogPath)
        for serial in serials {
            let nonce = Nonce(distribution: id, serial: Serial(rawValue: serial))
            let now = UnixTime(rawValue: console.clock.seconds)
            _ = try await log.start(nonce, at: now, terms: StartTerms(mayBegin: true, resume: .standard))
            if finishing { _ = try await log.finish(nonce, at: now.adding(seconds: 1)) }
        }
        await log.close()
    }

    private static func onlyDistribution(_ console: ConsoleHarness) throws -> Distribution {
        try #require(try console.workspace.distributions.all().first)
    }

    private static func token(on page: String) -> String? {
        page.firstMatch(of: #/https://links\.example/l/(L[A-Za-z0-9_-]+)/#).map { String($0.1) }
    }

    // MARK: A recipient

    @Test func `a link is revoked after a question, is called revoked, and the revocation can be undone`() async throws
    {
        try await Self.run { (console, browser, page) in
            let link = page + "/links/1"
            let question = try await browser.get(link + "/revoke").body
            #expect(question.contains("<h1>Revoke the link of Bob Burr</h1>"))
            #expect(try Self.onlyDistribution(console).revocations.isEmpty, "asking changes nothing")
            let before = try #require(Self.token(on: try await browser.get(link).body))
            let done = try await browser.post(link + "/revoke")
            #expect(done.location == link + "?done=revoked")
            let revoked = try await browser.get(done.location).body
            #expect(revoked.contains("<span class=\"tag revoked\">Revoked</span>") && Self.token(on: revoked) == nil)
            #expect(revoked.contains("The link is revoked. It is published, so edges know it"))
            let bundle = try console.workspace.publishedBundle(console.workspace.keyring())
            #expect(
                bundle.distribution(try Self.onlyDistribution(console).id)?.changes.revoked == [Serial(rawValue: 1)])
            let list = try await browser.get(page + "?status=Link+Revoked").body
            #expect(list.contains(">c2</a>") && !list.contains(">c1</a>") && !list.contains(">Link Revoked<"))
            let restored = try await browser.post(link + "/restore")
            #expect(Self.token(on: try await browser.get(restored.location).body) == before)
            #expect(try await browser.get("/audit").body.contains("Undid a revocation"))
        }
    }

    @Test func `the expiration of one recipient changes, and that of the others does not`() async throws {
        try await Self.run { (console, browser, page) in
            let before = try Self.onlyDistribution(console).expiry
            let fields = [("expires-kind", "in"), ("expires-number", "90"), ("expires-unit", "d")]
            let done = try await browser.post(page + "/links/0/end", fields)
            #expect(done.location == page + "/links/0?done=ended")
            let after = try Self.onlyDistribution(console)
            #expect(after.expiry == before)
            #expect(after.expiry(of: Serial(rawValue: 0)).time.rawValue == console.clock.seconds + 90 * 86400)
            let refused = try await browser.post(
                page + "/links/0/end", [("expires-kind", "at"), ("expires-at", "31/01/2027")])
            #expect(refused.status == 422 && refused.body.contains("expected 2027-01-31"))
            #expect(try await browser.post(page + "/links/9/end", fields).status == 404)
        }
    }

    @Test func `a finished survey can be reopened, and a recipient can get a new link`() async throws {
        try await Self.run { (console, browser, page) in
            let id = try Self.onlyDistribution(console).id
            try await Self.use([0], finishing: true, of: id, in: console)
            let finished = try await browser.get(page + "/links/0").body
            #expect(finished.contains("<span class=\"tag finished\">Finished</span>"))
            let question = try await browser.get(page + "/links/0/reopen").body
            #expect(!question.contains("class=\"notice\""))
            #expect(try await browser.get(page + "/links/1/reopen").body.contains("the link was not used yet"))
            console.clock.advance(60)
            let reopened = try await browser.post(page + "/links/0/reopen")
            #expect(
                try await browser.get(reopened.location).body.contains("<span class=\"tag waiting\">Not started</span>")
            )

            let before = try #require(Self.token(on: try await browser.get(page + "/links/1").body))
            let other = try #require(Self.token(on: try await browser.get(page + "/links/2").body))
            #expect(
                try await browser.get(page + "/links/1/renew").body.contains("The link that was sent stops working"))
            let renewed = try await browser.post(page + "/links/1/renew")
            let after = try #require(Self.token(on: try await browser.get(renewed.location).body))
            #expect(after != before)
            #expect(try await Self.token(on: browser.get(page + "/links/2").body) == other)
        }
    }

    // MARK: The distribution

    @Test func `a distribution is edited, and what is doubtful is asked first`() async throws {
        try await Self.run { (console, browser, page) in
            func edit(_ name: String, _ url: String, _ more: [(String, String)]) async throws -> ConsoleHarness.Answer {
                try await browser.post(page + "/edit", [("name", name), ("survey-url", url)] + more)
            }
            let form = try await browser.get(page + "/edit").body
            #expect(form.contains("value=\"within\" checked") && form.contains("name=\"resume-number\" inputmode"))
            let url = "https://new.example/s?r={session}"
            let kept = [("resume-kind", "within"), ("resume-number", "7"), ("resume-unit", "d")]
            #expect(try await edit("NPS Q4", url, kept).location == page + "?done=edited")
            let edited = try Self.onlyDistribution(console)
            #expect(edited.name == "NPS Q4" && edited.surveyURL.text == url && edited.resume == .standard)
            let shorter = [("resume-kind", "within"), ("resume-number", "12"), ("resume-unit", "h")]
            let asked = try await edit("NPS Q4", url, shorter)
            #expect(asked.status == 200 && asked.body.contains("Nothing is changed yet"))
            #expect(try Self.onlyDistribution(console).resume == .standard)
            let confirmed = try #require(asked.body.firstMatch(of: /name="confirmed" value="([^"]+)"/)).1
            let text = confirmed.replacing("&quot;", with: "\"").replacing("&#39;", with: "'")
            #expect(try await edit("NPS Q4", url, shorter + [("confirmed", String(text))]).status == 303)
            #expect(try Self.onlyDistribution(console).resume == .within(seconds: 12 * 3600))
            #expect(try await edit("NPS Q4", "https://new.example/{secret}", shorter).status == 422)
            #expect(try await edit("", url, shorter).status == 422)
        }
    }

    @Test func `the history says who did what at the console`() async throws {
        try await Self.run { (console, browser, page) in
            #expect(
                try await browser.post(page + "/note", [("note", "Ask <b>Ann</b>")]).location == page + "?done=noted")
            #expect(try await browser.post(page + "/archive").location == page + "?done=archived")
            let archived = try await browser.get(page).body
            #expect(
                archived.contains("value=\"Ask &lt;b&gt;Ann&lt;/b&gt;\"") && archived.contains(">List again</button>"))
            #expect(try await browser.post(page + "/unarchive").status == 303)
            #expect(try await browser.post(page + "/reminder.csv", [("to", "not-finished")]).status == 200)
            let history = try Self.onlyDistribution(console).history
            #expect(
                history.map(\.action)
                    == [
                        .generated(links: 3), .noted, .archived, .unarchived,
                        .reminded(recipients: 3, to: .notFinished),
                    ])
            #expect(history.map(\.by) == Array(repeating: "admin (console)", count: 5))
            let shown = try await browser.get(page).body
            #expect(
                shown.contains("<td data-label=\"Who\">admin (console)</td><td data-label=\"What\">Archived it</td>"))
        }
    }

    @Test func `a test link opens a page that is safe to click, and carries somebody's data on request`() async throws {
        try await Self.run { (console, browser, page) in
            let plain = try await browser.get(page + "/test").body
            let token = try #require(Self.token(on: plain))
            #expect(
                plain.contains(
                    "href=\"https://links.example/l/\(token)\" target=\"_blank\" rel=\"noopener noreferrer\""))
            let claims = try Token(parsing: token).unverifiedClaims
            #expect(claims.nonce.serial.isForTesting && claims.contactID.text == "test")
            let like = try await browser.get(page + "/test?like=1").body
            #expect(like.contains("It carries the data of Bob Burr"))
            #expect(try Token(parsing: #require(Self.token(on: like))).unverifiedClaims.contactID.text == "c2")
            #expect(try await browser.get("/audit").body.contains("test link"))
        }
    }

    @Test func `an expiration at the end of a day is shown as that day`() async throws {
        try await Self.run { (console, browser, page) in
            #expect(try await browser.post(page + "/end", [("expires", "2027-01-31")]).status == 303)
            let end = "<time datetime=\"2027-02-01T00:00:00Z\" title=\"2027-02-01 00:00:00 UTC\""
            #expect(try await browser.get("/").body.contains(end + " data-time=\"end-day\">2027-01-31 UTC</time>"))
            for path in [page, page + "/end", page + "/links/0", page + "/add"] {
                #expect(
                    try await browser.get(path).body.contains(end + " data-time=\"end\">2027-01-31 24:00 UTC</time>"),
                    "\(path)")
            }
            let history = try await browser.get(page).body
            #expect(history.contains("Changed the expiration to \(end) data-time=\"end\">"))
        }
    }

    @Test func `numbers have a rate of all links`() async throws {
        try await Self.run { (console, browser, page) in
            try await Self.use([0, 1], of: Self.onlyDistribution(console).id, in: console)
            let shown = try await browser.get(page).body
            #expect(shown.contains("started\">66\u{202F}%</span>") && shown.contains("finished\">0\u{202F}%</span>"))
            #expect(shown.contains("Each bar is 5 minutes. Times are in UTC."))
            #expect(rate(1, of: 1000) == "<1\u{202F}%" && rate(0, of: 0) == "0\u{202F}%")
        }
    }

    @Test func `the like of a distribution begins with its settings`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await PageTests.importPeople(browser)
            let job = try await browser.generate(
                from: "People", named: "NPS & more", [("data", "in-link"), ("field", "Plan"), ("resume", "2d")])
            _ = try await browser.finish(job.location)
            let page = try await browser.get("/distributions/\(Self.onlyDistribution(console).id)").body
            let href = try #require(page.firstMatch(of: #/href="(/generate\?[^"]+)">Duplicate/#)).1
            let form = try await browser.get(String(href).replacing("&amp;", with: "&")).body
            for value in ["NPS &amp; more (copy)", "https://survey.example/s?c={contact_id}&amp;r={session}"] {
                #expect(form.contains(value), "\(value)")
            }
        }
    }

    // MARK: More recipients, and reminders

    @Test func `contacts are added from a list, and only their links are downloaded`() async throws {
        try await Self.run { (console, browser, page) in
            try await PageTests.importPeople(
                browser, PageTests.people + "c4,Dora,Dahl,dora@x.example,gold\nc5,Emil,Ek,emil@x.example,gold\n",
                named: "More")
            func add(_ contacts: String) async throws -> String {
                let job = try await browser.post(page + "/add", [("list", "More"), ("contacts", contacts)])
                let over = try await browser.finish(job.location)
                return over.location.isEmpty ? over.body : try await browser.get(over.location).body
            }
            let one = try await add("EMIL@x.example\r\n\r\n")
            #expect(one.contains("1 new link is ready") && one.contains("name=\"first\" value=\"3\""))
            let sheet = try await browser.get(page + "/links.csv?first=3&count=1").body
            #expect(sheet.split(whereSeparator: \.isNewline).count == 2 && sheet.contains("c5,Emil"))
            let rest = try await add("")
            #expect(rest.contains("1 new link is ready") && rest.contains("4 contacts had a link already"))
            #expect(try await add("").contains("Nobody was added"))
            #expect(try await add("nobody").contains("Not in More: nobody"))
            #expect(try Self.onlyDistribution(console).contacts == 5)
            let last = try #require(try Self.onlyDistribution(console).history.last)
            #expect(last.action == .added(contacts: 1) && last.by == "admin (console)")
            #expect(try await browser.post(page + "/add", [("list", "None")]).status == 422)
        }
    }

    @Test func `a reminder goes to the people who were counted, and not while edges may know more`() async throws {
        try await Self.run { (console, browser, page) in
            let id = try Self.onlyDistribution(console).id
            try await Self.use([0], of: id, in: console)
            let form = try await browser.get(page + "/remind").body
            for text in ["not started <span class=\"quiet\">(2)", "finish <span class=\"quiet\">(1)", "(3)"] {
                #expect(form.contains(text), "\(text)")
            }
            for (audience, contacts) in [
                ("not-started", ["c2", "c3"]), ("started", ["c1"]), ("not-finished", ["c1", "c2", "c3"]),
            ] {
                let sheet = try await browser.post(page + "/reminder.csv", [("to", audience)]).body
                let rows = sheet.split(whereSeparator: \.isNewline).dropFirst()
                #expect(rows.map { String($0.drop { $0 == "\u{FEFF}" }.prefix(2)) } == contacts, "\(audience)")
            }
            let edge = RemoteEdge(
                name: "edge-1", url: "http://127.0.0.1:1", addedAt: UnixTime(rawValue: console.clock.seconds))
            try console.workspace.edges.add(edge, key: BearerKey())
            let stale = try await browser.get(page + "/remind").body
            #expect(stale.contains("Nothing newer than an hour is known of edge-1"))
            #expect(stale.contains("Fetch from edges") && !stale.contains("Download the reminder list"))
            let reminders = try Self.onlyDistribution(console).reminders.count
            #expect(try await browser.post(page + "/reminder.csv", [("to", "not-started")]).status == 422)
            #expect(try Self.onlyDistribution(console).reminders.count == reminders)
            let fetched = try await browser.post(page + "/fetch")
            #expect(fetched.location == page + "/remind")
            #expect(try await browser.get(fetched.location).body.contains("edge-1 could not be fetched"))
        }
    }

    @Test func `no change of a distribution is made without its form's token`() async throws {
        try await Self.run { (console, browser, page) in
            let before = try Self.onlyDistribution(console)
            let paths =
                ["/edit", "/archive", "/unarchive", "/note", "/add", "/fetch", "/reminder.csv"]
                + ["revoke", "restore", "end", "reopen", "renew"].map { "/links/0/" + $0 }
            for path in paths {
                let forged = try await console.send(
                    .POST, page + path, cookie: browser.cookie, body: ConsoleHarness.form([("form-token", "forged")]))
                #expect(forged.status == 403, "\(path)")
                let anonymous = try await console.send(.POST, page + path, body: "form-token=")
                #expect(anonymous.status == 401, "\(path)")
            }
            #expect(try Self.onlyDistribution(console) == before)
        }
    }
}
