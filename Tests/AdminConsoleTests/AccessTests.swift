import Cryptography
import Files
import LinkToken
import Testing

@testable import AdminConsole

/// Who gets in, and what is refused.
@Suite struct AccessTests {
    @Test func `no page and no action is there without a session`() async throws {
        try await ConsoleHarness.run { (console) in
            let routes = console.console.routes.filter { $0.access != .everyone }
            #expect(routes.count > 25)
            for route in routes {
                let path = route.path.replacing(/\{[a-z]+\}/, with: "1")
                let answer = try await console.send(
                    route.method == .get ? .GET : .POST, path, body: route.method == .get ? nil : "form-token=x")
                let isRefused = answer.status == 401 || (answer.status == 303 && answer.leadsToSignIn)
                #expect(isRefused, "\(route.method) \(route.path) answered \(answer.status)")
            }
            // What is not there is not told apart from what is.
            #expect(try await console.send(.GET, "/no-such-page").location == "/sign-in?next=%2Fno-such-page")
        }
    }

    @Test func `an action without its form's token, or with another's, does nothing`() async throws {
        try await ConsoleHarness.run { (console) in
            let (one, other) = (try await console.signIn(), try await console.signIn())
            #expect(one.formToken != other.formToken)
            for route in console.console.routes where route.method == .post && route.access != .everyone {
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
            let planted = "\(console.sessionCookie)=" + String(repeating: "A", count: 43)
            let answer = try await console.attempt(ConsoleHarness.password, cookie: planted)
            let token = try #require(answer.cookie(console.sessionCookie))
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
        try await ConsoleHarness.run(hostNames: ["console.example"]) { (console) in
            func cookie(_ headers: [(String, String)]) async throws -> String {
                let answer = try await console.attempt(ConsoleHarness.password, headers: headers)
                return try #require(answer.headers["set-cookie"].first { $0.contains("linkseal-session") })
            }
            let plain = try await cookie([])
            for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] { #expect(plain.contains("; " + attribute)) }
            #expect(!plain.contains("Domain") && !plain.contains("Expires") && !plain.contains("Max-Age"))
            #expect(!plain.contains("Secure"))
            let encrypted = try await cookie([("host", "console.example"), ("x-forwarded-proto", "https")])
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
        try await ConsoleHarness.run(hostNames: ["console.example"]) { (console) in
            func expect(_ status: Int, _ password: String, from address: String) async throws {
                let headers = [("host", "console.example"), ("x-forwarded-for", "6.6.6.6, \(address)")]
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

    @Test func `many guesses at once are no more than one after the other`() async throws {
        try await ConsoleHarness.run { (console) in
            let page = try await console.send(.GET, "/sign-in")
            let cookie = "\(console.signInCookie)=" + (page.cookie(console.signInCookie) ?? "")
            let form = ConsoleHarness.form([
                ("form-token", page.formToken), ("user", "admin"), ("password", "wrong password"),
            ])
            let statuses = try await withThrowingTaskGroup(of: Int.self) { (group) in
                for _ in 0..<40 {
                    group.addTask { try await console.send(.POST, "/sign-in", cookie: cookie, body: form).status }
                }
                return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            #expect(Set(statuses.keys) == [401, 429] && statuses[401, default: 0] <= SignInLimiter.freeFailures)
        }
    }

    @Test func `whoever has guesses in flight keeps nobody else out`() throws {
        let limiter = SignInLimiter()
        let now = UnixTime(rawValue: 1_000_000)
        let busy = try #require(IPAddress("192.0.2.1"))
        var admitted: [SignInLimiter.Attempt] = []
        for _ in 0..<20 { if case .admitted(let attempt) = limiter.admit(busy, at: now) { admitted.append(attempt) } }
        #expect(admitted.count == SignInLimiter.checksAtOnce)
        for number in 0..<20 { #expect(limiter.isAdmitted("198.51.100.\(number)", at: now)) }
        // Those that end give their places back, as failures.
        for attempt in admitted { limiter.end(attempt, succeeded: false, at: now) }
        #expect(limiter.isAdmitted("192.0.2.1", at: now))
    }

    @Test func `the addresses that one IPv6 client has are one`() {
        let limiter = SignInLimiter()
        let now = UnixTime(rawValue: 1_000_000)
        let guesses = (0..<100).count { limiter.fails("2001:db8:1:2::\($0)", at: now) }
        #expect(guesses == SignInLimiter.freeFailures)
        #expect(limiter.isAdmitted("2001:db8:1:3::1", at: now))
        #expect(limiter.addressCount == 2)
    }

    @Test func `who exhausts the limit of all addresses keeps no admin out who was here before`() throws {
        let limiter = SignInLimiter()
        let now = UnixTime(rawValue: 1_000_000)
        let admin = try #require(IPAddress("192.0.2.1"))
        guard case .admitted(let attempt) = limiter.admit(admin, at: now) else {
            Issue.record("the first attempt is not admitted")
            return
        }
        limiter.end(attempt, succeeded: true, at: now)
        var guesses = 0
        for number in 0..<200 where limiter.fails("198.51.100.\(number)", at: now) { guesses += 1 }
        // A sign-in that succeeded is no failure.
        #expect(guesses == SignInLimiter.failuresPerMinute)
        #expect(limiter.isAdmitted("192.0.2.1", at: now) && limiter.isAdmitted("127.0.0.1", at: now))
        #expect(!limiter.isAdmitted("203.0.113.1", at: now))
        #expect(limiter.isAdmitted("203.0.113.1", at: now.adding(seconds: 60)))
    }

    @Test func `the limit of sign-ins knows a bounded number of addresses`() throws {
        let limiter = SignInLimiter()
        for number in 0..<(3 * UInt32(SignInLimiter.addressLimit)) {
            let now = UnixTime(rawValue: 1_000_000 + 2 * number)
            let address = IPAddress(v4: 0x0A00_0000 + number)
            guard case .admitted(let attempt) = limiter.admit(address, at: now) else { continue }
            limiter.end(attempt, succeeded: number % 3 == 0, at: now)
        }
        #expect(limiter.addressCount <= SignInLimiter.addressLimit)
    }

    @Test(arguments: [
        // Without a proxy that was named nobody else's word counts.
        ([], "127.0.0.1", "203.0.113.9", "127.0.0.1"), (["console.example"], "127.0.0.1", "203.0.113.9", "127.0.0.1"),
        (["console.example"], "console.example", "203.0.113.9", "203.0.113.9"),
        (["console.example"], "console.example", "6.6.6.6, 2001:db8::1", "2001:db8::1"),
        (["console.example"], "console.example", "203.0.113.9, <b>not an address</b>\t", "unknown"),
        (["console.example"], "console.example", "", "unknown"),
    ])
    func `the audit trail names the client that a proxy names, and nothing else that a client sends`(
        hostNames: [String], host: String, field: String, address: String
    ) async throws {
        try await ConsoleHarness.run(hostNames: hostNames) { (console) in
            let headers = [("host", host), ("x-forwarded-for", field)]
            #expect(try await console.attempt("wrong password", headers: headers).status == 401)
            let entry = try #require(try AuditTrail(ConsoleFiles(of: console.workspace).auditTrail).latest(1).first)
            #expect(entry.what == .signInFailed && entry.from == address)
        }
    }

    @Test func `a client of the console itself can't claim that its connection is encrypted`() async throws {
        try await ConsoleHarness.run(hostNames: ["console.example"]) { (console) in
            for (host, isSecure) in [("127.0.0.1", false), ("console.example", true)] {
                let answer = try await console.send(
                    .GET, "/sign-in", headers: [("host", host), ("x-forwarded-proto", "https")])
                #expect((answer.headers.first(name: "strict-transport-security") != nil) == isSecure)
                #expect((answer.cookie("__Host-linkseal-sign-in") != nil) == isSecure)
            }
        }
    }

    @Test func `a user who is not there takes as long to be refused as one who is`() async throws {
        try await ConsoleHarness.run { (console) in
            // The quickest of many: the others waited for the processor.
            func time(_ user: String) async throws -> Duration {
                let check = PasswordCheck(ConsoleFiles(of: console.workspace))
                var quickest = Duration.seconds(3600)
                for _ in 0..<40 {
                    let start = ContinuousClock.now
                    #expect(try await check.check(user, ConsoleHarness.secret("wrong password")) == nil)
                    quickest = min(quickest, ContinuousClock.now - start)
                }
                return quickest
            }
            let (known, unknown) = (try await time("admin"), try await time("nobody"))
            // The harness' password is cheap to check; a hash of the standard cost takes a thousand times as long.
            #expect(unknown < known * 20, "\(known), \(unknown)")
        }
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

    @Test(arguments: ["0.0.0.0", "127.0.0.1.evil.example", "127.evil.example", "::ffff:127.evil.example", "[::]"])
    func `it does not listen for other machines unless it is told to`(host: String) async throws {
        try await ConsoleHarness.run { (console) in
            var configuration = Console.Configuration()
            configuration.host = host
            func refusal() -> ConsoleRefusal? {
                do {
                    _ = try Console(of: console.workspace, configuration: configuration, logger: .init(label: "test"))
                    return nil
                } catch {
                    return error as? ConsoleRefusal
                }
            }
            #expect(refusal() == .notLoopback(host))
            configuration.allowsRemote = true
            #expect(refusal() == .noHostName)
            configuration.hostNames = ["console.example"]
            #expect(refusal() == nil)
        }
    }
}

extension SignInLimiter {
    func isAdmitted(_ address: String, at now: UnixTime) -> Bool {
        guard case .admitted = admit(IPAddress(address), at: now) else { return false }
        return true
    }

    /// A wrong guess; false where it is not let in.
    func fails(_ address: String, at now: UnixTime) -> Bool {
        guard case .admitted(let attempt) = admit(IPAddress(address), at: now) else { return false }
        end(attempt, succeeded: false, at: now)
        return true
    }
}

extension Console {
    var routes: [Route] { service.routes }
}
