import ConsumptionLog
import LinkToken
import Testing
import Trust

@Suite("Forward authentication")
struct AuthTests {
    @Test("a good token is admitted from header, bearer, address and cookie, with what is known of it")
    func sources() async throws {
        try await EdgeHarness.serving { (edge) in
            let token = try edge.token(3, contact: "Zoë")
            let sources: [[(String, String)]] = [
                [("X-Linkseal-Token", token)], [("Authorization", "Bearer \(token)")],
                [("X-Original-URI", "/survey?a=b&token=\(token)")], [("X-Forwarded-Uri", "/survey?token=\(token)")],
                [("Cookie", "a=b; linkseal=\(token)")],
                [("X-Forwarded-Uri", "/survey?token=\(token)"), ("Cookie", "linkseal=old")],
            ]
            for headers in sources {
                let answer = try await edge.get("/auth", headers: headers)
                #expect(answer.status == 204)
                #expect(answer["X-Linkseal-Contact-Id"] == "Zo%C3%AB")
                #expect(answer["X-Linkseal-Distribution"] == "0000000000005ea1")
                #expect(answer["X-Linkseal-Serial"] == "3")
                #expect(answer["X-Linkseal-Expiry"] == EdgeHarness.now.adding(seconds: 3600).description)
            }
            #expect(try await edge.state(3) == .unused)
        }
    }

    @Test("without a credential 401; with one that is over 403; each says its code")
    func refusals() async throws {
        try await EdgeHarness.serving { (edge) in
            let token = try edge.token(expiresIn: 100)
            func ask(_ token: String) async throws -> EdgeHarness.Answer {
                try await edge.get("/auth", headers: [("X-Linkseal-Token", token)])
            }
            let none = try await edge.get("/auth")
            #expect(none.status == 401 && none["WWW-Authenticate"] == "Bearer")
            #expect(none["X-Linkseal-Code"] == "credentials_missing")
            let forged = try await ask(try edge.token(key: .generate(.ed25519)))
            #expect(forged.status == 401 && forged["X-Linkseal-Code"] == "key_unknown")
            edge.advance(1000)
            let expired = try await ask(token)
            #expect(expired.status == 403 && expired["X-Linkseal-Code"] == "link_expired")
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
            try edge.publish([.make(revocation: Revocation(serials: [Serial(rawValue: 0)]))])
            #expect(try await ask(session) == "403 link_revoked")
            try edge.publish([.make(revocation: Revocation(epoch: Epoch(rawValue: 1)))])
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

    @Test("a parameter of the survey's own, that can be no credential, does not replace the cookie")
    func foreignParameters() async throws {
        try await EdgeHarness.serving { (edge) in
            let cookie = [("Cookie", "linkseal=\(try edge.token(0))")]
            func serial(_ query: String) async throws -> String? {
                try await edge.get("/auth", headers: cookie + [("X-Original-URI", "/s?\(query)")])["X-Linkseal-Serial"]
            }
            #expect(try await serial("token=1234&session=a.b") == "0")
            #expect(try await serial("token=\(try edge.token(1))") == "1")
            #expect(try await serial("session=x&token=\(try edge.token(1))") == "1")
            #expect(try await serial("token=L" + String(repeating: "4", count: 60)) == nil)
        }
    }

    @Test("changed data in any original address is refused, and pages without data are admitted")
    func data() async throws {
        let distribution = PublishedDistribution.make(url: "https://survey.example/{plan}", inLink: ["plan"])
        try await EdgeHarness.serving([distribution]) { (edge) in
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
