import Consumption
import Encoding
import LinkToken
import Testing
import Trust

@testable import EdgeService

@Suite("Starting and finishing")
struct StartTests {
    @Test("pressing the button sends to the survey with contact and session, and starts it")
    func redirect() async throws {
        try await EdgeHarness.serving { (edge) in
            let token = try edge.token(contact: "Zoë & Co/1")
            let answer = try await edge.request("POST", "/l/\(token)")
            #expect(answer.status == 303)
            let location = try #require(answer["Location"])
            #expect(location.hasPrefix("https://survey.example/s?c=Zo%C3%AB%20%26%20Co%2F1&r=S"))
            #expect(answer["Referrer-Policy"] == "no-referrer")
            #expect(answer["Cache-Control"] == "no-store")
            #expect(try await edge.state() == .started(at: EdgeHarness.now))
        }
    }

    @Test(
        "of 1,000 concurrent posts of one link exactly one starts it, and the others resume", .timeLimit(.minutes(2)),
        arguments: [ResumePolicy.standard, .never])
    func oneStart(resume: ResumePolicy) async throws {
        try await EdgeHarness.serving([.make(resume: resume)]) { (edge) in
            let body = "{\"token\":\"\(try edge.token())\"}"
            let outcomes = try await withThrowingTaskGroup(of: String?.self) { (tasks) in
                for _ in 0..<1000 {
                    tasks.addTask { try await edge.post("/v1/start", json: body).json["outcome"]?.string }
                }
                return try await tasks.reduce(into: [:]) { $0[$1 ?? "none", default: 0] += 1 }
            }
            #expect(outcomes == ["started": 1, "resumed": 999])
        }
    }

    @Test(
        "a start that is repeated within a minute leads to the same session, whatever the resume policy",
        arguments: [ResumePolicy.never, .within(seconds: 30), .within(seconds: 60), .standard, .untilFinished])
    func repeatedStart(resume: ResumePolicy) async throws {
        try await EdgeHarness.serving([.make(resume: resume)]) { (edge) in
            let path = "/l/\(try edge.token())"
            let json = "{\"link\":\"https://links.example\(path)\"}"
            let survey = try #require(try await edge.request("POST", path)["Location"])
            for pause in [0, 1, 58] as [UInt32] {
                edge.advance(pause)
                let again = try await edge.request("POST", path)
                #expect(again.status == 303 && again["Location"] == survey)
                let page = try await edge.get(path)
                #expect(page.status == 200 && page.body.contains("Continue the survey"))
                let start = try await edge.post("/v1/start", json: json)
                #expect(start.json["outcome"] == .string("resumed") && start.json["surveyURL"] == .string(survey))
                #expect(start.json["startedAt"] == .string(EdgeHarness.now.description))
            }
            let metrics = try await edge.get("/metrics").body
            #expect(metrics.contains("linkseal_links_total{outcome=\"started\"} 1\n"))
            #expect(metrics.contains("linkseal_links_total{outcome=\"resumed\"} 6\n"))
            _ = try await edge.post("/v1/finish", json: json)
            #expect(try await edge.request("POST", path).status == 410)
            #expect(try await edge.get(path).body.contains("You have completed this survey"))
            #expect(try await edge.post("/v1/start", json: json).json["code"] == .string("already_finished"))
        }
    }

    @Test(
        "after a minute a start is answered as the resume policy says",
        arguments: [
            (ResumePolicy.never, "already_started"), (.within(seconds: 30), "incomplete_window_over"),
            (.within(seconds: 60), "incomplete_window_over"), (.within(seconds: 61), "resumed"),
            (.untilFinished, "resumed"),
        ])
    func lateStart(resume: ResumePolicy, expected: String) async throws {
        try await EdgeHarness.serving([.make(resume: resume)]) { (edge) in
            let token = try edge.token()
            _ = try await edge.session(starting: token)
            edge.advance(60)
            let late = try await edge.post("/v1/start", json: "{\"token\":\"\(token)\"}")
            #expect((late.json["outcome"] ?? late.json["code"]) == .string(expected))
            #expect(try await edge.get("/l/\(token)").status == (expected == "resumed" ? 200 : 410))
        }
    }

    @Test("a link is started until a minute after it expires, for clocks that differ, and not at that second")
    func leeway() async throws {
        try await EdgeHarness.serving { (edge) in
            edge.advance(159)
            _ = try await edge.session(starting: edge.token(0, expiresIn: 100))
            edge.advance(1)
            let late = try await edge.post("/v1/start", json: "{\"token\":\"\(edge.token(1, expiresIn: 100))\"}")
            #expect(late.json["code"] == .string("link_expired"))
        }
    }

    @Test("from the second that an admin ends a distribution at, nobody starts, and who has started goes on")
    func end() async throws {
        try await EdgeHarness.serving { (edge) in
            let started = "{\"token\":\"\(try edge.token(0))\"}"
            _ = try await edge.post("/v1/start", json: started)
            let end = EdgeHarness.now.adding(seconds: 100)
            try edge.publish([.make(changes: DistributionChanges(expiry: end))])
            let path = "/l/\(try edge.token(1))"
            let json = "{\"token\":\"\(try edge.token(1))\"}"
            edge.advance(99)
            #expect(try await edge.get(path).status == 200)
            #expect(try await edge.post("/v1/verify", json: json).json["expiry"] == .string(end.description))
            edge.advance(1)
            #expect(try await edge.request("POST", path).status == 410)
            #expect(try await edge.get(path).body.contains("This link has expired"))
            for verb in ["verify", "start"] {
                let answer = try await edge.post("/v1/\(verb)", json: json)
                #expect(answer.status == 410 && answer.json["code"] == .string("link_expired"))
            }
            #expect(try await edge.state(1) == .unused)
            #expect(try await edge.post("/v1/start", json: started).json["outcome"] == .string("resumed"))
            #expect(try await edge.post("/v1/finish", json: started).json["outcome"] == .string("finished"))
        }
    }

    @Test("a distribution whose end is later than its links say can be started until then")
    func laterEnd() async throws {
        let distribution = PublishedDistribution.make(
            changes: DistributionChanges(expiry: EdgeHarness.now.adding(seconds: 5000)))
        try await EdgeHarness.serving([distribution]) { (edge) in
            let tokens = try [edge.token(0, expiresIn: 100), edge.token(1, expiresIn: 100)]
            edge.advance(4999)
            #expect(try await edge.request("POST", "/l/\(tokens[0])").status == 303)
            edge.advance(1)
            #expect(try await edge.request("POST", "/l/\(tokens[1])").status == 410)
        }
    }

    @Test("a recipient's own expiry counts before that of the distribution, for that link alone")
    func ownExpiry() async throws {
        let changes = DistributionChanges(
            expiry: EdgeHarness.now.adding(seconds: 50),
            links: [Serial(rawValue: 1): LinkChange(expiry: EdgeHarness.now.adding(seconds: 5000))])
        try await EdgeHarness.serving([.make(changes: changes)]) { (edge) in
            let paths = try ([0, 1] as [UInt32]).map { "/l/\(try edge.token($0, expiresIn: 100))" }
            edge.advance(50)
            #expect(try await edge.request("POST", paths[0]).status == 410)
            edge.advance(4949)
            #expect(try await edge.request("POST", paths[1]).status == 303)
            let other = "/l/\(try edge.token(2, expiresIn: 10_000))"
            #expect(try await edge.request("POST", other).status == 410)
        }
    }

    @Test("a link that was reopened is started once more, and the session of the use before finishes nothing")
    func reopening() async throws {
        try await EdgeHarness.serving([.make(resume: .never)]) { (edge) in
            let token = try edge.token()
            let json = "{\"token\":\"\(token)\"}"
            let old = try await edge.session(starting: token)
            #expect(try await edge.post("/v1/finish", json: "{\"session\":\"\(old)\"}").status == 200)
            edge.advance(100)
            #expect(try await edge.request("POST", "/l/\(token)").status == 410)
            let reopenedAt = EdgeHarness.now.adding(seconds: 110)
            let changes = DistributionChanges(links: [Serial(rawValue: 0): LinkChange(reopenedAt: reopenedAt)])
            try edge.publish([.make(changes: changes, resume: .never)])
            // Nothing is recorded before the link is used again.
            #expect(try await edge.state() == .finished(startedAt: EdgeHarness.now))
            #expect(try await edge.get("/l/\(token)").body.contains("Start the survey"))
            let again = try await edge.post("/v1/finish", json: "{\"session\":\"\(old)\"}")
            #expect(again.json["outcome"] == .string("already_finished"))
            #expect(try await edge.get("/auth", headers: [("Cookie", "linkseal=\(old)")]).status == 403)

            let start = try await edge.post("/v1/start", json: json)
            #expect(start.json["outcome"] == .string("started"))
            #expect(start.json["startedAt"] == .string(reopenedAt.description))
            #expect(try await edge.post("/v1/finish", json: "{\"session\":\"\(old)\"}").status == 200)
            #expect(try await edge.state() == .started(at: reopenedAt))
            edge.advance(100)
            #expect(try await edge.post("/v1/start", json: json).json["code"] == .string("already_started"))
            let new = try #require(start.json["session"]?.string)
            #expect(
                try await edge.post("/v1/finish", json: "{\"session\":\"\(new)\"}").json["outcome"]
                    == .string("finished"))
            // The same bundle doesn't reopen it twice.
            edge.advance(100)
            #expect(try await edge.post("/v1/start", json: json).json["code"] == .string("already_finished"))
        }
    }

    @Test("the earlier link of a recipient who has a new one is refused, and so is its session")
    func replacedLink() async throws {
        try await EdgeHarness.serving { (edge) in
            let old = try edge.token(1)
            let session = try await edge.session(starting: old)
            let changes = DistributionChanges(links: [Serial(rawValue: 1): LinkChange(epoch: Epoch(rawValue: 1))])
            try edge.publish([.make(changes: changes)])
            let refused = try await edge.post("/v1/start", json: "{\"token\":\"\(old)\"}")
            #expect(refused.status == 410 && refused.json["code"] == .string("link_revoked"))
            let admission = try await edge.get("/auth", headers: [("Cookie", "linkseal=\(session)")])
            #expect(admission.status == 403)
            let new = try edge.token(1, epoch: Epoch(rawValue: 1))
            #expect(
                try await edge.post("/v1/start", json: "{\"token\":\"\(new)\"}").json["outcome"] == .string("resumed"))
            #expect(try await edge.request("POST", "/l/\(try edge.token(0))").status == 303)
        }
    }

    @Test("a test link goes the whole way any number of times, and is recorded and counted nowhere")
    func testLink() async throws {
        try await EdgeHarness.serving([.make(resume: .never)]) { (edge) in
            let serial = Serial.firstForTesting.rawValue
            let token = try edge.token(serial)
            var sessions: Set<String> = []
            for _ in 0..<3 {
                #expect(try await edge.get("/l/\(token)").body.contains("Start the survey"))
                let location = try #require(try await edge.request("POST", "/l/\(token)")["Location"])
                #expect(location.hasPrefix("https://survey.example/s?c=C-1042&r=S"))
                let session = try #require(location.split(separator: "=").last)
                sessions.insert(String(session))
                #expect(try await edge.get("/auth", headers: [("Cookie", "linkseal=\(session)")]).status == 204)
                let finish = try await edge.post("/v1/finish", json: "{\"session\":\"\(session)\"}")
                #expect(finish.json["outcome"] == .string("finished"))
                edge.advance(1)
            }
            #expect(sessions.count == 3)
            #expect(edge.log.metrics.records == 0)
            #expect(!(try await edge.get("/metrics").body).contains("linkseal_links_total{outcome=\"started\"} 1"))
            edge.advance(3700)
            #expect(try await edge.request("POST", "/l/\(token)").status == 410, "it expires like the others")
        }
    }

    @Test("the session reports the end, twice if it must, and the link is used up")
    func finish() async throws {
        try await EdgeHarness.serving { (edge) in
            let token = try edge.token()
            let start = try await edge.post("/v1/start", json: "{\"token\":\"\(token)\"}")
            let session = try #require(start.json["session"]?.string)
            #expect(start.json["outcome"] == .string("started"))
            #expect(start.json["surveyURL"]?.string == "https://survey.example/s?c=C-1042&r=\(session)")
            let finish = try await edge.post("/v1/finish", json: "{\"session\":\"\(session)\"}")
            #expect(finish.status == 200 && finish.json["outcome"] == .string("finished"))
            let again = try await edge.post("/v1/finish", json: "{\"session\":\"\(session)\"}")
            #expect(again.status == 200 && again.json["outcome"] == .string("already_finished"))
            let restart = try await edge.post("/v1/start", json: "{\"token\":\"\(token)\"}")
            #expect(restart.status == 410 && restart.json["code"] == .string("already_finished"))
        }
    }

    @Test("the last page of a survey finishes it, says thanks, and does so again")
    func done() async throws {
        try await EdgeHarness.serving { (edge) in
            let path = "/done?session=\(try await edge.session(starting: edge.token()))&utm_source=x"
            #expect(try await edge.request("HEAD", path).status == 200)
            #expect(try await edge.get(path, headers: [("Sec-Purpose", "prefetch")]).status == 503)
            #expect(try await edge.state() == .started(at: EdgeHarness.now))
            for _ in 0..<2 {
                let page = try await edge.get(path)
                #expect(page.status == 200 && page.body.contains("Thank you!"))
            }
            #expect(try await edge.state() == .finished(startedAt: EdgeHarness.now))
        }
    }

    @Test("a survey tool may pass the session on under a name of its own, but not two of them")
    func doneUnderAnotherName() async throws {
        try await EdgeHarness.serving { (edge) in
            let session = try await edge.session(starting: edge.token())
            let other = try await edge.session(starting: edge.token(1))
            #expect(try await edge.get("/done?r=\(session)&q=\(other)").status == 404)
            #expect(try await edge.get("/done?session=x&r=\(session)").status == 404)
            #expect(try await edge.state() == .started(at: EdgeHarness.now))
            for query in ["id=7&r=\(session).", "session=&r=\(session)&utm_content=\(session)"] {
                #expect(try await edge.get("/done?\(query)").body.contains("Thank you!"))
            }
            #expect(try await edge.state() == .finished(startedAt: EdgeHarness.now))
        }
    }

    @Test("an invalid session finishes nothing, and its page asks for nothing to be done again")
    func badSessions() async throws {
        try await EdgeHarness.serving { (edge) in
            let session = try await edge.session(starting: edge.token())
            let changed = session.dropLast(3) + "AAA"
            for text in ["x", String(changed), String(session.dropLast()), session + "A", try edge.token()] {
                let page = try await edge.get("/done?session=\(text)")
                #expect(page.status == 404)
                let words = Language.english.words(.sessionInvalid)
                #expect(page.body.contains(words.heading) && page.body.contains("there is no need to do so again"))
            }
            #expect(try await edge.state() == .started(at: EdgeHarness.now))
        }
    }

    @Test("people who reached the survey without a link are thanked, and nothing is recorded")
    func doneWithoutSession() async throws {
        try await EdgeHarness.serving { (edge) in
            for query in ["", "?", "?session", "?session=", "?session=%20", "?session=+&language=de", "?other=x"] {
                for method in ["GET", "HEAD"] {
                    let page = try await edge.request(method, "/done" + query)
                    #expect(page.status == 200, "\(query)")
                    let thanks = Language(of: QueryString(query.dropFirst()), acceptLanguage: nil).words(.done).heading
                    #expect(page.body.contains(thanks) == (method == "GET"), "\(query)")
                }
            }
            #expect(try await !edge.get("/metrics").body.contains("linkseal_links_total{"))
        }
    }

    @Test("metrics count starts and finishes, and nothing that only looks")
    func counted() async throws {
        try await EdgeHarness.serving { (edge) in
            let done = "/done?session=\(try await edge.session(starting: edge.token()))"
            for method in ["HEAD", "OPTIONS", "GET", "GET"] { _ = try await edge.request(method, done) }
            let counts = try await edge.get("/metrics").body.split(separator: "\n")
                .filter { $0.hasPrefix("linkseal_links_total{") }
            #expect(
                counts == [
                    "linkseal_links_total{outcome=\"already_finished\"} 1",
                    "linkseal_links_total{outcome=\"finished\"} 1", "linkseal_links_total{outcome=\"started\"} 1",
                ])
        }
    }

    @Test("what was never started can't be finished")
    func notStarted() async throws {
        try await EdgeHarness.serving { (edge) in
            let answer = try await edge.post("/v1/finish", json: "{\"token\":\"\(try edge.token())\"}")
            #expect(answer.status == 409 && answer.json["code"] == .string("not_started"))
        }
    }

    @Test("a started survey can be finished after its link has expired")
    func finishAfterExpiry() async throws {
        try await EdgeHarness.serving { (edge) in
            let body = "{\"token\":\"\(try edge.token(expiresIn: 100))\"}"
            _ = try await edge.post("/v1/start", json: body)
            edge.advance(7 * 86400)
            #expect(try await edge.post("/v1/finish", json: body).json["outcome"] == .string("finished"))
        }
    }

    @Test("a started survey is finished with a token whose key was retired since, which opens nothing any more")
    func finishAfterRetirement() async throws {
        func configure(_ configuration: inout Edge.Configuration, _: String) {
            configuration.authAcceptsTokens = true
        }
        try await EdgeHarness.serving(configure: configure) { (edge) in
            let token = try edge.token(expiresIn: 100)
            let body = "{\"token\":\"\(token)\"}"
            _ = try await edge.post("/v1/start", json: body)
            edge.advance(300)
            try edge.publish([.survey], keyState: .retired)
            for outcome in ["finished", "already_finished"] {
                let finish = try await edge.post("/v1/finish", json: body)
                #expect(finish.status == 200 && finish.json["outcome"] == .string(outcome))
                // That it was good for a report makes it good for nothing else.
                for verb in ["verify", "start"] {
                    let answer = try await edge.post("/v1/\(verb)", json: body)
                    #expect(answer.status == 410 && answer.json["code"] == .string("key_not_verifying"))
                }
                #expect(try await edge.get("/l/\(token)").status == 410)
                #expect(try await edge.get("/auth", headers: [("X-Linkseal-Token", token)]).status == 403)
            }
            let unstarted = try await edge.post("/v1/finish", json: "{\"token\":\"\(try edge.token(1))\"}")
            #expect(unstarted.status == 409)
            let forged = try await edge.post(
                "/v1/finish", json: "{\"token\":\"\(try edge.token(key: .generate(.ed25519)))\"}")
            #expect(forged.status == 422)
        }
    }

    @Test("a token whose key was stolen, or whose link was withdrawn, finishes nothing")
    func worthlessTokens() async throws {
        try await EdgeHarness.serving { (edge) in
            let body = "{\"token\":\"\(try edge.token())\"}"
            _ = try await edge.post("/v1/start", json: body)
            func code() async throws -> String? { try await edge.post("/v1/finish", json: body).json["code"]?.string }
            try edge.publish([.survey], keyState: .revoked)
            #expect(try await code() == "key_not_verifying")
            try edge.publish([.make(changes: DistributionChanges(epoch: Epoch(rawValue: 1)))], keyState: .retired)
            #expect(try await code() == "link_deleted")
            try edge.publish([.make(changes: DistributionChanges(revoked: [Serial(rawValue: 0)]))])
            #expect(try await code() == "link_revoked")
            #expect(try await edge.state() == .started(at: EdgeHarness.now))
        }
    }

    @Test("a link of a distribution that no bundle names is not consumed where there is no survey to send to")
    func unknownDistribution() async throws {
        try await EdgeHarness.serving([]) { (edge) in
            let token = try edge.token()
            let answer = try await edge.request("POST", "/l/\(token)")
            #expect(answer.status == 503 && answer["Retry-After"] != nil)
            #expect(try await edge.get("/l/\(token)").status == 503)
            #expect(try await edge.state() == .unused)
            #expect(try await edge.post("/v1/verify", json: "{\"token\":\"\(token)\"}").status == 200)
        }
        let template = try SurveyURLTemplate("https://default.example/{distribution}/{serial}")
        try await EdgeHarness.serving([], defaultSurveyURL: template) { (edge) in
            let answer = try await edge.request("POST", "/l/\(try edge.token(7))")
            #expect(answer["Location"] == "https://default.example/0000000000005ea1/7")
            edge.advance(3599)
            let again = try await edge.post("/v1/start", json: "{\"token\":\"\(edge.token(7))\"}")
            #expect(again.json["outcome"] == .string("resumed"), "it may be resumed as if nothing else was said")
        }
    }

    @Test("the only place that anybody is sent to is the bundle's template")
    func noOpenRedirect() async throws {
        try await EdgeHarness.serving { (edge) in
            let token = try edge.token(contact: "//evil.example/@x?#")
            let attempts = [
                "?url=https://evil.example", "?redirect=//evil.example&next=//evil.example", "?session=x&c=evil",
                "?contact_id=evil", "?survey_url=https%3A%2F%2Fevil.example", "?%0d%0aLocation:%20https://evil.example",
            ]
            for attempt in attempts {
                let answer = try await edge.request(
                    "POST", "/l/\(token)\(attempt)",
                    headers: [
                        ("Host", "evil.example"), ("X-Forwarded-Host", "evil.example"),
                        ("X-Original-URL", "https://evil.example"), ("Referer", "https://evil.example"),
                    ], body: "url=https://evil.example")
                let location = try #require(answer["Location"])
                #expect(location.hasPrefix("https://survey.example/s?c=%2F%2Fevil.example%2F%40x%3F%23&r=S"))
                #expect(answer.headers.filter { $0.name.lowercased() == "location" }.count == 1)
            }
        }
    }
}
