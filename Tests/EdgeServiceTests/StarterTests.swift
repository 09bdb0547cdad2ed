import Consumption
import ConsumptionLog
import LinkToken
import Testing
import Trust

@testable import EdgeService

@Suite("What started a survey")
struct StarterTests {
    @Test(
        "programs are told apart by what they say of themselves",
        arguments: [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
                .desktopBrowser
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
                .desktopBrowser
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0", .desktopBrowser),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
                .mobileBrowser
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36",
                .mobileBrowser
            ),
            (
                "Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
                .mobileBrowser
            ),
            ("Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Thunderbird/128.1.0", .mailClient),
            ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)", .mailClient),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/139.0.0.0 Safari/537.36",
                .scanner
            ),
            ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", .scanner),
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", .scanner),
            ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", .scanner),
            ("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5", .scanner),
            ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", .scanner),
            ("curl/8.14.1", .tool), ("python-requests/2.32.4", .tool), ("Java/21.0.2", .tool),
            ("Mozilla/5.0 (Windows NT; Windows NT 10.0; de-DE) WindowsPowerShell/5.1.19041", .tool),
            ("Go-http-client/2.0", .tool), ("node-fetch", .tool),
            ("", .unknown), (nil, .unknown), ("Mozilla/5.0", .unknown), ("\u{1F600}", .unknown), ("x", .unknown),
            (String(repeating: "a", count: 600) + "curl/8", .unknown),
        ] as [(String?, UserAgentClass)])
    func classes(field: String?, expected: UserAgentClass) {
        #expect(UserAgentClass(userAgent: field) == expected)
    }

    @Test("the log says what kind of program started a survey, and a resume does not change it")
    func recorded() async throws {
        try await EdgeHarness.serving { (edge) in
            let phone = [("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Mobile/15E148")]
            let (page, api) = (try edge.token(0), try edge.token(1))
            #expect(try await edge.request("POST", "/l/\(page)", headers: phone).status == 303)
            #expect(try await edge.request("POST", "/l/\(page)", headers: [("User-Agent", "curl/8.0")]).status == 303)
            let engine = [("User-Agent", "python-requests/2.32"), ("Content-Type", "application/json")]
            _ = try await edge.request("POST", "/v1/start", headers: engine, body: "{\"token\":\"\(api)\"}")
            var starters: [UserAgentClass] = []
            try LogReader(path: edge.log.path).forEachEvent { starters.append($0.details.startedBy) }
            #expect(starters == [.mobileBrowser, .tool])
        }
    }

    @Test("a scanner that presses the button does not lock the recipient out, who gets the survey within the window")
    func scannerThatPresses() async throws {
        let window: UInt32 = 4 * 86400
        try await EdgeHarness.serving([.make(resume: .within(seconds: window))]) { (edge) in
            let path = "/l/\(try edge.token(expiresIn: 86400))"
            let scanner = [("User-Agent", "Mozilla/5.0 (compatible; SafeLinks Scanner)"), ("Accept-Language", "en")]
            #expect(try await edge.get(path, headers: scanner).body.contains("<form method=\"post\">"))
            let pressed = try await edge.request("POST", path, headers: scanner)
            #expect(pressed.status == 303)
            edge.advance(2 * 86400)
            let recipient = [("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/141.0")]
            #expect(try await edge.get(path, headers: recipient).body.contains("Continue the survey"))
            let opened = try await edge.request("POST", path, headers: recipient)
            #expect(opened.status == 303)
            #expect(opened["Location"] == pressed["Location"])
            edge.advance(window - 2 * 86400 - 1)
            #expect(try await edge.request("POST", path, headers: recipient).status == 303)
            edge.advance(1)
            #expect(try await edge.request("POST", path, headers: recipient).status == 410)
            var starters: [UserAgentClass] = []
            try LogReader(path: edge.log.path).forEachEvent { starters.append($0.details.startedBy) }
            #expect(starters == [.scanner])
        }
    }
}
