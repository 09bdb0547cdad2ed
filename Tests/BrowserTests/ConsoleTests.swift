import BrowserDriver
import Foundation
import TestSupport
import Testing

extension InBrowser {
    @Suite(.serialized) struct ConsoleTests {
        @Test(arguments: [true, false])
        func `links are generated from an uploaded list and downloaded, with scripts and without`(
            scripts: Bool
        ) async throws {
            try await ConsoleSite.run { (site) in
                let downloads = TemporaryDirectory()
                try await site.driver.browse { (browser) in
                    try await browser.allowScripts(scripts)
                    try await browser.download(to: downloads.root)
                    try await site.signIn(browser, password: "not the password")
                    #expect(try await !browser.find("[role=alert]").text.isEmpty)
                    try await site.signIn(browser)
                    _ = try await browser.find("heading", "Personal links")

                    try site.workspace.write(ConsoleSite.people, to: "people.csv")
                    try await browser.open(site.address + "/contacts")
                    try await browser.find("#file").type(site.workspace.path("people.csv"))
                    try await browser.find("button", "Upload").follow()
                    _ = try await browser.find("heading", "Import people.csv")
                    #expect(try await browser.find("main").text.contains("All 3 contacts can be imported."))
                    try await browser.find("#name").fill("People")
                    try await browser.find("button", "Import the contacts").follow()
                    try await browser.wait(for: "the list") {
                        try await browser.find("main").text.contains("3 contacts are in the list People.")
                    }

                    try await browser.find("link", "Generate links").follow()
                    try await browser.find("#name").fill("NPS")
                    try await browser.find("#survey-url").fill("https://survey.example/s?c={contact_id}")
                    if !scripts { try await browser.find("noscript button").follow() }
                    try await browser.wait(for: "the preview") {
                        try await browser.find(".target").text == "https://survey.example/s?c=c1"
                    }
                    try await browser.find("button", "Generate links").follow()
                    try await browser.wait(for: "the links") {
                        try await browser.find("main").text.contains("3 links are ready.")
                    }
                    if !scripts { try await browser.find("link", "Download the spreadsheet").click() }
                    let text = try await site.downloaded(downloads.root, in: browser)
                    try await site.workspace.succeed("download", "NPS", "--out", "again.csv")
                    let expected = try site.workspace.rows("again.csv")
                    let rows = try Spreadsheet.rows(text)
                    #expect(rows.map { $0["Contact ID"] } == ["c1", "c2", "c3"])
                    #expect(rows.map { $0["Link"] } == expected.map { $0["Link"] })
                    #expect(rows.map { $0["Plan"] } == ["gold", "silver", "gold"])
                }
            }
        }

        @Test func `distributions are sorted and searched`() async throws {
            try await ConsoleSite.run { (site) in
                try await site.generateSamples()
                try await site.driver.browse { (browser) in
                    try await site.signIn(browser)
                    func names() async throws -> [String] {
                        try await browser.run(
                            "return [...document.querySelectorAll('tbody th a')].map(a => a.textContent)"
                        ).array.map(\.string)
                    }
                    let sort = try await browser.all("thead a")[0]
                    try await sort.follow()
                    let once = try await names()
                    try await browser.all("thead a")[0].follow()
                    #expect(Set(once) == ["Autumn", "Zebra"])
                    #expect(try await names() == once.reversed())
                    try await browser.find("#search").type("zeb")
                    try await browser.find("button", "Search").follow()
                    #expect(try await names() == ["Zebra"])
                    try await browser.find("link", "Show all").follow()
                    #expect(try await names().count == 2)
                }
            }
        }

        @Test(arguments: [true, false])
        func `a link is revoked, reminders are listed, and distributions are ended and deleted`(
            scripts: Bool
        ) async throws {
            try await ConsoleSite.run { (site) in
                try await site.generateSamples()
                let downloads = TemporaryDirectory()
                try await site.driver.browse { (browser) in
                    try await browser.allowScripts(scripts)
                    try await browser.download(to: downloads.root)
                    try await site.signIn(browser)
                    let autumn = try await site.distribution("Autumn", in: browser)

                    try await browser.open(autumn)
                    try await browser.find("link", "c2").follow()
                    _ = try await browser.find(".qr")
                    #expect(
                        try await browser.find("#link").property("value").string
                            == site.workspace.rows("Autumn.csv").first { $0["Contact ID"] == "c2" }?["Link"])
                    try await browser.find("link", "Revoke the link").follow()
                    try await browser.find("button", "Revoke the link").follow()
                    #expect(try await browser.all("#link").isEmpty)
                    #expect(try await browser.find("h1 .tag").text == "Revoked")

                    try await browser.open(autumn)
                    try await browser.find("link", "Remind").follow()
                    try await browser.find("button", "Download the reminder list").click()
                    let reminders = try Spreadsheet.rows(try await site.downloaded(downloads.root, in: browser))
                    #expect(reminders.map { $0["Contact ID"] } == ["c1", "c3"])

                    try await browser.open(autumn + "/end")
                    try await browser.find("radio", "Now").click()
                    try await browser.find("button", "Change the expiration").follow()
                    #expect(try await browser.find("h1 .tag").text == "expired")

                    let zebra = try await site.distribution("Zebra", in: browser)
                    try await browser.open(zebra + "/delete")
                    try await browser.find("#name").type("Autumn")
                    try await browser.find("button", "Delete all links").follow()
                    #expect(try await !browser.find("[role=alert]").text.isEmpty)
                    try await browser.find("#name").fill("Zebra")
                    try await browser.find("button", "Delete all links").follow()
                    try await browser.open(zebra)
                    #expect(try await browser.find("h1 .tag").text == "deleted")

                    try await browser.open(site.address + "/audit")
                    let trail = try await browser.find("table").text
                    for word in ["admin", "Autumn", "Zebra"] { #expect(trail.contains(word)) }
                }
            }
        }

        @Test func `keys are rotated after a question`() async throws {
            try await ConsoleSite.run { (site) in
                try await site.driver.browse { (browser) in
                    try await site.signIn(browser)
                    try await browser.open(site.address + "/keys")
                    func signing() async throws -> String {
                        try await browser.run(
                            "return document.querySelector('.tag.signing').closest('tr').querySelector('code').textContent"
                        ).string
                    }
                    let before = try await signing()
                    try await browser.find("link", "Rotate the keys").follow()
                    #expect(try await browser.find("main").text.contains("Links that you have sent keep working."))
                    try await browser.find("button", "Rotate the keys").follow()
                    #expect(try await !browser.find("[role=status]").text.isEmpty)
                    // The pending key may be too young to sign with; then the first rotation only publishes it.
                    #expect(try await browser.all("tbody tr").count >= 2)
                    #expect(!before.isEmpty)
                }
            }
        }

        @Test func `a hundred thousand links are minted while the browser is closed`() async throws {
            try await ConsoleSite.run { (site) in
                try await site.workspace.succeed("contacts", "dummy", "100000", "--name", "Many")
                try await site.driver.browse { (browser) in
                    try await site.signIn(browser)
                    try await browser.open(site.address + "/generate?list=Many")
                    try await browser.find("#name").fill("Many links")
                    try await browser.find("#survey-url").fill("https://survey.example/s?c={contact_id}")
                    try await browser.find("button", "Generate links").follow()
                    try await browser.wait(for: "progress") {
                        try await browser.find("progress").property("value").number > 0
                    }
                }
                let downloads = TemporaryDirectory()
                try await site.driver.browse { (browser) in
                    try await site.signIn(browser)
                    try await browser.wait(for: "the links", atMost: 900) {
                        try await browser.open(site.address + "/")
                        return try await !browser.all("tbody th a").isEmpty
                    }
                    try await browser.download(to: downloads.root)
                    try await browser.open(try await site.distribution("Many links", in: browser))
                    try await browser.find("button", "Download links").click()
                    let text = try await site.downloaded(downloads.root, in: browser)
                    let rows = try Spreadsheet.rows(text)
                    #expect(rows.count == 100_000)
                    #expect(Set(rows.map { $0["Link"] }).count == 100_000)
                }
            }
        }
    }
}
