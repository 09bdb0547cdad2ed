import BrowserDriver
import Foundation
import TestSupport
import Testing

extension InBrowser {
    /// The table of distributions, while recipients use their links.
    @Suite(.serialized) struct ConsoleWatchTests {
        @Test
        func
            `a start at an edge shows without reloading, in the downloads and as a chart, and every entry of the menu works`()
            async throws
        {
            try await ConsoleSite.run { (site) in
                try await site.generateSamples()
                let downloads = TemporaryDirectory()
                try await site.serve { (edge) in
                    try await site.driver.browse { (browser) in
                        try await browser.download(to: downloads.root)
                        try await site.signIn(browser)
                        try await browser.open(site.address + "/")
                        let marked = try await browser.run(
                            "return window.mark = document.querySelectorAll('tr').length")
                        #expect(marked.number == 3)
                        func counts(_ name: String) async throws -> String {
                            try await browser.run(
                                """
                                const row = [...document.querySelectorAll('tbody tr')]
                                  .find(row => row.querySelector('a').textContent === arguments[0]);
                                return [...row.querySelectorAll('[data-count]')].map(e => e.textContent).join(' ')
                                  + ' ' + row.querySelector('.bar-started').getAttribute('width');
                                """, [.string(name)]
                            ).string
                        }
                        #expect(try await counts("Autumn") == "0 0 0")
                        try await site.start("c2", of: "Autumn", at: edge)
                        try await browser.wait(for: "the count") { try await counts("Autumn") == "1 0 33" }
                        #expect(try await counts("Zebra") == "0 0 0")
                        #expect(try await browser.run("return window.mark").number == 3, "it is the same page")
                        #expect(
                            try await browser.find("[data-count-status]").property("textContent").string.contains(
                                "changed"))

                        func choose(_ entry: String) async throws -> Element {
                            let menu = try await browser.find("[aria-label='Actions for Autumn']")
                            if try await browser.all(".menu[open]").isEmpty { try await menu.click() }
                            return try await browser.find("link", entry)
                        }
                        func rows(_ entry: String) async throws -> [[String: String]] {
                            try await choose(entry).click()
                            return try Spreadsheet.rows(try await site.downloaded(downloads.root, in: browser))
                        }
                        let links = try await rows("Download links")
                        #expect(links.map { $0["Link"] } == (try site.workspace.rows("Autumn.csv").map { $0["Link"] }))
                        let statuses = try await rows("Download with statuses")
                        #expect(statuses.map { $0["Contact ID"] } == ["c1", "c2", "c3"])
                        #expect(
                            statuses.map { $0["Status"] } == ["Email Not Sent", "Survey Started", "Email Not Sent"])
                        #expect(statuses.map { $0["Started At"]?.isEmpty } == [true, false, true])
                        #expect(statuses.map { $0["Link"] } == links.map { $0["Link"] })
                        try await choose("Remind").follow()
                        #expect(try await browser.find("main").text.contains("(2)"))
                        try await browser.find("button", "Download the reminder list").click()
                        let reminder = try Spreadsheet.rows(try await site.downloaded(downloads.root, in: browser))
                        #expect(reminder.map { $0["Contact ID"] } == ["c1", "c3"])

                        try await browser.open(try await site.distribution("Autumn", in: browser))
                        let chart = try await browser.find(".wide-chart")
                        #expect(try await chart.label == "Surveys started and finished over time")
                        #expect(try await browser.all(".wide-chart .column-started").count == 1)
                        try await browser.open(site.address + "/")

                        try await choose("Change expiration").follow()
                        _ = try await browser.find("heading", "Change when Autumn expires")
                        try await browser.find("radio", "Now").click()
                        try await browser.find("button", "Change the expiration").follow()
                        try await browser.open(site.address + "/")
                        try await browser.find("[aria-label='Actions for Autumn']").click()
                        #expect(try await browser.find("tbody .tag").text == "expired")
                        try await choose("Delete").follow()
                        try await browser.find("#name").fill("Autumn")
                        try await browser.find("button", "Delete all links").follow()
                        #expect(try await browser.find("[role=status]").text.contains("is deleted"))
                        try await browser.find("[aria-label='Actions for Autumn']").click()
                        let left = try await browser.all(".menu[open] a")
                        #expect(left.count == 2, "downloads are all that is left")
                    }
                }
            }
        }
    }
}
