import BrowserDriver
import Foundation
import TestSupport
import Testing

@testable import EdgeService

/// Browsers are many processes each: one at a time leaves the machine to the other tests.
@Suite("In a real browser", .serialized) enum InBrowser {}

extension InBrowser {
    @Suite(.serialized) struct RecipientTests {
        @Test(arguments: [true, false])
        func `a recipient goes from the link to the finished page through nginx, with scripts and without`(
            scripts: Bool
        ) async throws {
            try await RecipientSite.run(links: 2) { (site) in
                try await site.driver.browse { (browser) in
                    try await browser.allowScripts(scripts)
                    try await browser.open(site.links[1])
                    #expect(try await browser.title == "Your survey is ready")
                    _ = try await browser.find("heading", "Your survey is ready")
                    #expect(try await site.statuses() == ["c0": "Email Not Sent", "c1": "Email Not Sent"])

                    try await browser.find("button", "Start the survey").follow()
                    #expect(try await browser.find("p").text == "You are respondent 1.")
                    #expect(try await site.statuses()["c1"] == "Survey Started")

                    try await browser.find("textbox", "How was your visit?").type("Fine")
                    try await browser.find("button", "Send").follow()
                    _ = try await browser.find("heading", "Thank you!")
                    #expect(try await site.statuses() == ["c0": "Email Not Sent", "c1": "Survey Finished"])

                    try await browser.open(site.links[1])
                    _ = try await browser.find("heading", "You have completed this survey")
                    #expect(try await browser.all("button").isEmpty)
                }
            }
        }

        @Test func `the keyboard alone is enough`() async throws {
            try await RecipientSite.run { (site) in
                try await site.driver.browse { (browser) in
                    try await browser.open(site.links[0])
                    try await browser.press(.tab)
                    #expect(try await browser.focused.label == "Start the survey")
                    let outline = try await browser.run(
                        "return parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
                    #expect(outline.number >= 2, "the focus is seen")
                    try await browser.press(.enter)
                    try await browser.wait(for: "the survey") { try await browser.title == "Survey" }
                    try await browser.press(.tab)
                    try await browser.type("Fine")
                    try await browser.press(.tab, .space)
                    try await browser.wait(for: "the end") { try await browser.title == "Thank you!" }
                    #expect(try await site.statuses()["c0"] == "Survey Finished")
                }
            }
        }

        @Test func `who opened it twice goes on where the survey was begun`() async throws {
            try await RecipientSite.run { (site) in
                try await site.driver.browse { (browser) in
                    try await browser.open(site.links[0])
                    try await browser.find("button", "Start the survey").follow()
                    try await browser.open(site.links[0])
                    _ = try await browser.find("heading", "Welcome back")
                    try await browser.find("button").follow()
                    #expect(try await browser.title == "Survey")
                }
            }
        }

        @Test func `what looks ahead at a link consumes nothing`() async throws {
            try await RecipientSite.run { (site) in
                let link = site.links[0]
                for arguments in [
                    ["-I"], ["-X", "OPTIONS"], ["-H", "Purpose: prefetch"], ["-H", "Sec-Purpose: prefetch;prerender"],
                ] {
                    _ = try await ChildProcess.run("curl", ["-s", "-o", "/dev/null"] + arguments + [link])
                }
                try await site.driver.browse { (browser) in
                    // The browser's own way of looking ahead: it loads the page out of sight.
                    try await browser.open(site.address + "/l/x")
                    try await browser.run(
                        """
                        const link = document.createElement('link');
                        link.rel = 'prefetch';
                        link.href = arguments[0];
                        document.head.append(link);
                        """, [.string(link)])
                    try await browser.open(link)
                    _ = try await browser.find("heading", "Your survey is ready")
                    try await browser.reload()
                    _ = try await browser.find("heading", "Your survey is ready")
                }
                #expect(try await site.statuses()["c0"] == "Email Not Sent")
            }
        }

        @Test func `every page is legible, well structured and fits a narrow phone, in every language and scheme`()
            async throws
        {
            try await RecipientSite.run(links: 3) { (site) in
                let pages = [site.links[0], site.links[1], site.address + "/l/x", site.address + "/done?session=x"]
                try await site.driver.browse { (browser) in
                    try await browser.open(site.links[1])
                    try await browser.find("button").follow()
                }
                try await site.driver.browse { (browser) in
                    for language in Language.allCases {
                        for page in pages {
                            let address = page + (page.contains("?") ? "&" : "?") + "language=" + language.tag
                            try await browser.open(address)
                            let root = try await browser.find("html")
                            #expect(try await root.attribute("lang") == language.tag, "\(address)")
                            #expect(try await root.attribute("dir") == language.direction, "\(address)")
                            expectNone(try await browser.structuralFaults(), address)
                            for scheme in Browser.Scheme.allCases {
                                try await browser.prefer(scheme)
                                expectNone(try await browser.faintTexts(), "\(scheme) \(address)")
                            }
                            for width in [320, 1280] {
                                try await browser.resize(width: width)
                                #expect(try await browser.overflow() == 0, "\(width) \(address)")
                                expectNone(try await browser.smallTargets(), "\(width) \(address)")
                            }
                        }
                    }
                }
            }
        }

        @Test func `the symbol of a page has no outline around its disc`() async throws {
            try await RecipientSite.run { (site) in
                try await site.driver.browse { (browser) in
                    for path in ["/l/x", "/done"] {
                        try await browser.open(site.address + path)
                        let strokes = try await browser.run(
                            "return ['.disc', '.symbol path'].map(e => getComputedStyle(document.querySelector(e)).stroke)"
                        ).array.map(\.string)
                        #expect(strokes[0] == "none")
                        #expect(strokes[1].hasPrefix("rgb"), "the symbol itself is drawn")
                    }
                }
            }
        }

        @Test func `Arabic is laid out from right to left`() async throws {
            try await RecipientSite.run { (site) in
                try await site.driver.browse(language: "ar") { (browser) in
                    try await browser.open(site.links[0])
                    let distances = try await browser.run(
                        """
                        const main = document.querySelector('main').getBoundingClientRect();
                        const symbol = document.querySelector('.symbol').getBoundingClientRect();
                        return [symbol.left - main.left, main.right - symbol.right];
                        """
                    ).array.map(\.number)
                    #expect(distances[0] > 2 * distances[1], "the symbol stands at the right")
                }
            }
        }
    }
}
