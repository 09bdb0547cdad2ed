import Encoding
import LinkToken
import NIOCore
import Testing

@testable import AdminConsole

/// A session that ends while somebody types loses nothing, and does nothing.
@Suite struct UnsentFormTests {
    /// Signs in with the sign-in page that an answer is.
    private func signIn(
        _ console: ConsoleHarness, by page: ConsoleHarness.Answer, as user: String = "admin",
        password: String = ConsoleHarness.password
    ) async throws -> ConsoleHarness.Answer {
        let cookie = "\(console.signInCookie)=" + (page.cookie(console.signInCookie) ?? "")
        let hidden = page.body.matches(of: /<input type="hidden" name="([^"]+)" value="([^"]*)">/)
            .map { (String($0.1), String($0.2).replacing("&amp;", with: "&")) }
        return try await console.send(
            .POST, "/sign-in", cookie: cookie,
            body: ConsoleHarness.form(hidden + [("user", user), ("password", password)]))
    }

    /// A browser whose forms are those of a page.
    private func browser(_ console: ConsoleHarness, at path: String, as user: String = "admin") async throws -> SignedIn
    {
        let browser = try await console.signIn(user)
        let page = try await browser.get(path)
        return SignedIn(harness: console, cookie: browser.cookie, formToken: page.formToken)
    }

    @Test func `a page that is asked for without a session comes after signing in`() async throws {
        try await ConsoleHarness.run { (console) in
            let asked = try await console.send(.GET, "/contacts/list?name=Caf%C3%A9%20%26%20more&search=a+b")
            #expect(asked.status == 303)
            let page = try await console.send(.GET, asked.location)
            let answer = try await signIn(console, by: page)
            #expect(answer.status == 303)
            #expect(answer.location == "/contacts/list?name=Caf%C3%A9%20%26%20more&search=a+b")
            // A wrong password in between keeps it, too.
            let wrong = try await signIn(console, by: page, password: "wrong password")
            #expect(wrong.status == 401)
            #expect(try await signIn(console, by: wrong).location == answer.location)
        }
    }

    @Test func `a link in a message leads on, with a request that has the cookies`() async throws {
        try await ConsoleHarness.run { (console) in
            let headers = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]
            let answer = try await console.send(.GET, "/audit?page=2", headers: headers)
            #expect(answer.status == 200)
            #expect(answer.headers.first(name: "refresh") == "0; url=/audit?page=2")
            #expect(try await console.send(.GET, "/audit?page=2").leadsToSignIn)
        }
    }

    @Test(arguments: ["idle", "signed out elsewhere", "ended by an admin"])
    func `a form that comes after its session is shown again, filled in, and nothing is done`(
        how: String
    ) async throws {
        try await ConsoleHarness.run { (console) in
            try ConsoleHarness.add("anna", .editor, to: console.workspace)
            let before = try await browser(console, at: "/contacts", as: "anna")
            switch how {
            case "idle": console.clock.advance(Sessions.idleTime)
            case "signed out elsewhere": _ = try await before.post("/sign-out")
            default:
                let admin = try await console.signIn()
                let page = try await admin.get("/sessions").body
                let id = try #require(page.firstMatch(of: /name="session" value="([^"]+)"/)?.1)
                #expect(try await admin.post("/sessions/end", [("session", String(id))]).status == 303)
            }
            let name = "Zoë \"& Co\" <b> '\u{301}"
            let page = try await before.post(
                "/contacts/dummies", [("name", name), ("count", "7"), ("password", "hunter secret")])
            #expect(page.status == 401)
            #expect(page.body.contains("Sign in as anna"))
            #expect(try console.workspace.contacts.lists().isEmpty)

            let answer = try await signIn(console, by: page, as: "anna")
            #expect(answer.location == "/contacts")
            let after = try await console.signedIn(by: answer)
            let form = try await after.get("/contacts")
            #expect(form.status == 200 && form.body.contains("You had been signed out"))
            #expect(form.body.contains("value=\"\(name.markupEscaped)\""))
            #expect(form.body.contains("value=\"7\""))
            #expect(!form.body.contains("hunter secret"))
            #expect(try console.workspace.contacts.lists().isEmpty)
            // It is sent with the new session's token, and then it is done.
            let sent = SignedIn(harness: console, cookie: after.cookie, formToken: form.formToken)
            let job = try await sent.post("/contacts/dummies", [("name", name), ("count", "7")])
            #expect(try await sent.finish(job.location).body.contains("7 contacts are in the list"))
            // It is shown once.
            #expect(try await !after.get("/contacts").body.contains("You had been signed out"))
        }
    }

    @Test func `an action that draws its own form draws what was typed`() async throws {
        try await ConsoleHarness.run { (console) in
            try await PageTests.importPeople(try await console.signIn())
            let before = try await browser(console, at: "/generate?list=People")
            console.clock.advance(Sessions.idleTime)
            let page = try await before.generate(
                from: "People", named: "Kept & sealed", [("selection", "individuals"), ("contact", "c1")])
            #expect(page.status == 401)
            let answer = try await signIn(console, by: page)
            let form = try await console.signedIn(by: answer).get(answer.location)
            #expect(form.body.contains("value=\"Kept &amp; sealed\""))
            #expect(form.body.contains("name=\"contact\" value=\"c1\" checked"))
            #expect(try console.workspace.distributions.all().isEmpty)
        }
    }

    @Test func `another user gets nothing of it`() async throws {
        try await ConsoleHarness.run { (console) in
            try ConsoleHarness.add("anna", .admin, to: console.workspace)
            let before = try await browser(console, at: "/contacts")
            console.clock.advance(Sessions.idleTime)
            let page = try await before.post("/contacts/dummies", [("name", "Private plans"), ("count", "7")])
            let answer = try await signIn(console, by: page, as: "anna")
            #expect(answer.status == 303 && answer.location == "/")
            let other = try await console.signedIn(by: answer)
            for path in ["/", "/contacts"] {
                let shown = try await other.get(path).body
                #expect(!shown.contains("Private plans") && !shown.contains("You had been signed out"), "\(path)")
            }
            // Nor by its old token, once somebody else has signed in.
            let stale = SignedIn(harness: console, cookie: other.cookie, formToken: before.formToken)
            let refused = try await stale.post("/contacts/dummies", [("name", "Private plans"), ("count", "7")])
            #expect(refused.status == 403 && !refused.body.contains("Private plans"))
            #expect(try console.workspace.contacts.lists().isEmpty)
        }
    }

    @Test func `after signing in in another tab, the form is shown again with the new token`() async throws {
        try await ConsoleHarness.run { (console) in
            let before = try await browser(console, at: "/contacts")
            let after = try await console.signIn()
            let stale = SignedIn(harness: console, cookie: after.cookie, formToken: before.formToken)
            let form = try await stale.post("/contacts/dummies", [("name", "Crowd"), ("count", "7")])
            #expect(form.status == 403 && form.body.contains("value=\"Crowd\""))
            #expect(form.formToken.hasPrefix(after.formToken.prefix(43)))
            #expect(try console.workspace.contacts.lists().isEmpty)
        }
    }

    @Test func `a file is asked for again, and a form that is too long is not carried`() async throws {
        try await ConsoleHarness.run { (console) in
            let before = try await browser(console, at: "/contacts")
            console.clock.advance(Sessions.idleTime)
            let page = try await before.upload("Email\na@x.example\n", named: "a.csv")
            #expect(page.status == 401 && page.body.contains("The file has to be chosen again."))
            let answer = try await signIn(console, by: page)
            #expect(answer.location == "/contacts")
            #expect(try await console.signedIn(by: answer).get("/contacts").body.contains("Choose the file again"))

            let long = try await before.post(
                "/contacts/dummies", [("name", String(repeating: "a", count: UnsentForm.limit)), ("count", "7")])
            #expect(long.status == 413)
        }
    }

    @Test(arguments: ["", "x", "..", "a.b.c", String(repeating: "A", count: 43) + ".YWRtaW4.Ly9ldmlsLmV4YW1wbGU"])
    func `a token that no session had leads to the plain sign-in page`(token: String) async throws {
        try await ConsoleHarness.run { (console) in
            let page = try await console.send(
                .POST, "/contacts/dummies",
                body: ConsoleHarness.form([("form-token", token), ("name", "n"), ("count", "1")]))
            #expect(page.status == 401 && !page.body.contains("evil.example"))
            let answer = try await signIn(console, by: page)
            #expect(["/", "/contacts"].contains(answer.location))
            #expect(try console.workspace.contacts.lists().isEmpty)
        }
    }

    @Test func `scripts are told with a status and keep their page`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let json = [("accept", "application/json")]
            let session = try await console.send(.GET, "/session.json", cookie: browser.cookie, headers: json)
            #expect(session.body.contains("\"user\":\"admin\""))
            #expect(session.body.contains(browser.formToken.prefix(43)))
            console.clock.advance(Sessions.idleTime)
            for path in ["/session.json", "/counts.json"] {
                #expect(try await console.send(.GET, path, cookie: browser.cookie, headers: json).status == 401)
            }
            let preview = try await console.send(
                .POST, "/generate/preview", cookie: browser.cookie, headers: json,
                body: "form-token=\(browser.formToken)")
            #expect(preview.status == 401)
        }
    }

    // MARK: Filling in

    private func filled(_ html: String, _ fields: [(String, String)]) throws -> FilledForm {
        var form = FormFields()
        for (name, value) in fields { form.append(name, value) }
        let path = try #require(ConsolePath("/a"))
        return FilledForm(html, UnsentForm(action: path, page: path, user: "u", hadFile: false, fields: form))
    }

    @Test func `every kind of field gets what was typed, and what has no field is told`() throws {
        let html = """
            <form method="post" action="/b"><input name="t" value="other"></form>
            <form class="card" method="post" action="/a"><input type="hidden" name="h" value="1">
            <input name="t" value="old"><input type="checkbox" name="c" value="1" checked>
            <input type="checkbox" name="c" value="2"><input type="radio" name="r" value="x" checked>
            <input type="radio" name="r" value="y"><input type="password" name="p">
            <select name="s"><option value="" selected>None</option><option value="1">One</option><option>Two &amp; a half</option></select>
            <textarea name="area">old</textarea><button name="action" value="go">Go</button></form>
            """
        let found = try filled(
            html,
            [
                ("h", "2"), ("t", "\"\u{301}><script>"), ("c", "2"), ("r", "y"), ("s", "Two & a half"),
                ("area", "\nline\n</textarea><script>"), ("p", "secret"), ("action", "go"), ("gone", "kept"),
            ])
        #expect(
            found.html == """
                <form method="post" action="/b"><input name="t" value="other"></form>
                <form class="card" method="post" action="/a"><input type="hidden" name="h" value="1">
                <input name="t" value="&quot;\u{301}&gt;&lt;script&gt;"><input type="checkbox" name="c" value="1">
                <input type="checkbox" name="c" value="2" checked><input type="radio" name="r" value="x">
                <input type="radio" name="r" value="y" checked><input type="password" name="p">
                <select name="s"><option value="">None</option><option value="1">One</option><option selected>Two &amp; a half</option></select>
                <textarea name="area">\n\nline\n&lt;/textarea&gt;&lt;script&gt;</textarea><button name="action" value="go">Go</button></form>
                """)
        #expect(found.leftOver.map(\.name) == ["gone"])
    }

    @Test func `text that begins with an accent ends no attribute`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let page = try await browser.get(
                "/?search=" + "\"\u{301} autofocus onfocus=alert(1) x=\"\u{301}".percentEncoded)
            try await PageTests.importPeople(browser)
            let list = try await browser.get(
                "/contacts/list?name=People&search=" + "\"\u{301} onfocus=alert(1) x=\"\u{301}".percentEncoded)
            for answer in [page, list] { #expect(!answer.body.unicodeScalars.contains("\"\u{301}".unicodeScalars)) }
            #expect(list.body.contains("&quot;\u{301} onfocus"))
        }
    }
}
