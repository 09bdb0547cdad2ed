import BrowserDriver
import Foundation
import Glewlwyd
import TestSupport
import Testing

extension InBrowser {
    /// Being signed out in the middle of something.
    @Suite(.serialized) struct ConsoleSessionTests {
        /// Ends every session, as a change of the password does.
        private func endSessions(of site: ConsoleSite) async throws {
            try await site.workspace.succeed(
                "console", "set-password", "--password-fd", "0", input: ConsoleSite.password + "\n")
        }

        private func signIn(in browser: Browser) async throws {
            try await browser.find("#user").fill("admin")
            try await browser.find("#password").type(ConsoleSite.password)
            try await browser.find("button", "Sign in").follow()
        }

        @Test(arguments: [true, false])
        func `a form that is sent after the session has ended comes back filled in`(scripts: Bool) async throws {
            try await ConsoleSite.run { (site) in
                try await site.driver.browse { (browser) in
                    try await browser.allowScripts(scripts)
                    // The page that was asked for comes after signing in.
                    try await browser.open(site.address + "/contacts?from=mail")
                    try await signIn(in: browser)
                    #expect(try await browser.url == site.address + "/contacts?from=mail")

                    try await browser.find("#dummy-name").fill("Crowd & \"co\"")
                    try await browser.find("#dummy-count").fill("7")
                    try await endSessions(of: site)
                    try await browser.find("button", "Make the list").follow()
                    #expect(try await browser.find("h1").text == "Sign in")
                    #expect(try await browser.find("#user").property("value").string == "admin")
                    expectNone(try await browser.structuralFaults(), "signing in again")
                    try await browser.resize(width: 390)
                    #expect(try await browser.overflow() == 0)
                    try await ConsoleAccessTests.keep(try await browser.screenshot(), "sign-in-again")
                    try await signIn(in: browser)

                    #expect(try await browser.url == site.address + "/contacts?from=mail")
                    #expect(try await browser.find("main").text.contains("nothing was done yet"))
                    #expect(try await browser.find("#dummy-name").property("value").string == "Crowd & \"co\"")
                    #expect(try await browser.find("#dummy-count").property("value").string == "7")
                    expectNone(try await browser.structuralFaults(), "the form that came back")
                    #expect(try await browser.overflow() == 0)
                    try await ConsoleAccessTests.keep(try await browser.screenshot(), "form-again")
                    try await browser.find("button", "Make the list").follow()
                    try await browser.wait(for: "the list") {
                        if !scripts { try await browser.reload() }
                        return try await browser.find("main").text.contains("7 contacts are in the list")
                    }
                }
            }
        }

        @Test func `a page with scripts says so, and continues after signing in in another tab`() async throws {
            try await ConsoleSite.run { (site) in
                try await site.generateSamples()
                try await site.driver.browse { (browser) in
                    try await site.signIn(browser)
                    try await browser.open(site.address + "/generate?list=People")
                    try await browser.find("#name").fill("Typed before")
                    try await endSessions(of: site)
                    let survey = try await browser.find("#survey-url")
                    try await survey.fill("https://survey.example/s?c={contact_id}")
                    try await browser.wait(for: "the notice") { try await browser.all(".signed-out").count == 1 }
                    expectNone(try await browser.structuralFaults(), "the notice")
                    let link = try await browser.find("link", "Sign in in a new tab").property("href").string
                    try await browser.inAnotherTab {
                        try await browser.open(link)
                        try await signIn(in: browser)
                        #expect(try await browser.find("h1").text == "You are signed in")
                    }
                    try await browser.wait(for: "the end of the notice") {
                        try await survey.type("x")
                        return try await browser.all(".signed-out").isEmpty
                    }
                    #expect(try await browser.find("#name").property("value").string == "Typed before")
                    // It is sent with the new session's token.
                    let before = try await browser.url
                    try await browser.run("document.querySelector('#generate').submit()")
                    try await browser.wait(for: "the answer") { try await browser.url != before }
                    #expect(try await !browser.url.contains("sign-in"))
                    #expect(try await !browser.find("main").text.contains("nothing was done yet"))
                }
            }
        }

        @Test func `a link on another site's page opens the page for somebody who is signed in`() async throws {
            try await ConsoleSite.run { (site) in
                try await site.driver.browse { (browser) in
                    try await site.signIn(browser)
                    try await browser.open("data:text/html,<a href='\(site.address)/contacts'>here</a>")
                    try await browser.find("a").click()
                    try await browser.wait(for: "the page") { try await browser.title.hasPrefix("Contact lists") }
                    #expect(try await browser.url == site.address + "/contacts")
                }
            }
        }

        /// Browsers keep cookies with `SameSite=Strict` back in requests that another site leads to.
        @Test func `the provider leads back to the page that was asked for`() async throws {
            let port = freePort()
            let console = "http://localhost:\(port)"
            // To a browser, localhost and 127.0.0.1 are two sites.
            let provider = try await Glewlwyd(redirectURI: console + "/sign-in/provider/done")
            let options = [
                "--listen", "127.0.0.1:\(port)", "--oidc-issuer", provider.issuer, "--oidc-client-id", "console",
                "--oidc-client-secret-file", "secret", "--oidc-role", "survey-editors=editor",
            ]
            try await ConsoleSite.run(options: options, files: [("secret", Glewlwyd.clientSecret + "\n")]) { (site) in
                try await site.driver.browse { (browser) in
                    try await browser.open(provider.issuer + "/.well-known/openid-configuration")
                    try await browser.run(
                        """
                        const send = (method, path, body) => fetch('/api' + path, { method, body: JSON.stringify(body),
                          headers: { 'Content-Type': 'application/json' } });
                        return send('POST', '/auth/', { username: 'anna', password: 'correct horse battery' })
                          .then(() => send('PUT', '/auth/grant/console/', { scope: 'openid' })).then(() => true);
                        """)
                    try await browser.open(console + "/contacts?from=mail")
                    expectNone(try await browser.structuralFaults(), "signing in with a provider")
                    try await browser.find("button", "Sign in with 127.0.0.1").follow()
                    // Its own page, which is left out here, would continue at this address.
                    try await browser.wait(for: "the provider") { try await browser.url.contains("/login.html?") }
                    let query = URLComponents(string: try await browser.url)?.queryItems ?? []
                    let next = try #require(query.first { $0.name == "callback_url" }?.value) + "&g_continue"
                    try await browser.open(provider.issuer + "/.well-known/openid-configuration")
                    try await browser.run("location.assign(arguments[0])", [.string(next)])
                    try await browser.wait(for: "the page") { try await browser.title.hasPrefix("Contact lists") }
                    #expect(try await browser.url == console + "/contacts?from=mail")
                    #expect(try await browser.find(".user").text == "anna")
                }
            }
        }
    }
}
