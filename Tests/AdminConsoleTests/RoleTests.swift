import Cryptography
import Distributions
import Files
import LinkToken
import TestSupport
import Testing
import Trust

@testable import AdminConsole

/// What each role may do, and sees.
@Suite struct RoleTests {
    /// Every route that isn't for everyone, with the least role. A route that is added is added here, too.
    private static let leastRoles: [String: Role] = [
        "GET /signed-in": .viewer, "GET /session.json": .viewer, "GET /sessions": .viewer,
        "POST /sessions/end": .viewer, "GET /": .viewer, "GET /counts.json": .viewer,
        "GET /distributions/{distribution}": .viewer,
        "GET /settings": .admin, "POST /settings": .admin, "GET /keys": .admin, "GET /keys/rotate": .admin,
        "POST /keys/rotate": .admin, "POST /keys/publish": .admin,
        "GET /audit": .admin,
    ]

    @Test func `a route is refused to every role below its own, and the refusal is in the audit trail`() async throws {
        try await ConsoleHarness.run { (console) in
            var browsers: [Role: SignedIn] = [:]
            for role in Role.allCases {
                try ConsoleHarness.add(role.rawValue, role, to: console.workspace)
                browsers[role] = try await console.signIn(role.rawValue)
            }
            for route in console.console.routes where route.access != .everyone {
                let what = "\(route.method.rawValue) \(route.path)"
                let least = try #require(route.access.role)
                // What shows or changes links or contacts is never for viewers.
                #expect(least == Self.leastRoles[what] ?? .editor, "\(what)")
                let path = route.path.replacing(/\{[a-z]+\}/, with: "1")
                for (role, browser) in browsers where role < least {
                    let answer = route.method == .get ? try await browser.get(path) : try await browser.post(path)
                    #expect(answer.status == 403, "\(what) of a \(role) answered \(answer.status)")
                    #expect(answer.body.contains("needs the role \(least.rawValue)"), "\(what)")
                    let entry = try #require(try console.console.service.audit.latest(1).first)
                    #expect(entry.what == .refused && entry.who == role.rawValue, "\(what)")
                    #expect(entry.detail?.contains(what) == true)
                }
            }
        }
    }

    @Test func `a page shows nothing that its reader can't use`() async throws {
        try await ConsoleHarness.run { (console) in
            try await PageTests.importPeople(try await console.signIn())
            let id = try await console.signIn().distribution(named: "NPS").id.description
            for role in [Role.viewer, .editor] {
                try ConsoleHarness.add(role.rawValue, role, to: console.workspace)
                let browser = try await console.signIn(role.rawValue)
                for route in console.console.routes where route.method == .get {
                    guard let least = route.access.role, least <= role, !route.path.hasSuffix(".json") else { continue }
                    let path = route.path.replacing("{distribution}", with: id).replacing("{serial}", with: "0")
                    let page = try await browser.get(path)
                    for match in page.body.matches(of: /(href|action|formaction)="(\/[^"?#]*)/) {
                        let method = match.1 == "href" ? "GET" : "POST"
                        let words = match.2.split(separator: "/").map(String.init)
                        let target = console.console.routes.first {
                            $0.parameters(of: words) != nil && (method == "GET" || $0.method == .post)
                        }
                        #expect(
                            target?.access.role ?? .viewer <= role, "\(path) shows \(match.2) to the \(role)")
                    }
                }
                let page = try await browser.get("/distributions/\(id)")
                #expect(page.status == 200)
                #expect(page.body.contains("ann@") == (role == .editor), "\(role)")
            }
        }
    }

    @Test func `a role that is changed counts at once`() async throws {
        try await ConsoleHarness.run { (console) in
            try ConsoleHarness.add("anna", .admin, to: console.workspace)
            let browser = try await console.signIn("anna")
            #expect(try await browser.get("/keys").status == 200)
            let path = ConsoleFiles(of: console.workspace).passwords
            let before = String(decoding: try console.directory.read("linkseal-data/console/passwords"), as: UTF8.self)
            try DurableFile.replace(
                path, Array(before.replacing("anna admin ", with: "anna viewer ").utf8).span, mode: 0o600)
            #expect(try Passwords(contentsOf: path).users.map(\.role) == [.admin, .viewer])
            #expect(try await browser.get("/keys").status == 403)
            #expect(try await browser.get("/").status == 200)
        }
    }

    @Test func `a form or a header that claims another role changes nothing`() async throws {
        try await ConsoleHarness.run { (console) in
            try ConsoleHarness.add("anna", .viewer, to: console.workspace)
            let browser = try await console.signIn("anna")
            let sequence = try console.workspace.publishedBundle(console.workspace.keyring()).bundle.sequence
            for headers in [[("x-role", "admin")], [("x-original-url", "/")], [("x-rewrite-url", "/")]] {
                let answer = try await console.send(
                    .POST, "/keys/publish", cookie: browser.cookie + "; role=admin", headers: headers,
                    body: "form-token=\(browser.formToken)&role=admin&user=admin")
                #expect(answer.status == 403)
            }
            // Nor does a form that is shown again after signing in lead to a page of another role.
            let form = UnsentForm(
                action: try #require(ConsolePath("/generate")), page: try #require(ConsolePath("/keys")), user: "anna",
                hadFile: false, fields: FormFields("name=x"))
            let page = try await console.send(.GET, "/sign-in")
            let cookie = "\(console.signInCookie)=" + (page.cookie(console.signInCookie) ?? "")
            let answer = try await console.send(
                .POST, "/sign-in", cookie: cookie,
                body: ConsoleHarness.form([
                    ("form-token", page.formToken), ("user", "anna"), ("password", ConsoleHarness.password),
                    (UnsentForm.fieldName, try #require(form.text)),
                ]))
            let after = try await console.signedIn(by: answer)
            #expect(try await after.get(answer.location).status == 403)
            #expect(try console.workspace.publishedBundle(console.workspace.keyring()).bundle.sequence == sequence)
        }
    }

    @Test func `users see and end their own sessions, and admins everybody's`() async throws {
        try await ConsoleHarness.run { (console) in
            try ConsoleHarness.add("anna", .editor, to: console.workspace)
            try ConsoleHarness.add("ben", .viewer, to: console.workspace)
            let (anna, other, ben) = (
                try await console.signIn("anna"), try await console.signIn("anna"), try await console.signIn("ben")
            )
            func sessions(_ browser: SignedIn) async throws -> [String] {
                try await browser.get("/sessions").body.matches(of: /name="session" value="([^"]+)"/)
                    .map { String($0.1) }
            }
            #expect(try await sessions(anna).count == 1)
            #expect(try await sessions(ben).isEmpty)
            let admin = try await console.signIn()
            let all = try await sessions(admin)
            #expect(all.count == 3)
            let own = try await sessions(anna)
            #expect(try await anna.post("/sessions/end", [("session", own[0])]).status == 303)
            #expect(try await other.get("/").leadsToSignIn)
            #expect(try await anna.get("/").status == 200)
            let left = try await sessions(admin)
            #expect(left.count == 2)
            // Of those that are left one is Ben's own.
            for id in left + [own[0], "", "x"] {
                let isOwn = console.console.service.sessions.all(
                    of: "ben", at: UnixTime(rawValue: console.clock.seconds)
                )
                .contains { $0.id == id }
                guard !isOwn else { continue }
                #expect(try await ben.post("/sessions/end", [("session", id)]).status == 404)
            }
            for id in left { #expect(try await admin.post("/sessions/end", [("session", id)]).status == 303) }
            #expect(try await anna.get("/").leadsToSignIn)
            #expect(try console.console.service.audit.latest(1).first?.what == .sessionEnded)
            #expect(try await admin.get("/").status == 200)
        }
    }

    @Test func `two consoles on one host don't sign each other out`() async throws {
        try await ConsoleHarness.run { (one) in
            try await ConsoleHarness.run { (other) in
                let (first, second) = (try await one.signIn(), try await other.signIn())
                let cookies = first.cookie + "; " + second.cookie
                #expect(try await one.send(.GET, "/", cookie: cookies).status == 200)
                #expect(try await other.send(.GET, "/", cookie: cookies).status == 200)
            }
        }
    }

    @Test func `a new user needs a role, and the last user stays`() throws {
        let directory = TemporaryDirectory()
        let files = ConsoleFiles(of: try Workspace.create(in: directory.root))
        let (secret, cost) = (
            ConsoleHarness.secret("correct horse battery"), ScryptCost(log2N: 4, blockSize: 8, parallelism: 1)!
        )
        #expect(try Passwords.set(secret, of: "root", in: files, cost: cost) == .admin)
        #expect(throws: ConsoleRefusal.noRole(user: "anna")) {
            try Passwords.set(secret, of: "anna", in: files, cost: cost)
        }
        #expect(try Passwords.set(secret, of: "anna", role: .viewer, in: files, cost: cost) == .viewer)
        #expect(try Passwords.set(secret, of: "anna", in: files, cost: cost) == .viewer)
        #expect(throws: ConsoleRefusal.noUser("ben")) { try Passwords.remove("ben", in: files) }
        try Passwords.remove("root", in: files)
        #expect(throws: ConsoleRefusal.lastUser("anna")) { try Passwords.remove("anna", in: files) }
        #expect(try Passwords(contentsOf: files.passwords).users.map(\.name) == ["anna"])
    }
}
