import Consumption
import LinkToken
import Testing
import Trust

@testable import EdgeService

@Suite("Forward authentication")
struct AuthTests {
    /// An edge that admits tokens, too.
    private static func acceptingTokens(
        _ distributions: [PublishedDistribution] = [.survey], _ body: @Sendable (EdgeHarness) async throws -> Void
    ) async throws {
        try await EdgeHarness.serving(
            distributions, configure: { (configuration, _) in configuration.authAcceptsTokens = true }, body)
    }

    /// Every place that a credential may stand in.
    private static func places(_ text: String) -> [[(String, String)]] {
        [
            [("X-Linkseal-Token", text)], [("Authorization", "Bearer \(text)")],
            [("X-Original-URI", "/survey?a=b&token=\(text)")], [("X-Forwarded-Uri", "/survey?session=\(text)")],
            [("Cookie", "a=b; linkseal=\(text)")],
        ]
    }

    @Test("a session is admitted from header, bearer, address and cookie, and kept only from the address")
    func sources() async throws {
        try await EdgeHarness.serving { (edge) in
            let session = try await edge.session(starting: edge.token(3))
            let stale = [("X-Forwarded-Uri", "/survey?session=\(session)"), ("Cookie", "linkseal=old")]
            for headers in Self.places(session) + [stale] {
                let answer = try await edge.get("/auth", headers: headers)
                #expect(answer.status == 204)
                #expect(answer["X-Linkseal-Distribution"] == "0000000000005ea1")
                #expect(answer["X-Linkseal-Serial"] == "3")
                #expect(answer["X-Linkseal-Contact-Id"] == "" && answer["X-Linkseal-Expiry"] == "")
                let cookie = "linkseal=\(session); Path=/; HttpOnly; SameSite=Lax"
                let isInAddress = headers[0].0.hasSuffix("I") || headers[0].0.hasSuffix("Uri")
                #expect(answer["Set-Cookie"] == (isInAddress ? cookie : nil), "\(headers)")
                let secure = try await edge.get("/auth", headers: headers + [("X-Forwarded-Proto", "https")])
                #expect(secure["Set-Cookie"] == (isInAddress ? cookie + "; Secure" : nil), "\(headers)")
            }
        }
    }

    @Test("the token of a link is not admitted, before its start and after")
    func tokensRefused() async throws {
        try await EdgeHarness.serving { (edge) in
            let (unused, started) = (try edge.token(0), try edge.token(1))
            let session = try await edge.session(starting: started)
            for headers in Self.places(unused) + Self.places(started) {
                let answer = try await edge.get("/auth", headers: headers)
                #expect(answer.status == 401 && answer["WWW-Authenticate"] == "Bearer")
                #expect(answer["X-Linkseal-Code"] == "token_not_accepted", "\(headers)")
                #expect(answer["X-Linkseal-Serial"] == nil && answer["Set-Cookie"] == nil)
            }
            // A session besides it counts.
            for headers in Self.places(unused) where headers[0].0 != "Cookie" {
                let answer = try await edge.get("/auth", headers: headers + [("Cookie", "linkseal=\(session)")])
                #expect(answer.status == 204 && answer["X-Linkseal-Serial"] == "1", "\(headers)")
            }
            #expect(try await edge.state(0) == .unused)
        }
    }

    @Test("an edge that accepts tokens admits them from every place, with what is known of the link")
    func tokensAccepted() async throws {
        try await Self.acceptingTokens { (edge) in
            let token = try edge.token(3, contact: "Zoë")
            for headers in Self.places(token) {
                let answer = try await edge.get("/auth", headers: headers)
                #expect(answer.status == 204)
                #expect(answer["X-Linkseal-Contact-Id"] == "Zo%C3%AB")
                #expect(answer["X-Linkseal-Serial"] == "3")
                #expect(answer["X-Linkseal-Expiry"] == EdgeHarness.now.adding(seconds: 3600).description)
                #expect(answer["X-Linkseal-Started-At"] == "")
            }
            #expect(try await edge.state(3) == .unused)
            let session = try await edge.session(starting: token)
            for headers in Self.places(session) { #expect(try await edge.get("/auth", headers: headers).status == 204) }
        }
    }

    @Test("without a credential 401; with one that is over 403; each says its code")
    func refusals() async throws {
        try await Self.acceptingTokens { (edge) in
            let token = try edge.token(expiresIn: 100)
            func ask(_ token: String) async throws -> EdgeHarness.Answer {
                try await edge.get("/auth", headers: [("X-Linkseal-Token", token)])
            }
            let none = try await edge.get("/auth")
            #expect(none.status == 401 && none["WWW-Authenticate"] == "Bearer")
            #expect(none["X-Linkseal-Code"] == "credentials_missing")
            let cut = try await ask(String(token.dropLast()))
            #expect(cut.status == 401 && cut["X-Linkseal-Code"] == "text_invalid")
            let forged = try await ask(try edge.token(key: .generate(.ed25519)))
            #expect(forged.status == 401 && forged["X-Linkseal-Code"] == "key_unknown")
            edge.advance(1000)
            let expired = try await ask(token)
            #expect(expired.status == 403 && expired["X-Linkseal-Code"] == "link_expired")
        }
    }

    @Test(
        "a browser is shown a page, in the language of the address or else its own",
        arguments: [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true), ("*/*", false),
            ("application/json, text/html;q=0.5", false), ("", false),
        ])
    func pages(accept: String, isPage: Bool) async throws {
        try await EdgeHarness.serving { (edge) in
            let session = try await edge.session(starting: edge.token())
            _ = try await edge.get("/done?session=\(session)")
            let headers = [("Accept", accept), ("Accept-Language", "fr"), ("Cookie", "linkseal=\(session)")]
            let answer = try await edge.get("/auth", headers: headers)
            #expect(answer.status == 403 && answer["X-Linkseal-Code"] == "already_finished")
            let type = isPage ? "text/html; charset=utf-8" : "application/problem+json"
            #expect(answer["Content-Type"] == type)
            guard isPage else { return }
            #expect(answer.body.contains(Language.french.words(.finished).heading))
            let inAddress = try await edge.get("/auth", headers: headers + [("X-Forwarded-Uri", "/?language=de")])
            #expect(inAddress.body.contains(Language.german.words(.finished).heading))
        }
    }

    @Test("an address that sent too many forged links is told so on a page, and when to come back")
    func rateLimited() async throws {
        try await Self.acceptingTokens { (edge) in
            let session = try await edge.session(starting: edge.token())
            let client = ("X-Forwarded-For", "198.51.100.7")
            let link = String(try edge.token(1).dropLast(8)) + "AAAAAAAA"
            let forged = [client, ("Cookie", "linkseal=\(link)"), ("Accept", "text/html")]
            for _ in 0..<100 { #expect(try await edge.get("/auth", headers: forged).status == 401) }
            let answer = try await edge.get("/auth", headers: forged)
            #expect(answer.status == 429 && answer["Retry-After"] == "1")
            #expect(answer.body.contains(Language.english.words(.rateLimited).heading))
            let participant = try await edge.get("/auth", headers: [client, ("Cookie", "linkseal=\(session)")])
            #expect(participant.status == 204)
        }
    }

    @Test("a session is admitted until its survey is finished")
    func sessions() async throws {
        try await EdgeHarness.serving([.make(resume: .never)]) { (edge) in
            let session = try await edge.session(starting: edge.token())
            let headers = [("X-Original-URI", "/survey?page=2&session=\(session)")]
            let answer = try await edge.get("/auth", headers: headers)
            #expect(answer.status == 204 && answer["X-Linkseal-Serial"] == "0")
            #expect(answer["X-Linkseal-Started-At"] == EdgeHarness.now.description)
            _ = try await edge.get("/done?session=\(session)")
            let after = try await edge.get("/auth", headers: headers)
            #expect(after.status == 403 && after["X-Linkseal-Code"] == "already_finished")
        }
    }

    @Test("a session is admitted until its link is deleted or revoked, and one of the link made anew goes on")
    func withdrawnSessions() async throws {
        try await EdgeHarness.serving { (edge) in
            func ask(_ session: String) async throws -> String {
                let answer = try await edge.get("/auth", headers: [("Cookie", "linkseal=\(session)")])
                return "\(answer.status) \(answer["X-Linkseal-Code"] ?? "")"
            }
            let session = try await edge.session(starting: edge.token())
            #expect(try await ask(session) == "204 ")
            try edge.publish([.make(changes: DistributionChanges(revoked: [Serial(rawValue: 0)]))])
            #expect(try await ask(session) == "403 link_revoked")
            try edge.publish([.make(changes: DistributionChanges(epoch: Epoch(rawValue: 1)))])
            #expect(try await ask(session) == "403 link_deleted")
            let ofNewLink = try await edge.session(starting: edge.token(epoch: Epoch(rawValue: 1)))
            #expect(try await ask(ofNewLink) == "204 ")
            #expect(try await ask(session) == "403 link_deleted")
            let finish = try await edge.post("/v1/finish", json: "{\"session\":\"\(session)\"}")
            #expect(finish.json["outcome"] == .string("finished"))
        }
    }

    @Test("a session is admitted for as long as its survey may be resumed")
    func endOfResuming() async throws {
        try await EdgeHarness.serving([.make(resume: .within(seconds: 500))]) { (edge) in
            let cookie = [("Cookie", "linkseal=\(try await edge.session(starting: edge.token()))")]
            edge.advance(499)
            let last = try await edge.get("/auth", headers: cookie)
            #expect(last.status == 204)
            edge.advance(1)
            let late = try await edge.get("/auth", headers: cookie)
            #expect(late.status == 403 && late["X-Linkseal-Code"] == "incomplete_window_over")
        }
    }

    @Test(
        "the cookie is for secure connections alone where the address was opened over one",
        arguments: [("https", true), ("wss", true), ("http", false)])
    func secureCookie(scheme: String, isSecure: Bool) async throws {
        try await EdgeHarness.serving { (edge) in
            let session = try await edge.session(starting: edge.token())
            let answer = try await edge.get(
                "/auth", headers: [("X-Original-URI", "/?session=\(session)"), ("X-Forwarded-Proto", scheme)])
            #expect(answer["Set-Cookie"]?.hasSuffix("; Secure") == isSecure)
        }
    }

    @Test("a session goes on where no survey may be resumed, and for a week where no bundle names its distribution")
    func sessionsWithoutWindow() async throws {
        try await EdgeHarness.serving([.make(resume: .never)]) { (edge) in
            let cookie = [("Cookie", "linkseal=\(try await edge.session(starting: edge.token()))")]
            edge.advance(3600)
            #expect(try await edge.get("/auth", headers: cookie).status == 204)
            try edge.publish([])
            edge.advance(7 * 86400 - 3600 - 1)
            #expect(try await edge.get("/auth", headers: cookie).status == 204)
            edge.advance(1)
            #expect(try await edge.get("/auth", headers: cookie)["X-Linkseal-Code"] == "incomplete_window_over")
        }
    }

    @Test("a session is admitted for as long as its start can be repeated, however short the resume policy")
    func grace() async throws {
        try await EdgeHarness.serving([.make(resume: .within(seconds: 10))]) { (edge) in
            let cookie = [("Cookie", "linkseal=\(try await edge.session(starting: edge.token()))")]
            edge.advance(59)
            #expect(try await edge.get("/auth", headers: cookie).status == 204)
            edge.advance(1)
            #expect(try await edge.get("/auth", headers: cookie).status == 403)
        }
    }

    @Test("what only a survey can have meant is passed over, and the cookie counts")
    func foreignCredentials() async throws {
        try await EdgeHarness.serving { (edge) in
            let session = try await edge.session(starting: edge.token(0))
            let other = try await edge.session(starting: edge.token(1))
            func serial(_ query: String, bearer: String = "x") async throws -> String? {
                let headers = [
                    ("Cookie", "linkseal=\(session)"), ("Authorization", "Bearer \(bearer)"),
                    ("X-Original-URI", "/s?\(query)"),
                ]
                return try await edge.get("/auth", headers: headers)["X-Linkseal-Serial"]
            }
            let rest = session.dropFirst()
            for query in [
                "session=Spring", "session=", "session", "token=1234&session=a.b", "token=L\(rest)", "session=L\(rest)",
                "session=S\(String(repeating: "A", count: 47))", "session=\(session)A", "session=\(session.dropLast())",
                "token=\(String(repeating: "L", count: 134))",
            ] {
                #expect(try await serial(query) == "0", "\(query)")
            }
            #expect(try await serial("", bearer: "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl") == "0")
            #expect(try await serial("session=\(other)") == "1")
            #expect(try await serial("session=Spring&session=\(other)") == "1")
            #expect(try await serial("session=x&token=\(other)") == "1")
            // It has the form of a session, but no key vouches for it.
            #expect(try await serial("session=" + session.dropLast() + (session.last == "A" ? "B" : "A")) == nil)
        }
    }

    @Test("changed data in any original address is refused, and pages without data are admitted")
    func data() async throws {
        let distribution = PublishedDistribution.make(url: "https://survey.example/{plan}", inLink: ["plan"])
        try await Self.acceptingTokens([distribution]) { (edge) in
            let token = try edge.token(data: [(name: "plan", value: "gold")])
            func ask(_ headers: [(String, String)]) async throws -> Int {
                try await edge.get("/auth", headers: headers + [("X-Linkseal-Token", token)]).status
            }
            #expect(try await ask([("X-Original-URI", "/survey?plan=gold")]) == 204)
            #expect(try await ask([("X-Original-URI", "/survey?page=2")]) == 204)
            #expect(try await ask([("X-Original-URI", "/survey?plan=free")]) == 401)
            #expect(try await ask([("X-Original-URI", "/"), ("X-Forwarded-Uri", "/?plan=free")]) == 401)
            #expect(try await ask([("X-Forwarded-Uri", "/"), ("X-Original-URI", "/?plan=free")]) == 401)
        }
    }
}
