import Cryptography
import LinkToken
import Testing

@testable import AdminConsole

/// Who gets in, and what is refused.
@Suite struct AccessTests {
    @Test func `no page and no action is there without a session`() async throws {
        try await ConsoleHarness.run { (console) in
            let routes = console.console.routes.filter { $0.access == .signedIn }
            #expect(routes.count > 25)
            for route in routes {
                let path = route.path.replacing(/\{[a-z]+\}/, with: "1")
                let answer = try await console.send(
                    route.method == .get ? .GET : .POST, path, body: route.method == .get ? nil : "form-token=x")
                let isRefused = answer.status == 401 || (answer.status == 303 && answer.location == "/sign-in")
                #expect(isRefused, "\(route.method) \(route.path) answered \(answer.status)")
            }
            // What is not there is not told apart from what is.
            #expect(try await console.send(.GET, "/no-such-page").location == "/sign-in")
        }
    }

    @Test func `an action without its form's token, or with another's, does nothing`() async throws {
        try await ConsoleHarness.run { (console) in
            let (one, other) = (try await console.signIn(), try await console.signIn())
            #expect(one.formToken != other.formToken)
            for route in console.console.routes where route.method == .post && route.access == .signedIn {
                let path = route.path.replacing(/\{[a-z]+\}/, with: "1")
                for token in ["", "form-token=", "form-token=\(other.formToken)"] {
                    if route.body == .upload {
                        let answer = try await one.upload("Email\na@x.example\n", named: "a.csv", token: token)
                        #expect(answer.status == 403)
                    } else {
                        let answer = try await console.send(.POST, path, cookie: one.cookie, body: token)
                        #expect(answer.status == 403, "\(route.path) answered \(answer.status)")
                    }
                }
            }
            #expect(try await one.get("/contacts").body.contains("There are no contact lists yet"))
        }
    }

    @Test(arguments: [
        [("sec-fetch-site", "cross-site")], [("sec-fetch-site", "same-site")], [("sec-fetch-site", "none")],
        [("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")], [("sec-fetch-site", "")],
    ])
    func `a request of another site's page is refused, whatever token it has`(
        headers: [(String, String)]
    ) async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            let answer = try await console.send(
                .POST, "/keys/publish", cookie: browser.cookie, headers: headers,
                body: "form-token=\(browser.formToken)")
            #expect(answer.status == 403)
            let own = try await browser.post("/keys/publish")
            #expect(own.status == 303)
        }
    }

    @Test(arguments: [
        ("127.0.0.1:1", 303), ("localhost", 303), ("LOCALHOST:8081", 303), ("[::1]:8081", 303),
        ("console.example", 303),
        ("evil.example", 421), ("127.0.0.1.evil.example", 421), ("", 421),
    ])
    func `only its own host names are answered, so that no other name can be made to lead here`(
        host: String, status: Int
    ) async throws {
        try await ConsoleHarness.run(hostNames: ["console.example"]) { (console) in
            let answer = try await console.send(.GET, "/", headers: [("host", host)])
            #expect(answer.status == status)
        }
    }

    @Test func `signing in makes a new session and ends the one that the browser brought`() async throws {
        try await ConsoleHarness.run { (console) in
            let planted = "linkseal-session=" + String(repeating: "A", count: 43)
            let answer = try await console.attempt(ConsoleHarness.password, cookie: planted)
            let token = try #require(answer.cookie("linkseal-session"))
            #expect(token.count == 43)
            #expect(token != String(repeating: "A", count: 43))
            #expect(try await console.send(.GET, "/", cookie: planted).status == 303)

            let first = try await console.signIn()
            let second = try await console.attempt(ConsoleHarness.password, cookie: first.cookie)
            #expect(second.status == 303)
            #expect(try await first.get("/").status == 303)
        }
    }

    @Test func `the session's cookie can't be read by scripts, sent by other sites or, with TLS, sent in the clear`()
        async throws
    {
        try await ConsoleHarness.run { (console) in
            func cookie(_ headers: [(String, String)]) async throws -> String {
                let answer = try await console.attempt(ConsoleHarness.password, headers: headers)
                return try #require(answer.headers["set-cookie"].first { $0.contains("linkseal-session=") })
            }
            let plain = try await cookie([])
            for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] { #expect(plain.contains("; " + attribute)) }
            #expect(!plain.contains("Domain") && !plain.contains("Expires") && !plain.contains("Max-Age"))
            #expect(!plain.contains("Secure"))
            let encrypted = try await cookie([("x-forwarded-proto", "https")])
            #expect(encrypted.hasPrefix("__Host-linkseal-session="))
            #expect(encrypted.contains("; Secure"))
        }
    }

    @Test func `a session ends by signing out, when it is idle, after its longest time, and with a new password`()
        async throws
    {
        try await ConsoleHarness.run { (console) in
            let out = try await console.signIn()
            #expect(try await out.post("/sign-out").location == "/sign-in")
            #expect(try await out.get("/").location == "/sign-in")

            let idle = try await console.signIn()
            console.clock.advance(Sessions.idleTime - 1)
            #expect(try await idle.get("/").status == 200)
            console.clock.advance(Sessions.idleTime)
            #expect(try await idle.get("/").location == "/sign-in")

            // A page that lies open asks for its counts all the time.
            let left = try await console.signIn()
            console.clock.advance(Sessions.idleTime - 1)
            #expect(try await left.get("/counts.json").status == 200)
            console.clock.advance(1)
            #expect(try await left.get("/").location == "/sign-in")

            let busy = try await console.signIn()
            for _ in 0..<(Sessions.longestTime / 1200 - 1) {
                console.clock.advance(1200)
                #expect(try await busy.get("/").status == 200)
            }
            console.clock.advance(1200)
            #expect(try await busy.get("/").location == "/sign-in")

            let changed = try await console.signIn()
            try Passwords.set(
                ConsoleHarness.secret("another password"), of: "admin", in: ConsoleFiles(of: console.workspace),
                cost: ScryptCost(log2N: 4, blockSize: 8, parallelism: 1)!)
            #expect(try await changed.get("/").location == "/sign-in")
            #expect(try await console.attempt(ConsoleHarness.password).status == 401)
            #expect(try await console.attempt("another password").status == 303)
        }
    }

    @Test func `whoever guesses has to wait, longer each time, and others need not`() async throws {
        try await ConsoleHarness.run { (console) in
            func expect(_ status: Int, _ password: String, from address: String) async throws {
                let headers = [("x-forwarded-for", "6.6.6.6, \(address)")]
                let found = try await console.attempt(password, headers: headers).status
                #expect(found == status)
            }
            for _ in 0..<SignInLimiter.freeFailures {
                try await expect(401, "wrong password", from: "192.0.2.1")
            }
            try await expect(429, ConsoleHarness.password, from: "192.0.2.1")
            try await expect(303, ConsoleHarness.password, from: "192.0.2.2")
            console.clock.advance(SignInLimiter.firstWait)
            try await expect(401, "wrong password", from: "192.0.2.1")
            console.clock.advance(SignInLimiter.firstWait)
            try await expect(429, ConsoleHarness.password, from: "192.0.2.1")
            console.clock.advance(SignInLimiter.firstWait)
            try await expect(303, ConsoleHarness.password, from: "192.0.2.1")
        }
    }

    @Test func `the limit of sign-ins knows a bounded number of addresses, and bounds them all together`() {
        let limiter = SignInLimiter()
        for number in 0..<(3 * UInt32(SignInLimiter.addressLimit)) {
            let now = UnixTime(rawValue: 1_000_000 + 2 * number)
            if limiter.admit("a\(number)", at: now) == nil { limiter.checked("a\(number)", succeeded: false, at: now) }
        }
        #expect(limiter.addressCount <= SignInLimiter.addressLimit)
        let now = UnixTime(rawValue: 3_000_000)
        var admitted = 0
        for number in 0..<200 where limiter.admit("b\(number)", at: now) == nil {
            limiter.checked("b\(number)", succeeded: false, at: now)
            admitted += 1
        }
        #expect(admitted == SignInLimiter.failuresPerMinute)
    }

    @Test func `the answer to a wrong password is that to a wrong user`() async throws {
        try await ConsoleHarness.run { (console) in
            let wrong = try await console.attempt("wrong password")
            let nobody = try await console.attempt("wrong password", user: "nobody")
            #expect(wrong.status == 401 && nobody.status == 401)
            #expect(wrong.body.contains("The user name or the password is wrong."))
            func shape(_ answer: ConsoleHarness.Answer) -> String {
                answer.body.replacing(/value="[^"]*"/, with: "")
            }
            #expect(shape(wrong) == shape(nobody))
        }
    }

    @Test func `it does not listen for other machines unless it is told to`() async throws {
        try await ConsoleHarness.run { (console) in
            var configuration = Console.Configuration()
            configuration.host = "0.0.0.0"
            func refusal() -> ConsoleRefusal? {
                do {
                    _ = try Console(of: console.workspace, configuration: configuration, logger: .init(label: "test"))
                    return nil
                } catch {
                    return error as? ConsoleRefusal
                }
            }
            #expect(refusal() == .notLoopback("0.0.0.0"))
            configuration.allowsRemote = true
            #expect(refusal() == .noHostName)
            configuration.hostNames = ["console.example"]
            #expect(refusal() == nil)
        }
    }
}

extension Console {
    var routes: [Route] { service.routes }
}
