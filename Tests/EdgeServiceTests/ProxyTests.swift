import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

@testable import EdgeService

/// The samples of the documentation, run by the programs that they are for, before a survey in PHP.
@Suite("Behind a proxy", .serialized)
struct ProxyTests {
    private static let html = ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")

    /// The session that starting a link through the proxy gives.
    private static func start(_ token: String, _ edge: EdgeHarness, proxy: Int) async throws -> String {
        let start = try await edge.request("POST", "/l/\(token)", port: proxy)
        #expect(start.status == 303)
        return try #require(start["Location"]?.components(separatedBy: "&r=").last)
    }

    @Test("a proxy asks the edge, and the whole way works", arguments: ProxySample.installed)
    func wholeWay(sample: ProxySample) async throws {
        try await EdgeHarness.serving { (edge) in
            try await sample.serving(edge) { (proxy, _) in
                func ask(
                    _ method: String, _ path: String, _ headers: [(String, String)] = [], body: String? = nil
                ) async throws -> EdgeHarness.Answer {
                    try await edge.request(method, path, headers: headers, body: body, port: proxy)
                }
                let token = try edge.token()
                #expect(try await ask("GET", "/l/\(token)").body.contains("Start the survey"))
                #expect(try await ask("GET", "/survey").status == 401)
                #expect(try await ask("GET", "/metrics").status == 401)
                let session = try await Self.start(token, edge, proxy: proxy)
                let asIfAsked = try await ask("GET", "/survey", [("X-Original-URI", "/?session=\(session)")])
                #expect(asIfAsked.status == 401)

                let first = try await ask("GET", "/survey?page=2&session=\(session)")
                #expect(first.status == 200)
                #expect(try PHPSurvey(first.body).variables["HTTP_X_LINKSEAL_SERIAL"] == "0")
                let cookies = first.headers.filter { $0.name.lowercased() == "set-cookie" }.map(\.value)
                #expect(cookies.contains("linkseal=\(session); Path=/; HttpOnly; SameSite=Lax"), "\(cookies)")
                #expect(cookies.contains { $0.hasPrefix("own=survey") } && cookies.count == 2, "\(cookies)")

                let cookie = [("Cookie", "linkseal=\(session)")]
                let sent = try await ask("POST", "/survey", cookie, body: "answer=fine")
                #expect(sent.status == 200)
                #expect(try PHPSurvey(sent.body).body == "answer=fine")
                #expect(!sent.headers.contains { $0.value.hasPrefix("linkseal=") })

                #expect(try await ask("GET", "/done?session=\(session)").body.contains("Thank you!"))
                #expect(try await ask("GET", "/survey", cookie).status == 403)
                #expect(try await ask("POST", "/survey", cookie, body: "answer=again").status == 403)
            }
        }
    }

    @Test("no link that was not started gets in, wherever its token stands", arguments: ProxySample.installed)
    func unstarted(sample: ProxySample) async throws {
        try await EdgeHarness.serving { (edge) in
            try await sample.serving(edge) { (proxy, _) in
                let token = try edge.token()
                for (path, headers) in [
                    ("/survey?token=\(token)", []), ("/survey?session=\(token)", []),
                    ("/survey", [("Cookie", "linkseal=\(token)")]), ("/survey", [("X-Linkseal-Token", token)]),
                    ("/survey", [("Authorization", "Bearer \(token)")]),
                ] {
                    for method in ["GET", "POST"] {
                        let answer = try await edge.request(method, path, headers: headers, port: proxy)
                        #expect(answer.status == 401, "\(method) \(headers)")
                        #expect(answer.json["code"] == .string("token_not_accepted"))
                        #expect(answer["Set-Cookie"] == nil)
                    }
                }
                #expect(try await edge.state() == .unused)
            }
        }
    }

    @Test("what a survey calls session, token or bearer signs nobody out", arguments: ProxySample.installed)
    func foreignCredentials(sample: ProxySample) async throws {
        try await EdgeHarness.serving { (edge) in
            try await sample.serving(edge) { (proxy, _) in
                let session = try await Self.start(try edge.token(), edge, proxy: proxy)
                let cookie = ("Cookie", "linkseal=\(session)")
                for (query, bearer) in [
                    ("session=Spring", nil), ("session=", nil), ("session=S\(String(repeating: "A", count: 47))", nil),
                    ("session=\(session)x", nil), ("token=\(String(repeating: "L", count: 134))", nil),
                    ("page=2", "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"),
                ] {
                    let headers = [cookie] + (bearer.map { [("Authorization", "Bearer \($0)")] } ?? [])
                    let answer = try await edge.request("GET", "/survey?\(query)", headers: headers, port: proxy)
                    #expect(answer.status == 200, "\(query)")
                    #expect(!answer.headers.contains { $0.value.hasPrefix("linkseal=") }, "\(query)")
                }
                let both = try await edge.request("GET", "/survey?session=Spring&session=\(session)", port: proxy)
                #expect(both.status == 200 && both.headers.contains { $0.value.hasPrefix("linkseal=\(session)") })
                // It has the form of a session, but no key vouches for it.
                let forged = String(session.dropLast()) + (session.last == "A" ? "B" : "A")
                let answer = try await edge.request("GET", "/survey?session=\(forged)", headers: [cookie], port: proxy)
                #expect(answer.status == 401 && answer["Set-Cookie"] == nil)
            }
        }
    }

    @Test("who is refused sees the edge's page, in their language", arguments: ProxySample.installed)
    func refusalPages(sample: ProxySample) async throws {
        try await EdgeHarness.serving([.make(resume: .within(seconds: 500))]) { (edge) in
            try await sample.serving(edge) { (proxy, _) in
                func expect(
                    _ page: Page, _ status: Int, _ cookie: String? = nil, by method: String = "GET",
                    sourceLocation: SourceLocation = #_sourceLocation
                ) async throws {
                    let headers = [Self.html, ("Accept-Language", "de-AT"), ("Cookie", "linkseal=\(cookie ?? "")")]
                    let body = method == "POST" ? String(repeating: "x", count: 100_000) : nil
                    let answer = try await edge.request(method, "/survey", headers: headers, body: body, port: proxy)
                    #expect(answer.status == status, sourceLocation: sourceLocation)
                    #expect(
                        answer.body.contains(Language.german.words(page).heading), "\(answer.body)",
                        sourceLocation: sourceLocation)
                    #expect(answer["Content-Language"] == "de", sourceLocation: sourceLocation)
                    #expect(answer["Content-Type"] == "text/html; charset=utf-8", sourceLocation: sourceLocation)
                    #expect(answer["Content-Security-Policy"] != nil, sourceLocation: sourceLocation)
                    #expect(answer["Cache-Control"] == "no-store", sourceLocation: sourceLocation)
                }
                let sessions = try await [
                    Self.start(try edge.token(0), edge, proxy: proxy),
                    Self.start(try edge.token(1), edge, proxy: proxy),
                ]
                try await expect(.linkNeeded, 401)
                try await expect(.linkNeeded, 401, try edge.token(2))
                _ = try await edge.request("GET", "/done?session=\(sessions[0])", port: proxy)
                try await expect(.finished, 403, sessions[0])
                try await expect(.finished, 403, sessions[0], by: "POST")
                edge.advance(500)
                try await expect(.windowOver, 403, sessions[1])
                try edge.publish([.make(changes: DistributionChanges(revoked: [Serial(rawValue: 1)]))])
                try await expect(.withdrawn, 403, sessions[1])
                let program = try await edge.request(
                    "GET", "/survey", headers: [("Cookie", "linkseal=\(sessions[1])")], port: proxy)
                #expect(program.status == 403 && program.json["code"] == .string("link_revoked"))

                let session = try await Self.start(try edge.token(2), edge, proxy: proxy)
                await edge.log.close()
                try await expect(.unavailable, 503, session)
            }
        }
    }

    @Test("a page is shown whole, however large its logo is", arguments: ProxySample.installed)
    func largePages(sample: ProxySample) async throws {
        let pages = TemporaryDirectory()
        let comment = String(repeating: "<!-- a logo -->", count: 4000)
        try pages.write("<svg xmlns=\"http://www.w3.org/2000/svg\">\(comment)</svg>", to: "logo.svg")
        try await EdgeHarness.serving(
            configure: { (configuration, _) in configuration.pages = try PageCatalog(directory: pages.root) },
            { (edge) in
                try await sample.serving(edge) { (proxy, _) in
                    let answer = try await edge.request("GET", "/survey", headers: [Self.html], port: proxy)
                    #expect(answer.status == 401 && answer.body.utf8.count > 80_000)
                    #expect(answer.body.contains("</html>"))
                }
            })
    }

    @Test("without the edge a proxy lets nobody in, and logs no address", arguments: ProxySample.installed)
    func withoutEdge(sample: ProxySample) async throws {
        try await EdgeHarness.serving { (edge) in
            let (nobody, token) = (freePort(), try edge.token())
            let session = try await edge.session(starting: token)
            try await sample.serving(edge, at: nobody) { (proxy, program) in
                for path in ["/survey?session=\(session)", "/\(token)", "/L/\(token)"] {
                    let survey = try await edge.request(
                        "GET", path, headers: [("Cookie", "linkseal=\(session)")], port: proxy)
                    #expect(survey.status == (sample == .caddy ? 502 : sample == .traefik ? 500 : 503))
                }
                let page = try await edge.request("GET", "/l/\(token)", port: proxy)
                #expect(page.status >= 502)
                var logs = program.errors
                for name in ["access.log", "error.log"] {
                    logs += (try? String(contentsOfFile: edge.directory + "/" + name, encoding: .utf8)) ?? ""
                }
                #expect(!logs.contains(token.prefix(20)) && !logs.contains(session.prefix(20)), "\(logs)")
            }
        }
    }

    @Test("behind HAProxy the edge speaks TLS and HTTP/2 itself, and hears by the PROXY protocol who the client is")
    func proxyProtocol() async throws {
        let directory = TemporaryDirectory()
        let files = CertificateFiles(in: directory.root)
        try await files.issue(serial: "0A1B")
        let certificate = try files.load()
        try await EdgeHarness.serving(
            configure: { (configuration, _) in
                configuration.tls = certificate
                configuration.readsProxyProtocol = true
            },
            { (edge) in
                let (proxy, other) = (freePort(), freePort())
                // On one machine there is but one client address; so each front end claims another.
                let sample = try Article.sample("haproxy", of: "Listening", edge: edge.port, proxy: proxy)
                let from = { (address: String) in "\n    tcp-request connection set-src str(\(address))" }
                let bind = "bind 127.0.0.1:\(proxy)"
                let second =
                    "\nfrontend second\n    bind 127.0.0.1:\(other)\(from("2001:db8::7"))\n    default_backend edge\n"
                let program = try ProxySample.haproxy(
                    sample.replacing(bind, with: bind + from("198.51.100.7")) + second, in: edge.directory)
                defer { program.stop() }
                try await program.waitUntilListening(on: proxy)
                try await program.waitUntilListening(on: other)

                let good = try await CurlAnswer.get(proxy, "/l/\(try edge.token())", ["--http2"], trusting: files)
                #expect(good.status == 200 && good.version == "2")
                let forged = String(try edge.token().dropLast(8)) + "AAAAAAAA"
                let flood = try await CurlAnswer.get(
                    proxy, "/l/\(forged)?[1-130]", ["--http2", "--output", "/dev/null"], trusting: files)
                #expect(flood.status == 429)
                let elsewhere = try await CurlAnswer.get(other, "/l/\(forged)", ["--http2"], trusting: files)
                #expect(elsewhere.status == 404)
            })
    }
}
