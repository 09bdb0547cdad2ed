import Consumption
import LinkToken
import Testing
import Trust

@testable import EdgeService

@Suite("The page of a link")
struct PageTests {
    @Test("a good link shows a page with a form that posts to the same address")
    func ready() async throws {
        try await EdgeHarness.serving { (edge) in
            let page = try await edge.get("/l/\(try edge.token())")
            #expect(page.status == 200)
            #expect(
                page.body.contains("<form method=\"post\"><button type=\"submit\">Start the survey</button></form>"))
            #expect(page["Content-Type"] == "text/html; charset=utf-8")
        }
    }

    @Test("every page forbids storing, indexing, framing, scripts and passing its address on")
    func headers() async throws {
        try await EdgeHarness.serving { (edge) in
            for path in ["/l/\(try edge.token())", "/l/nonsense", "/done?session=nonsense", "/done", "/nowhere"] {
                let page = try await edge.get(path, headers: Self.browser)
                #expect(page["Cache-Control"] == "no-store")
                #expect(page["Referrer-Policy"] == "no-referrer")
                #expect(page["X-Robots-Tag"] == "noindex, nofollow")
                #expect(page["X-Content-Type-Options"] == "nosniff")
                #expect(page["X-Frame-Options"] == "DENY")
                let policy = try #require(page["Content-Security-Policy"])
                #expect(policy.contains("default-src 'none'"))
                #expect(policy.contains("frame-ancestors 'none'"))
                #expect(!policy.contains("unsafe") && !policy.contains("script-src"))
                #expect(page.body.contains("name=\"robots\" content=\"noindex"))
                #expect(!page.body.contains("<script"))
            }
        }
    }

    @Test("an expired link says so with 410 Gone, to the second, leeway included")
    func expired() async throws {
        try await EdgeHarness.serving { (edge) in
            let path = "/l/\(try edge.token(expiresIn: 100))"
            edge.advance(100 + LinkExpiry.standardLeeway - 1)
            #expect(try await edge.get(path).status == 200)
            edge.advance(1)
            let page = try await edge.get(path)
            #expect(page.status == 410)
            #expect(page.body.contains("This link has expired"))
            #expect(!page.body.contains("<form"))
        }
    }

    @Test("a started link welcomes back; a finished one thanks")
    func used() async throws {
        try await EdgeHarness.serving { (edge) in
            let token = try edge.token()
            _ = try await edge.request("POST", "/l/\(token)")
            let started = try await edge.get("/l/\(token)")
            #expect(started.status == 200)
            #expect(started.body.contains("Continue the survey"))
            _ = try await edge.post("/v1/finish", json: "{\"token\":\"\(token)\"}")
            let finished = try await edge.get("/l/\(token)")
            #expect(finished.status == 410)
            #expect(finished.body.contains("You have completed this survey"))
            #expect(try await edge.request("POST", "/l/\(token)").status == 410)
        }
    }

    @Test("a started link of a distribution without resuming can't be opened again")
    func neverResumed() async throws {
        try await EdgeHarness.serving([.make(resume: .never)]) { (edge) in
            let path = "/l/\(try edge.token())"
            #expect(try await edge.request("POST", path).status == 303)
            edge.advance(LinkState.startGrace)
            let again = try await edge.request("POST", path)
            #expect(again.status == 410)
            #expect(again.body.contains("This survey has already been started"))
            #expect(try await edge.get(path).status == 410)
        }
    }

    @Test("a survey can't be resumed after its window")
    func windowOver() async throws {
        try await EdgeHarness.serving([.make(resume: .within(seconds: 500))]) { (edge) in
            let path = "/l/\(try edge.token())"
            #expect(try await edge.request("POST", path).status == 303)
            edge.advance(499)
            #expect(try await edge.request("POST", path).status == 303)
            edge.advance(1)
            let page = try await edge.get(path)
            #expect(page.status == 410)
            #expect(page.body.contains("The time to finish this survey is over"))
            #expect(try await edge.request("POST", path).status == 410)
        }
    }

    @Test("a survey that was started before its link expired is resumed after")
    func expiredButStarted() async throws {
        try await EdgeHarness.serving { (edge) in
            let path = "/l/\(try edge.token(expiresIn: 100))"
            #expect(try await edge.request("POST", path).status == 303)
            edge.advance(5000)
            #expect(try await edge.get(path).body.contains("Continue the survey"))
            #expect(try await edge.request("POST", path).status == 303)
        }
    }

    @Test("publishing a higher epoch, a revoked serial or a retired key withdraws links at once, also known ones")
    func withdrawn() async throws {
        try await EdgeHarness.serving { (edge) in
            let (first, second) = (try edge.token(0), try edge.token(1))
            func statuses() async throws -> [Int] {
                [try await edge.get("/l/\(first)").status, try await edge.get("/l/\(second)").status]
            }
            #expect(try await statuses() == [200, 200])
            try edge.publish([.make(changes: DistributionChanges(revoked: [Serial(rawValue: 1)]))])
            #expect(try await statuses() == [200, 410])
            try edge.publish([.make(changes: DistributionChanges(epoch: Epoch(rawValue: 1)))])
            #expect(try await statuses() == [410, 410])
            try edge.publish([.survey])
            #expect(try await statuses() == [200, 200])
            try edge.publish([.survey], keyState: .revoked)
            #expect(try await statuses() == [410, 410])
            #expect(try await edge.get("/l/\(first)").body.contains("This link is no longer valid"))
        }
    }

    @Test(
        "text that is not a link gets the page that says how to copy all of it, with 404",
        arguments: ["", "x", "LA", "%00", "L%20", "../../etc/passwd", "%2e%2e%2f", String(repeating: "L", count: 5000)])
    func invalid(text: String) async throws {
        try await EdgeHarness.serving { (edge) in
            let page = try await edge.get("/l/\(text)")
            #expect(page.status == 404)
            #expect(page.body.contains("This link does not work") && page.body.contains("copy the whole link"))
        }
    }

    @Test("a link that was cut, changed or forged is not valid")
    func tampered() async throws {
        try await EdgeHarness.serving { (edge) in
            let token = try edge.token()
            let forged = try edge.token(key: .generate(.ed25519))
            let changed = token.prefix(40) + (token.dropFirst(40).first == "A" ? "B" : "A") + token.dropFirst(41)
            for text in [String(token.dropLast()), token + "A", String(changed), forged] {
                #expect(try await edge.get("/l/\(text)").status == 404)
                #expect(try await edge.request("POST", "/l/\(text)").status == 404)
            }
            #expect(try await edge.state() == .unused)
        }
    }

    @Test("pages speak the reader's language, and say which it is")
    func languages() async throws {
        try await EdgeHarness.serving { (edge) in
            let path = "/l/\(try edge.token())"
            for language in Language.allCases {
                let page = try await edge.get(path, headers: [("Accept-Language", "xx, \(language.tag)")])
                #expect(page.body.contains("<html lang=\"\(language.tag)\" dir=\"\(language.direction)\">"))
                #expect(page.body.contains("<h1>\(language.words(.ready).heading)</h1>"))
                #expect(page["Content-Language"] == language.tag)
                #expect(page["Vary"] == "Accept-Language")
            }
        }
    }

    /// As Chromium and Firefox send it when they open a page.
    private static let browser = [
        ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"),
        ("Accept-Language", "de-DE,de;q=0.9"),
    ]

    @Test("a browser at an address that leads nowhere gets a page in its language, a program a problem detail")
    func nowhere() async throws {
        try await EdgeHarness.serving { (edge) in
            let words = Language.german.words(.notFound)
            for path in ["/", "/\(try edge.token())", "/l", "/L/x", "/done/", "/favicon.ico", "//", "/%00?a=b"] {
                let page = try await edge.get(path, headers: Self.browser)
                #expect(page.status == 404 && page["Content-Language"] == "de", "\(path)")
                #expect(page["Content-Type"] == "text/html; charset=utf-8")
                #expect(page.body.contains(words.heading) && page.body.contains(words.message))
                #expect(page["Content-Security-Policy"]?.contains("default-src 'none'") == true)
                for accept in ["*/*", "application/json", "text/html;q=0, */*", "text/html;q=0.5, application/json"] {
                    let problem = try await edge.get(path, headers: [("Accept", accept)])
                    #expect(problem.status == 404 && problem.json["code"] == .string("not_found"), "\(path) \(accept)")
                    #expect(problem["Content-Type"] == "application/problem+json")
                    #expect(problem["Vary"] == "Accept")
                }
            }
            #expect(try await edge.state() == .unused)
        }
    }

    @Test("routes for programs answer browsers with problem details too")
    func programs() async throws {
        try await EdgeHarness.serving { (edge) in
            for (path, status) in [("/v1/start", 405), ("/v1/nowhere", 404), ("/v1/", 404)] {
                let problem = try await edge.get(path, headers: Self.browser)
                #expect(problem.status == status, "\(path)")
                #expect(problem["Content-Type"] == "application/problem+json")
            }
            let problem = try await edge.request("POST", "/healthz", headers: Self.browser)
            #expect(problem.status == 405 && problem["Content-Type"] == "application/problem+json")
        }
    }

    @Test("whatever is wrong with a request for a page, the answer is a page that fits")
    func requestRefused() async throws {
        try await EdgeHarness.serving { (edge) in
            let link = "/l/\(try edge.token())"
            let large = String(repeating: "x", count: 20_000)
            for (method, path, body, status) in [
                ("DELETE", link, nil, 405), ("POST", "/done?session=x", nil, 405), ("PUT", "/done", nil, 405),
                ("POST", link, large, 413),
            ] {
                let page = try await edge.request(method, path, headers: Self.browser, body: body)
                #expect(page.status == status, "\(method) \(path)")
                #expect((page["Allow"] != nil) == (status == 405))
                #expect(page.body.contains("<h1>\(Language.german.words(.notFound).heading)</h1>"))
            }
            #expect(try await edge.state() == .unused)
        }
    }

    @Test("looking never consumes, whatever method and header a scanner sends")
    func lookingNeverConsumes() async throws {
        try await EdgeHarness.serving { (edge) in
            let path = "/l/\(try edge.token())"
            let headers: [[(String, String)]] = [
                [], [("Purpose", "prefetch")], [("Sec-Purpose", "prefetch;prerender")], [("X-Purpose", "preview")],
                [("X-Moz", "prefetch")], [("User-Agent", "Slackbot-LinkExpanding 1.0")],
                [("X-HTTP-Method-Override", "POST")], [("X-HTTP-Method", "POST")],
            ]
            for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"] {
                for fields in headers {
                    let answer = try await edge.request(method, path + "?_method=POST", headers: fields)
                    switch method {
                    case "GET": #expect(answer.status == 200 && answer.body.contains("<form"))
                    case "HEAD": #expect(answer.status == 200 && answer.body.isEmpty)
                    case "OPTIONS": #expect(answer.status == 204 && answer["Allow"] == "GET, HEAD, POST, OPTIONS")
                    default: #expect(answer.status == 405 && answer["Allow"] == "GET, HEAD, POST, OPTIONS")
                    }
                }
            }
            #expect(try await edge.state() == .unused)
        }
    }
}
