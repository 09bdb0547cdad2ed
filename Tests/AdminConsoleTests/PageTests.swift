import Consumption
import ConsumptionLog
import Cryptography
import Distributions
import Encoding
import Foundation
import LinkToken
import NIOHTTP1
import TestSupport
import Testing

@testable import AdminConsole

/// What the pages show, and what they do.
@Suite struct PageTests {
    static let people =
        "Contact ID,First Name,Last Name,Email,Plan\nc1,Ann,Ames,ann@x.example,gold\n"
        + "c2,Bob,Burr,bob@x.example,silver\nc3,Cleo,Cox,cleo@x.example,gold\n"

    /// Uploads and imports a list as a person does.
    static func importPeople(_ browser: SignedIn, _ text: String = people, named name: String = "People") async throws {
        let upload = try await browser.upload(text, named: "people.csv")
        #expect(upload.status == 303)
        let fields = [
            ("column-0", "contactID"), ("column-1", "firstName"), ("column-2", "lastName"), ("column-3", "email"),
        ]
        let job = try await browser.post(upload.location, fields + [("name", name), ("action", "import")])
        let page = try await browser.finish(job.location)
        #expect(page.body.contains("in the list"))
    }

    @Test func `the numbers say what they are counted from, and which edge they lack`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await Self.importPeople(browser)
            let distribution = try await browser.distribution(named: "NPS")
            let paths = ["/", "/distributions/\(distribution.id)"]
            for path in paths {
                let page = try await browser.get(path).body
                #expect(page.contains("Counted from the log of this workspace.") && !page.contains("notice bad"))
            }
            let edge = RemoteEdge(
                name: "edge-1", url: "http://127.0.0.1:1", addedAt: UnixTime(rawValue: console.clock.seconds))
            try console.workspace.edges.add(edge, key: BearerKey())
            for path in paths {
                let page = try await browser.get(path).body
                #expect(page.contains("edge-1 was never fetched. Nothing that was consumed there is counted."))
            }
        }
    }

    @Test func `a reminder list is in the history of the distribution, and other downloads are not`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await Self.importPeople(browser)
            let id = try await browser.distribution(named: "NPS").id
            for sheet in ["links", "statuses"] {
                #expect(try await browser.get("/distributions/\(id)/\(sheet).csv").status == 200)
            }
            let path = "/distributions/\(id)/reminder.csv"
            #expect(try await browser.get(path).status == 405, "following a link records nothing")
            #expect(try await browser.post(path, [("to", "not-started")]).status == 200)
            #expect(
                try console.workspace.distributions.distribution(id).history.map(\.action)
                    == [.generated(links: 3), .reminded(recipients: 3, to: .notStarted)])
        }
    }

    @Test func `archived distributions are listed on request`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await Self.importPeople(browser)
            let distribution = try await browser.distribution(named: "NPS")
            let now = UnixTime(rawValue: console.clock.seconds)
            _ = try console.workspace.distributions.archive(distribution.id, at: now)
            let row = "<a href=\"/distributions/\(distribution.id)\">"
            let hidden = try await browser.get("/").body
            #expect(!hidden.contains(row) && hidden.contains("<a href=\"/?archived=yes\">Show archived (1)</a>"))
            for path in ["/?archived=yes", "/?archived=yes&search=NPS"] {
                let shown = try await browser.get(path).body
                #expect(shown.contains(row) && shown.contains(">archived</span>"), "\(path)")
                #expect(shown.contains("name=\"archived\" value=\"yes\""), "\(path)")
            }
        }
    }

    @Test func `every answer carries the headers that protect it, whatever it is`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await Self.importPeople(browser)
            var answers: [(String, ConsoleHarness.Answer)] = []
            for route in console.console.routes where route.method == .get {
                let path = route.path.replacing(/\{[a-z]+\}/, with: "1")
                answers.append((path, try await browser.get(path)))
                answers.append((path + " without a session", try await console.send(.GET, path)))
            }
            answers.append(("POST", try await browser.post("/keys/publish")))
            answers.append(("no page", try await browser.get("/../../etc/passwd")))
            answers.append(("host", try await console.send(.GET, "/", headers: [("host", "evil.example")])))
            answers.append(("method", try await console.send(.DELETE, "/", cookie: browser.cookie)))
            for (name, answer) in answers {
                let policy = answer.headers.first(name: "content-security-policy") ?? ""
                #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self';"), "\(name)")
                #expect(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "\(name)")
                #expect(!policy.contains("unsafe"), "\(name)")
                #expect(answer.headers.first(name: "x-content-type-options") == "nosniff", "\(name)")
                #expect(answer.headers.first(name: "referrer-policy") == "no-referrer", "\(name)")
                #expect(answer.headers.first(name: "cache-control") == "no-store", "\(name)")
                #expect(!answer.body.contains("style=\""), "\(name)")
                #expect(answer.body.firstMatch(of: #/ on[a-z]+=/#) == nil, "\(name)")
            }
        }
    }

    @Test func `what a name or a contact says is text and never markup`() async throws {
        let hostile = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>"
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let quoted = "\"" + hostile.replacing("\"", with: "\"\"") + "\""
            try await Self.importPeople(
                browser, "Contact ID,First Name,Last Name,Email,Plan\nc1,\(quoted),\(quoted),\(quoted),\(quoted)\n",
                named: hostile)
            let job = try await browser.generate(from: hostile, named: hostile)
            _ = try await browser.finish(job.location)
            let id = try #require(try console.workspace.distributions.all().first?.id)
            let row = try await browser.get("/").body
            #expect(row.contains("onerror=alert(2)&gt; of &lt;script&gt;"), "the only person and the list: \(row)")
            let upload = try await browser.upload("\(quoted),Email\n\(quoted),a@x.example\n", named: "<b>%22.csv")
            for path in [
                "/", "/contacts", "/contacts/list?name=\(hostile.percentEncoded)", "/audit", job.location,
                "/distributions/\(id)", "/distributions/\(id)/links/0", "/distributions/\(id)/delete",
                "/generate?list=\(hostile.percentEncoded)&search=\(hostile.percentEncoded)",
                "/?search=\(hostile.percentEncoded)", upload.location,
            ] {
                let answer = try await browser.get(path)
                #expect(answer.status == 200, "\(path)")
                #expect(!answer.body.contains("<script>alert"), "\(path)")
                #expect(!answer.body.contains("<img"), "\(path)")
                #expect(!answer.body.contains("<b>"), "\(path)")
            }
            let sheet = try await browser.get("/distributions/\(id)/links.csv")
            let disposition = sheet.headers.first(name: "content-disposition") ?? ""
            #expect(!disposition.contains("<") && !disposition.contains("/"))
        }
    }

    @Test func `a file on its way in is looked at, mapped by picking, and its problems are listed by line`()
        async throws
    {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let text = "Who,Work Mail,Plan\nw1,a@x.example,gold\nw2,b@x.example,,more\nw1,c@x.example,silver\n,,gold\n"
            let upload = try await browser.upload(text, named: "../../..\\escape/team.csv")
            let page = try await browser.get(upload.location)
            #expect(page.body.contains("<h1>Import team.csv</h1>"))
            #expect(page.body.contains("holds e-mail addresses and was imported as Email"))
            let unknown = try await browser.upload("Who,Plan\nw1,gold\n", named: "team.csv")
            #expect(try await browser.get(unknown.location).body.contains("Choose the column that holds the e-mail"))
            let workbook = try await browser.upload("PK\u{3}\u{4}xl/workbook.xml", named: "team.xlsx")
            #expect(
                try await browser.get(workbook.location).body.contains("is an Excel workbook"))
            let headless = try await browser.upload("w1,a@x.example\n", named: "team.csv")
            #expect(try await browser.get(headless.location).body.contains("It has the e-mail address a@x.example."))
            let mapped = try await browser.post(
                upload.location, [("column-0", "contactID"), ("column-1", "email"), ("action", "check")])
            for line in [3, 4, 5] {
                #expect(mapped.body.contains("<th scope=\"row\" class=\"number\">\(line)</th>"), "line \(line)")
            }
            #expect(mapped.body.contains("is in line 2 already"))

            let good = try await browser.upload("Who,Work Mail,Plan\nw1,a@x.example,gold\n", named: "team.csv")
            let job = try await browser.post(
                good.location,
                [("column-0", "contactID"), ("column-1", "email"), ("name", "Team"), ("action", "import")])
            _ = try await browser.finish(job.location)
            let list = try console.workspace.contacts.list(named: "Team")
            #expect(list.contacts == 1)
            #expect(list.embeddedNames == ["Plan"])
            let left = try FileManager.default.contentsOfDirectory(
                atPath: console.workspace.dataDirectory + "/console/uploads")
            #expect(left.count == 4, "the bad files wait, the good one is gone")
            // Another user does not see it, and no path leads out.
            #expect(try await browser.get("/contacts/uploads/..%2F..%2Fpasswords").status == 404)
        }
    }

    @Test func `generating gives the file that the command gives, and every contact's link in it`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await Self.importPeople(browser)
            let preview = try await browser.post(
                "/generate/preview",
                [
                    ("list", "People"), ("survey-url", "https://survey.example/s?c={contact_id}&p={Plan}"),
                    ("data", "in-link"), ("field", "Plan"),
                ])
            #expect(preview.body.contains("https:\\/\\/survey.example\\/s?c=c1&p=gold"))
            let form = try await browser.get("/generate?list=People")
            #expect(form.body.contains("name=\"expires-number\" inputmode=\"numeric\" value=\"60\""))
            let job = try await browser.generate(
                from: "People", named: "Individuals",
                [("selection", "individuals"), ("contact", "c1"), ("contact", "c3")])
            let done = try await browser.finish(job.location)
            #expect(done.body.contains("2 links are ready"))
            let distribution = try #require(try console.workspace.distributions.all().first)
            let sheet = try await browser.get("/distributions/\(distribution.id)/links.csv?tool=csv").body
            let rows = sheet.split(whereSeparator: \.isNewline)
            #expect(rows.count == 3)
            #expect(
                rows[0]
                    == "Contact ID,First Name,Last Name,Email,External Data Reference,Status,Link,Link Expiration,Plan")
            #expect(rows[1].hasPrefix("c1,Ann,Ames,ann@x.example,,Email Not Sent,https://links.example/l/L"))
            #expect(rows[2].hasPrefix("c3,"))

            // The command's own way to the same distribution.
            let key = try console.workspace.keyring().signingKey()
            let path = console.directory.path("again.csv")
            _ = try await console.workspace.distributions.download(
                distribution.id, key: key, output: path, at: UnixTime(rawValue: console.clock.seconds))
            let again = String(decoding: try console.directory.read("again.csv"), as: UTF8.self)
            let statuses = try await browser.get("/distributions/\(distribution.id)/statuses.csv?tool=csv").body
            #expect(statuses == again)
            let trail = try await browser.get("/audit").body
            #expect(trail.contains("Generated links") && trail.contains("Downloaded"))
            #expect(!trail.contains("/l/L"))
        }
    }

    @Test func `a hundred thousand links are made with progress, whoever closes the tab`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let list = try await browser.post("/contacts/dummies", [("name", "Crowd"), ("count", "100000")])
            #expect(
                try await browser.finish(list.location).body.contains("100\u{202F}000 contacts are in the list Crowd"))
            let other = try await console.signIn()
            let job = try await browser.generate(from: "Crowd", named: "Everybody")
            // Nobody looks on: the page is asked for once, and then only by another session.
            let page = try await browser.get(job.location).body
            #expect(page.contains("<noscript><meta http-equiv=\"refresh\"") || page.contains("links are ready"))
            _ = try await browser.post("/sign-out")
            var percents: Set<String> = []
            while true {
                let progress = try await other.get(job.location + "/progress.json").body
                if let percent = progress.firstMatch(of: /"percent":(\d+)/) { percents.insert(String(percent.1)) }
                if progress.contains("\"isOver\":true") { break }
                // Other pages are served meanwhile.
                #expect(try await other.get("/keys").status == 200)
            }
            #expect(percents.contains("100"))
            #expect(try await other.get(job.location).body.contains("100\u{202F}000 links are ready"))
            let distribution = try #require(try console.workspace.distributions.all().first)
            #expect(distribution.contacts == 100_000)
            let sheet = try await other.get("/distributions/\(distribution.id)/links.csv")
            let rows = sheet.body.utf8.split(separator: UInt8(ascii: "\n"))
            #expect(rows.count == 100_001)
            #expect(Set(rows.map { Array($0) }).count == 100_001)
        }
    }

    @Test func `deleting needs the name, and ends every link`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await Self.importPeople(browser)
            let id = try await browser.distribution(named: "NPS Q4").id
            for typed in ["", "NPS", "nps q4"] {
                let answer = try await browser.post("/distributions/\(id)/delete", [("name", typed)])
                #expect(answer.status == 422)
                #expect(try console.workspace.distributions.distribution(id).deletedAt == nil)
            }
            let answer = try await browser.post("/distributions/\(id)/delete", [("name", "NPS Q4")])
            #expect(answer.location == "/?done=deleted")
            #expect(try console.workspace.distributions.distribution(id).deletedAt != nil)
            let bundle = try console.workspace.publishedBundle(console.workspace.keyring())
            #expect(bundle.distribution(id)?.changes.epoch.rawValue == 1)
        }
    }

    @Test func `the page of a link says what started the survey`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await Self.importPeople(browser)
            let id = try await browser.distribution(named: "NPS Q4").id
            let log = try ConsumptionLog.open(at: console.workspace.consumptionLogPath)
            _ = try await log.start(
                Nonce(distribution: id, serial: Serial(rawValue: 1)), at: UnixTime(rawValue: console.clock.seconds),
                details: StartDetails(startedBy: .mailClient), terms: StartTerms(mayBegin: true, resume: .standard))
            await log.close()
            let started = try await browser.get("/distributions/\(id)/links/1").body
            #expect(started.contains("<dt>Started by</dt><dd>mail client</dd>"))
            let unused = try await browser.get("/distributions/\(id)/links/0").body
            #expect(unused.contains("<dt>Started by</dt><dd></dd>"))
        }
    }

    @Test func `one link can be revoked, and a distribution ended, from their pages`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await Self.importPeople(browser)
            let id = try await browser.distribution(named: "NPS Q4").id
            #expect(try await browser.get("/distributions/\(id)/links/1").body.contains("https://links.example/l/L"))
            #expect(try await browser.post("/distributions/\(id)/links/1/revoke").status == 303)
            #expect(try console.workspace.distributions.distribution(id).revoked == [Serial(rawValue: 1)])
            #expect(try await !browser.get("/distributions/\(id)/links/1").body.contains("links.example"))
            #expect(try await browser.post("/distributions/\(id)/links/3/revoke").status == 404)
            let found = try await browser.get("/distributions/\(id)?search=BOB&status=Link+Revoked").body
            #expect(found.contains(">c2</a>") && !found.contains(">c1</a>"))
            #expect(try await browser.post("/distributions/\(id)/end", [("expires", "soon")]).status == 422)
            #expect(try await browser.post("/distributions/\(id)/end", [("expires", "100d")]).status == 303)
            #expect(
                try console.workspace.distributions.distribution(id).changedExpiry?.rawValue
                    == console.clock.seconds + 100 * 86_400)
            #expect(try await browser.post("/distributions/\(id)/end", [("expires", "now")]).status == 303)
            #expect(
                try console.workspace.distributions.distribution(id).changedExpiry?.rawValue == console.clock.seconds)
        }
    }

    @Test func `keys rotate as far as is safe, and what was done stands in the audit trail`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let before = try console.workspace.keyring().signingKey().id
            #expect(try await browser.post("/keys/rotate").location == "/keys?done=waiting")
            #expect(try await browser.post("/keys/rotate").location == "/keys?done=settling")
            console.clock.advance(600)
            #expect(try await browser.post("/keys/rotate").location == "/keys?done=rotated")
            #expect(try console.workspace.keyring().signingKey().id != before)
            let lines = try String(
                decoding: console.directory.read("linkseal-data/console/audit.jsonl"), as: UTF8.self
            ).split(separator: "\n")
            #expect(lines.count == 4)
            #expect(lines[0].contains("\"what\":\"signedIn\"") && lines[0].contains("\"who\":\"admin\""))
            #expect(lines[3].contains("\"what\":\"rotated\""))
            let mode =
                try FileManager.default.attributesOfItem(
                    atPath: console.directory.path("linkseal-data/console/audit.jsonl"))[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func `bodies that are too large, and forms that are none, are refused`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let large = "form-token=\(browser.formToken)&x=" + String(repeating: "a", count: ConsoleResponder.formLimit)
            #expect(try await console.send(.POST, "/keys/publish", cookie: browser.cookie, body: large).status == 413)
            let json = try await console.send(
                .POST, "/keys/publish", cookie: browser.cookie, headers: [("content-type", "application/json")],
                body: "{}")
            #expect(json.status == 400)
        }
    }
}
