import BrowserDriver
import Foundation
import TestSupport
import Testing

extension InBrowser {
    /// Somebody who has neither contacts nor a survey yet finds their way, with what the pages say and nothing else.
    @Suite(.serialized) struct ConsoleFirstUseTests {
        @Test(arguments: [true, false])
        func `the first page leads from nothing to a finished survey`(scripts: Bool) async throws {
            try await ConsoleSite.run { (site) in
                try FileManager.default.removeItem(atPath: site.workspace.path("linkseal-data/defaults.json"))
                let downloads = TemporaryDirectory()
                try await site.serve { (edge) in
                    try await site.driver.browse { (browser) in
                        try await browser.allowScripts(scripts)
                        try await browser.download(to: downloads.root)
                        try await site.signIn(browser)
                        _ = try await browser.find("heading", "Three steps to your first personal links")
                        #expect(try await browser.all(".steps .primary").count == 1, "one next step")
                        try await browser.find(".steps a[href='/contacts']").follow()
                        try await browser.find("button", "Try it with a sample list").follow()
                        try await browser.wait(for: "the list") {
                            if !scripts { try await browser.reload() }
                            return try await browser.title.contains("Sample list")
                        }

                        try await browser.open(site.address + "/")
                        #expect(try await browser.find(".steps .primary").text == "Settings")
                        try await browser.find(".steps a[href='/settings']").follow()
                        try await browser.find("#base-url").fill("http://127.0.0.1:1")
                        try await browser.find("button", "Save").follow()
                        #expect(try await browser.find("#base-url-problem").text.contains("/l/ "))
                        try await browser.find("#base-url").fill("http://127.0.0.1:\(edge.port)")
                        try await browser.find("button", "Save").follow()
                        #expect(
                            try await browser.find("[role=status]").text == "Saved. Links with this address work.")

                        try await browser.open(site.address + "/")
                        #expect(try await browser.find(".steps .primary").text == "Generate links")
                        try await browser.find(".steps a[href='/generate']").follow()
                        try await browser.find("#survey-tool option[value=sample]").click()
                        try await browser.find("#name").fill("My first links")
                        try await browser.find("button", "Generate links").follow()
                        try await browser.wait(for: "the links") {
                            if !scripts { try await browser.reload() }
                            return try await browser.find("main").text.contains("links are ready.")
                        }
                        if !scripts { try await browser.find("link", "Download the spreadsheet").click() }
                        let rows = try Spreadsheet.rows(try await site.downloaded(downloads.root, in: browser))
                        let link = try #require(rows.first?["Link"])
                        try await browser.wait(for: "the edge to know the distribution") {
                            try await browser.open(link)
                            return try await browser.title == "Your survey is ready"
                        }
                        try await browser.find("button", "Start the survey").follow()
                        _ = try await browser.find("heading", "How was your visit?")
                        try await browser.find("link", "Finish the survey").follow()
                        _ = try await browser.find("heading", "Thank you!")

                        try await browser.open(try await site.distribution("My first links", in: browser))
                        #expect(try await browser.all("tbody .tag.finished").count == 1)
                    }
                }
            }
        }
    }
}
