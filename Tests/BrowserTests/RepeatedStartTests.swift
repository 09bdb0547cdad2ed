import BrowserDriver
import TestSupport
import Testing

extension InBrowser {
    /// Whatever people do while a survey is slow to come, they end in it, in the session that began first.
    @Suite(.serialized) struct RepeatedStartTests {
        static let policies = ["never", "30s", "7d", "always"]

        @Test(arguments: policies)
        func `clicking twice, three times, or again after a while ends in the survey`(resume: String) async throws {
            try await RecipientSite.run(links: 4, resume: resume) { (site) in
                for (link, clicks) in zip(site.links, [2, 3]) {
                    try await site.expectSurvey(of: link, "\(clicks) clicks") { (browser) in
                        let button = try await browser.find("button", "Start the survey").middle
                        try await browser.click(at: button, times: clicks)
                    }
                }
                for (link, clicks) in zip(site.links[2...], [2, 3]) {
                    try await site.expectSurvey(of: link, "\(clicks) slow clicks") { (browser) in
                        let button = try await browser.find("button", "Start the survey").middle
                        for click in 1...clicks {
                            try await browser.click(at: button)
                            // The edge has answered, and the old page is still there.
                            try await browser.wait(for: "request \(click)") { site.gate.sessions.count == click }
                        }
                    }
                }
                #expect(try await Set(site.statuses().values) == ["Survey Started"])
            }
        }

        @Test(arguments: policies)
        func `going back, reloading, and opening the link again end in the survey`(resume: String) async throws {
            try await RecipientSite.run(links: 4, resume: resume) { (site) in
                func start(_ browser: Browser) async throws {
                    try await browser.click(at: browser.find("button", "Start the survey").middle)
                    try await browser.wait(for: "the survey to be asked for") { site.gate.sessions.count == 1 }
                }
                try await site.expectSurvey(of: site.links[0], "reloading while it is slow") { (browser) in
                    try await start(browser)
                    try await browser.reload()
                    try await browser.find("button", "Continue the survey").click()
                }
                try await site.expectSurvey(of: site.links[1], "opening the link again") { (browser) in
                    try await start(browser)
                    try await browser.open(site.links[1])
                    try await browser.find("button", "Continue the survey").click()
                }
                try await site.expectSurvey(of: site.links[2], "going back from it") { (browser) in
                    try await start(browser)
                    site.gate.open()
                    try await browser.wait(for: "the survey") { try await browser.title == "Survey" }
                    try await browser.goBack()
                    try await browser.find("button", "Continue the survey").click()
                }
                try await site.expectSurvey(of: site.links[3], "reloading it") { (browser) in
                    try await start(browser)
                    site.gate.open()
                    try await browser.wait(for: "the survey") { try await browser.title == "Survey" }
                    try await browser.reload()
                }
                #expect(try await Set(site.statuses().values) == ["Survey Started"])
            }
        }

        @Test(arguments: policies)
        func `an answer that is lost on its way ends in the survey`(resume: String) async throws {
            try await RecipientSite.run(links: 3, resume: resume) { (site) in
                // Chromium sends the request again by itself where it had used the connection before.
                try await site.expectSurvey(of: site.links[0], "an answer lost once") { (browser) in
                    try await site.loseAnswers(1, browser)
                    try await browser.reloadUntilSurvey(site)
                }
                try await site.expectSurvey(of: site.links[1], "an answer lost until the page fails") { (browser) in
                    try await site.loseAnswers(3, browser)
                    try await browser.reloadUntilSurvey(site)
                }
                try await site.expectSurvey(of: site.links[2], "the link opened again after that") { (browser) in
                    // How often Chromium tries by itself depends on which connections it has used before.
                    try await site.loseAnswers(.max, browser)
                    try await browser.wait(for: "an error page") { try await browser.isErrorPage }
                    site.network.cut(nil)
                    try await browser.open(site.links[2])
                    try await browser.find("button", "Continue the survey").click()
                }
                #expect(try await Set(site.statuses().values) == ["Survey Started"])
            }
        }
    }
}

extension RecipientSite {
    /// Opens a link in a browser of its own, acts while the survey is slow, lets it come, and expects to be in it.
    fileprivate func expectSurvey(
        of link: String, _ what: String, _ act: (Browser) async throws -> Void
    ) async throws {
        gate.close()
        try await driver.browse(waitsForPages: false) { (browser) in
            try await browser.open(link)
            try await act(browser)
            try await browser.wait(for: "the survey to be asked for") { !gate.sessions.isEmpty }
            gate.open()
            try await browser.wait(for: "the survey after \(what)") { try await browser.title == "Survey" }
            #expect(Set(gate.sessions).count == 1, "\(what): \(gate.sessions.count) requests of several sessions")
            let serial = try #require(links.firstIndex(of: link))
            #expect(try await browser.find("p").text == "You are respondent \(serial).", "\(what)")
        }
    }

    /// Starts the survey, and loses the answers to the request and to what the browser does about that.
    fileprivate func loseAnswers(_ count: Int, _ browser: Browser) async throws {
        let button = try await browser.find("button", "Start the survey").middle
        gate.open()
        let before = network.cuts
        network.cut(.beforeAnswer, times: count)
        try await browser.click(at: button)
        try await browser.wait(for: "a lost answer") { network.cuts > before }
    }
}

extension Browser {
    fileprivate var isErrorPage: Bool {
        get async throws { try await run("return document.body.classList.contains('neterror')").isTrue }
    }

    /// Does what people do when a page did not come.
    fileprivate func reloadUntilSurvey(_ site: RecipientSite) async throws {
        try await wait(for: "the survey to be asked for") {
            if !site.gate.sessions.isEmpty { return true }
            if try await isErrorPage { try await reload() }
            return false
        }
    }
}
