import AsyncHTTPClient
import Encoding
import Foundation
import Glewlwyd
import LinkToken
import NIOCore
import TestSupport
import Testing

@testable import AdminConsole

/// Signing in with a real OpenID Connect provider.
@Suite(.serialized) struct SignInProviderTests {
    /// A console and a provider that know each other.
    private func run(_ keys: Glewlwyd.Keys = .ecdsa, _ body: (ConsoleHarness, Glewlwyd) async throws -> Void)
        async throws
    {
        let port = freePort()
        let provider = try await Glewlwyd(
            redirectURI: "http://127.0.0.1:\(port)\(ConsoleService.providerPath)", keys: keys)
        let settings = try SignInProvider(
            issuer: provider.issuer, clientID: "console", clientSecret: ConsoleHarness.secret(Glewlwyd.clientSecret),
            roleClaim: "groups", roles: ["survey-editors": .editor, "survey-admins": .admin])
        try await ConsoleHarness.run(port: port, provider: settings, now: .now) { try await body($0, provider) }
    }

    /// Presses the button of a sign-in page.
    ///
    /// - Returns: where the browser is sent, and its cookies.
    private func begin(
        _ console: ConsoleHarness, by page: ConsoleHarness.Answer
    ) async throws -> (address: String, cookies: String) {
        #expect(page.body.contains("Sign in with 127.0.0.1"))
        let hidden = page.body.matches(of: /<input type="hidden" name="([^"]+)" value="([^"]*)">/)
            .map { (String($0.1), String($0.2).replacing("&amp;", with: "&")) }
        let answer = try await console.send(
            .POST, "/sign-in/provider",
            cookie: "\(console.signInCookie)=" + (page.cookie(console.signInCookie) ?? ""),
            body: ConsoleHarness.form(hidden))
        #expect(answer.status == 200)
        let cookie = answer.cookie("linkseal-provider-\(console.port)") ?? ""
        #expect(answer.headers["set-cookie"].first?.contains("SameSite=Lax") == true)
        let refresh = answer.headers.first(name: "refresh") ?? ""
        return (String(refresh.dropFirst("0; url=".count)), "linkseal-provider-\(console.port)=\(cookie)")
    }

    /// Signs in at the provider, and gives the path that it sends the browser back to.
    private func authorize(_ address: String, as user: String, at provider: Glewlwyd) async throws -> String {
        func send(
            _ method: String, _ url: String, _ body: String? = nil, cookie: String = ""
        ) async throws -> HTTPClientResponse {
            var request = HTTPClientRequest(url: url)
            request.method = .RAW(value: method)
            request.headers.add(name: "cookie", value: cookie)
            request.headers.add(name: "content-type", value: "application/json")
            if let body { request.body = .bytes(ByteBuffer(string: body)) }
            return try await ConsoleHarness.client.execute(request, timeout: .seconds(30))
        }
        let api = "http://127.0.0.1:\(provider.port)/api"
        let signedIn = try await send(
            "POST", api + "/auth/", #"{"username":"\#(user)","password":"correct horse battery"}"#)
        let cookie = String((signedIn.headers.first(name: "set-cookie") ?? "").prefix { $0 != ";" })
        _ = try await send("PUT", api + "/auth/grant/console/", #"{"scope":"openid"}"#, cookie: cookie)
        let answer = try await send("GET", address + "&g_continue", cookie: cookie)
        let location = answer.headers.first(name: "location") ?? ""
        return String(location[(location.range(of: ConsoleService.providerPath)?.lowerBound ?? location.startIndex)...])
    }

    private func session(_ answer: ConsoleHarness.Answer, of console: ConsoleHarness) throws -> String {
        "\(console.sessionCookie)=" + (try #require(answer.cookie(console.sessionCookie)))
    }

    @Test(arguments: Glewlwyd.Keys.allCases)
    func `the provider's groups are roles, and the page that was asked for follows`(keys: Glewlwyd.Keys) async throws {
        try await run(keys) { (console, provider) in
            let page = try await console.send(.GET, "/sign-in?next=%2Fcontacts")
            let (address, cookies) = try await begin(console, by: page)
            let path = try await authorize(address, as: "anna", at: provider)
            let answer = try await console.send(.GET, path, cookie: cookies)
            #expect(answer.status == 200)
            #expect(answer.headers.first(name: "refresh") == "0; url=/contacts")
            let cookie = try session(answer, of: console)
            let contacts = try await console.send(.GET, "/contacts", cookie: cookie)
            #expect(contacts.status == 200 && contacts.body.contains(">anna</a>"))
            #expect(try await console.send(.GET, "/sessions", cookie: cookie).body.contains("anna ["))
            #expect(try await console.send(.GET, "/keys", cookie: cookie).status == 403)
            let entry = try #require(try console.console.service.audit.latest(2).last)
            #expect(entry.what == .signedIn && entry.who.hasPrefix("anna ["))

            // What answered once answers nothing any more, in whatever browser.
            for cookie in [cookies, cookies + "; " + cookie] {
                let again = try await console.send(.GET, path, cookie: cookie)
                #expect(again.status == 502 && again.cookie(console.sessionCookie) == nil)
            }
            // Its session ends by signing out, as any other.
            let form = contacts.formToken
            _ = try await console.send(.POST, "/sign-out", cookie: cookie, body: "form-token=\(form)")
            #expect(try await console.send(.GET, "/contacts", cookie: cookie).leadsToSignIn)
        }
    }

    @Test func `a user without a role here gets no session`() async throws {
        try await run { (console, provider) in
            let (address, cookies) = try await begin(console, by: try await console.send(.GET, "/sign-in"))
            let answer = try await console.send(
                .GET, try await authorize(address, as: "ben", at: provider), cookie: cookies)
            #expect(answer.status == 403 && answer.body.contains("none of your roles there is one of this console"))
            #expect(answer.cookie(console.sessionCookie) == nil)
            #expect(try console.console.service.audit.latest(1).first?.what == .signInFailed)
        }
    }

    @Test func `an answer that this browser didn't ask for signs nobody in`() async throws {
        try await run { (console, provider) in
            let (address, cookies) = try await begin(console, by: try await console.send(.GET, "/sign-in"))
            let path = try await authorize(address, as: "anna", at: provider)
            let (other, others) = try await begin(console, by: try await console.send(.GET, "/sign-in"))
            let code = try #require(path.firstMatch(of: /[?&](code=[^&]+)/)?.1)
            let state = try #require(other.firstMatch(of: /[?&](state=[^&]+)/)?.1)
            for (path, cookies, status) in [
                // The state of another browser, none, and one that was made up.
                (path, others, 502), (path, "", 502),
                (
                    ConsoleService.providerPath + "?\(code)&state=made-up", "linkseal-provider-\(console.port)=made-up",
                    502
                ),
                (ConsoleService.providerPath + "?\(code)", cookies, 502), (ConsoleService.providerPath, "", 502),
                // A code that was given to another sign-in: its verifier is another.
                (ConsoleService.providerPath + "?\(code)&\(state)", others, 502),
            ] {
                let answer = try await console.send(.GET, path, cookie: cookies)
                #expect(answer.status == status && answer.cookie(console.sessionCookie) == nil, "\(path)")
            }
            // One that took too long.
            let (slow, late) = try await begin(console, by: try await console.send(.GET, "/sign-in"))
            let slowPath = try await authorize(slow, as: "anna", at: provider)
            console.clock.advance(PendingSignIns.lifetime)
            #expect(try await console.send(.GET, slowPath, cookie: late).cookie(console.sessionCookie) == nil)
        }
    }

    @Test func `a form that was not sent comes back after signing in with the provider`() async throws {
        try await run { (console, provider) in
            func signIn(_ page: ConsoleHarness.Answer) async throws -> (cookie: String, refresh: String) {
                let (address, cookies) = try await begin(console, by: page)
                let path = try await authorize(address, as: "anna", at: provider)
                let answer = try await console.send(.GET, path, cookie: cookies)
                return (try session(answer, of: console), answer.headers.first(name: "refresh") ?? "")
            }
            let (cookie, _) = try await signIn(try await console.send(.GET, "/sign-in"))
            let form = try await console.send(.GET, "/contacts", cookie: cookie)
            _ = try await console.send(.POST, "/sign-out", cookie: cookie, body: "form-token=\(form.formToken)")
            let page = try await console.send(
                .POST, "/contacts/dummies", cookie: cookie,
                body: ConsoleHarness.form([("form-token", form.formToken), ("name", "Kept"), ("count", "7")]))
            #expect(page.status == 401)
            let (again, refresh) = try await signIn(page)
            #expect(refresh == "0; url=/contacts")
            #expect(try await console.send(.GET, "/contacts", cookie: again).body.contains("value=\"Kept\""))
            #expect(try console.workspace.contacts.lists().isEmpty)
        }
    }

    @Test func `a provider that can't be asked, or is another, is named, and passwords still work`() async throws {
        let port = freePort()
        let settings = try SignInProvider(
            issuer: "http://127.0.0.1:\(port)/nobody", clientID: "console", clientSecret: ConsoleHarness.secret("x"),
            roleClaim: "groups", roles: [:])
        try await ConsoleHarness.run(provider: settings) { (console) in
            let page = try await console.send(.GET, "/sign-in")
            let answer = try await console.send(
                .POST, "/sign-in/provider",
                cookie: "\(console.signInCookie)=" + (page.cookie(console.signInCookie) ?? ""),
                body: ConsoleHarness.form([("form-token", page.formToken), ("next", "/contacts")]))
            #expect(answer.status == 502 && answer.body.contains("Signing in with the provider failed"))
            for _ in 1..<SignInLimiter.freeFailures {
                let cookie = "\(console.signInCookie)=" + (page.cookie(console.signInCookie) ?? "")
                _ = try await console.send(
                    .POST, "/sign-in/provider", cookie: cookie, body: "form-token=\(page.formToken)")
            }
            let waits = try await console.send(
                .POST, "/sign-in/provider",
                cookie: "\(console.signInCookie)=" + (page.cookie(console.signInCookie) ?? ""),
                body: "form-token=\(page.formToken)")
            #expect(waits.status == 429)
            console.clock.advance(SignInLimiter.firstWait)
            #expect(answer.body.contains("value=\"/contacts\""))
            #expect(try await console.attempt(ConsoleHarness.password).status == 303)
        }
        for issuer in [
            "http://id.example", "ftp://id.example", "https://u:p@id.example", "https://id.example/?a=b", "",
        ] {
            #expect(throws: ConsoleRefusal.self) {
                try SignInProvider(
                    issuer: issuer, clientID: "c", clientSecret: ConsoleHarness.secret("x"), roleClaim: "r", roles: [:])
            }
        }
    }

    // MARK: ID tokens

    private static let now = UnixTime(rawValue: 1_795_504_687)

    /// - Parameter changes: claims as JSON, in place of those that it has otherwise.
    private func token(_ changes: String = "{}", roleClaim: String = "groups") throws -> IDToken {
        let usual = """
            {"iss": "https://id.example", "sub": "248289", "aud": "console", "nonce": "n", "exp": 1795504987,
             "iat": 1795504687, "groups": ["staff", "editors"], "preferred_username": "anna",
             "realm_access": {"roles": ["editors"], "n": 1}, "https://app.example/roles": "editors"}
            """
        func object(_ text: String) throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        }
        let claims = try object(usual).merging(try object(changes)) { $1 }
        let payload = [UInt8](try JSONSerialization.data(withJSONObject: claims))
        return try IDToken("e30.\(Base64URL.encode(payload.span)).c2ln", roleClaim: roleClaim)
    }

    private func isAccepted(_ changes: String) -> Bool {
        do {
            try token(changes).check(issuer: "https://id.example", clientID: "console", nonce: "n", at: Self.now)
            return true
        } catch {
            return false
        }
    }

    @Test(arguments: [
        #"{}"#, #"{"aud": ["console"]}"#, #"{"aud": ["console", "other"], "azp": "console"}"#,
        #"{"exp": 1795504628, "iat": 1795504088}"#, #"{"iat": 1795504747}"#, #"{"azp": "console"}"#,
    ])
    func `an ID token for this issuer, client, sign-in and time is accepted`(changes: String) {
        #expect(isAccepted(changes))
    }

    @Test(arguments: [
        #"{"iss": "https://id.example/"}"#, #"{"iss": "https://evil.example"}"#, #"{"aud": "other"}"#,
        #"{"aud": ["other"]}"#, #"{"aud": []}"#, #"{"aud": ["console", "other"]}"#,
        #"{"aud": ["console", "other"], "azp": "other"}"#, #"{"azp": "other"}"#, #"{"exp": 1795504627}"#,
        #"{"iat": 1795504748}"#, #"{"iat": 1795504086}"#, #"{"nonce": "m"}"#, #"{"nonce": null}"#, #"{"nonce": ""}"#,
        #"{"sub": ""}"#, #"{"sub": "a\nb"}"#, #"{"sub": null}"#, #"{"exp": null}"#, #"{"iat": "now"}"#,
        #"{"sub": "\#(String(repeating: "a", count: 256))"}"#,
    ])
    func `any other ID token is refused`(changes: String) {
        #expect(!isAccepted(changes))
    }

    @Test(arguments: ["e30", #"{"alg":"none"}"#, #"{"alg":"HS256"}"#, #"{"alg":"ES256","kid":"other"}"#])
    func `a token that no key of the provider signed is refused`(header: String) throws {
        let keys = try JSONDecoder().decode(
            WebKeySet.self,
            from: Data(
                """
                {"keys": [{"kty": "EC", "crv": "P-256", "kid": "k", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
                 "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}, {"kty": "oct", "k": "c2VjcmV0"}]}
                """.utf8))
        #expect(keys.keys.count == 1)
        let encoded = header == "e30" ? header : Base64URL.encode(Array(header.utf8).span)
        let text = "\(encoded).eyJpc3MiOiJpIiwic3ViIjoicyIsImF1ZCI6ImEiLCJleHAiOjEsImlhdCI6MX0."
        let token = try IDToken(text, roleClaim: "groups")
        #expect(throws: ConsoleRefusal.self) { try token.checkSignature(keys) }
    }

    @Test(arguments: ["", "a.b", "a.b.c.d", "e30.e30.c2ln", "e30.%.c2ln", "e30.W10.c2ln"])
    func `what is no ID token is refused`(text: String) {
        #expect(throws: ConsoleRefusal.self) { try IDToken(text, roleClaim: "groups") }
    }

    @Test(arguments: [
        ("groups", ["staff", "editors"]), ("realm_access.roles", ["editors"]),
        ("https://app.example/roles", ["editors"]),
        ("realm_access", []), ("realm_access.n", []), ("nothing", []), ("", []), ("sub", ["248289"]),
    ])
    func `roles are where the claim says`(claim: String, roles: [String]) throws {
        #expect(try token(roleClaim: claim).roles == roles)
    }

    @Test func `no user of the provider is called as one with a password`() throws {
        #expect(try token().userName == "anna [248289]")
        #expect(try token(#"{"preferred_username": "admin"}"#).userName == "admin [248289]")
        for name in ["", "a b", "admin [1]", "<b>"] {
            #expect(try token(#"{"preferred_username": "\#(name)"}"#).userName == "user [248289]")
        }
        for user in ["anna [248289]", "user [1]"] { #expect(!Passwords.isUsable(user)) }
    }
}
