import BrowserDriver
import Foundation
import TestSupport
import Testing

extension InBrowser {
    /// What is changed after the mailing.
    @Suite(.serialized) struct ConsoleChangeTests {
        @Test func `times are those of the reader's clock, and an expiration is chosen by it`() async throws {
            try await ConsoleSite.run { (site) in
                try await site.generateSamples()
                try await site.driver.browse { (browser) in
                    try await site.signIn(browser)
                    let autumn = try await site.distribution("Autumn", in: browser)
                    try await browser.open(autumn)
                    let times = try await browser.run(
                        """
                        return [...document.querySelectorAll('time')]
                          .filter(time => time.textContent.includes('UTC') || !time.title.endsWith('UTC')).length
                        """)
                    #expect(times.number == 0)

                    try await browser.open(autumn + "/end")
                    let isShown = "return document.querySelector('#expires-at').offsetParent ? 1 : 0"
                    try await browser.find("radio", "Now").click()
                    #expect(try await browser.run(isShown).number == 0)
                    try await browser.find("radio", "A date and time").click()
                    #expect(try await browser.run(isShown).number == 1)
                    #expect(try await browser.find("[data-zone-hint]").text.contains("Your time zone is"))
                    try await browser.run(
                        """
                        const at = document.querySelector('#expires-at');
                        at.value = '2030-03-01T00:00';
                        at.dispatchEvent(new Event('input', { bubbles: true }));
                        """)
                    try await browser.find("button", "Change the expiration").follow()
                    let end = try await browser.run(
                        """
                        const end = document.querySelector('time[data-time=end]').dateTime;
                        return new Date(end).getTime() === new Date(2030, 2, 1).getTime() ? 1 : 0;
                        """)
                    #expect(end.number == 1)
                    #expect(try await browser.find("time[data-time=end]").text.hasSuffix("28, 2030, 24:00"))
                    try await browser.open(site.address + "/")
                    let days = try await browser.run(
                        "return [...document.querySelectorAll('time[data-time=end-day]')].map(e => e.textContent).join()"
                    )
                    #expect(days.string.contains("2030"))
                }
            }
        }

        @Test func `a link is revoked, restored and renewed, a distribution is archived, and codes are printed`()
            async throws
        {
            try await ConsoleSite.run { (site) in
                try await site.generateSamples()
                try await site.driver.browse { (browser) in
                    try await site.signIn(browser)
                    let autumn = try await site.distribution("Autumn", in: browser)
                    try await browser.open(autumn)
                    try await browser.find("link", "c2").follow()
                    let link = try await browser.find("#link").property("value").string
                    try await browser.find("link", "Revoke the link").follow()
                    try await browser.find("link", "Cancel").follow()
                    #expect(try await browser.find("#link").property("value").string == link)
                    try await browser.find("link", "Revoke the link").follow()
                    try await browser.find("button", "Revoke the link").follow()
                    #expect(try await browser.find("h1 .tag").text == "Revoked")
                    try await browser.find("button", "Undo the revocation").follow()
                    #expect(try await browser.find("#link").property("value").string == link)
                    try await browser.find("link", "New link").follow()
                    try await browser.find("button", "Make a new link").follow()
                    #expect(try await browser.find("[role=status]").text.contains("has a new link"))
                    #expect(try await browser.find("#link").property("value").string != link)

                    try await browser.open(autumn + "/qr")
                    #expect(try await browser.all(".sheet .qr").count == 3)
                    _ = try await browser.find("button", "Print this page")
                    try await browser.open(autumn + "/test")
                    #expect(try await browser.find("link", "Open the test link").property("target").string == "_blank")

                    try await browser.open(autumn)
                    try await browser.find("summary.button").click()
                    try await browser.find("button", "Archive").follow()
                    #expect(try await browser.find("h1").text.contains("archived"))
                }
            }
        }
    }
}
