import BrowserDriver
import Foundation
import TestSupport
import Testing

extension InBrowser {
    /// Everybody can use the console: by keyboard, with a screen reader, on a phone, in the dark.
    @Suite(.serialized) struct ConsoleAccessTests {
        /// Every kind of page, with something on it.
        static func pages(_ site: ConsoleSite, in browser: Browser) async throws -> [(name: String, url: String)] {
            try await site.generateSamples()
            try await site.serve { (edge) in
                for contact in ["c1", "c2"] { try await site.start(contact, of: "Autumn", at: edge) }
            }
            try await site.signIn(browser)
            let distribution = try await site.distribution("Autumn", in: browser)
            try site.workspace.write(
                "Contact ID,Mail,Plan\na,a@x.example,gold\na,b@x.example,silver\nb,c@x.example\n", to: "bad.csv")
            try await browser.open(site.address + "/contacts")
            try await browser.find("#file").type(site.workspace.path("bad.csv"))
            try await browser.find("button", "Upload").follow()
            let upload = try await browser.url
            try await browser.open(site.address + "/contacts")
            try await browser.find("#dummy-name").type("Crowd")
            try await browser.find("button", "Make the list").follow()
            try await browser.wait(for: "the list") { try await browser.title.hasPrefix("Crowd is ready") }
            let job = try await browser.url
            return [
                ("links", site.address + "/"), ("lists", site.address + "/contacts"),
                ("list", site.address + "/contacts/list?name=People"), ("upload", upload), ("job", job),
                ("contact", site.address + "/contacts/contact?name=People&contact=c1"),
                ("merge", site.address + "/contacts/merge"), ("erase", site.address + "/contacts/erase"),
                ("remove-list", site.address + "/contacts/remove?name=People"),
                ("choose", site.address + "/generate"),
                ("generate", site.address + "/generate?list=People"), ("distribution", distribution),
                ("link", distribution + "/links/0"), ("end", distribution + "/end"),
                ("delete", distribution + "/delete"), ("edit", distribution + "/edit"),
                ("remind", distribution + "/remind"), ("add", distribution + "/add"),
                ("test-link", distribution + "/test"), ("results", distribution + "/results"),
                ("codes", distribution + "/qr"), ("link-end", distribution + "/links/0/end"),
                ("revoke", distribution + "/links/0/revoke"), ("keys", site.address + "/keys"),
                ("settings", site.address + "/settings"), ("sample survey", site.address + "/sample-survey?session=x"),
                ("rotation", site.address + "/keys/rotate"), ("sessions", site.address + "/sessions"),
                ("audit", site.address + "/audit"), ("problem", site.address + "/nothing-here"),
            ]
        }

        @Test func `every page is well structured, named, legible in both schemes, and fits a narrow phone`()
            async throws
        {
            try await ConsoleSite.run { (site) in
                try await site.driver.browse { (browser) in
                    func check(_ name: String) async throws {
                        for scheme in Browser.Scheme.allCases {
                            try await browser.prefer(scheme)
                            expectNone(try await browser.faintTexts(), "\(name), \(scheme)")
                            for width in [320, 390, 720, 820, 1440] {
                                try await browser.resize(width: width)
                                expectNone(try await browser.structuralFaults(), "\(name), \(width) pixels")
                                #expect(try await browser.overflow() == 0, "\(name), \(width) pixels")
                                if width < 400 {
                                    expectNone(try await browser.sidewaysScrollers(), "\(name), \(width) pixels")
                                }
                                expectNone(try await browser.smallTargets(), "\(name), \(width) pixels")
                                try await Self.keep(try await browser.screenshot(), "\(name)-\(scheme)-\(width)")
                            }
                        }
                    }
                    try await browser.open(site.address + "/sign-in")
                    try await check("sign-in")
                    for page in try await Self.pages(site, in: browser) {
                        try await browser.open(page.url)
                        try await check(page.name)
                    }
                }
            }
        }

        /// Pictures to look at, where `LINKSEAL_SCREENSHOTS` names a directory.
        static func keep(_ picture: [UInt8], _ name: String) async throws {
            guard let directory = ProcessInfo.processInfo.environment["LINKSEAL_SCREENSHOTS"] else { return }
            try Data(picture).write(to: URL(filePath: directory).appending(path: name + ".png"))
        }

        @Test func `the Tab key reaches every control of every page, in order, and the focus is seen`() async throws {
            try await ConsoleSite.run { (site) in
                try await site.driver.browse { (browser) in
                    for page in try await Self.pages(site, in: browser) {
                        try await browser.open(page.url)
                        // One stop for each control, in the order of the document; of radio buttons the chosen one.
                        let expected = try await browser.run(
                            """
                            const controls = [...document.querySelectorAll(
                              'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')];
                            window.stops = controls.filter(e => e.checkVisibility() && !e.disabled && e.tabIndex >= 0
                              && !(e.type === 'radio' && !e.checked
                                && document.querySelector(`input[name="${e.name}"]:checked`)));
                            // Chromium stops at a scrolling region without tabindex as well, and then not at its own.
                            document.activeElement.blur();
                            return stops.length;
                            """
                        ).number
                        var seen: [Int] = []
                        // A picker of dates has a stop for each of its parts.
                        for _ in 0..<Int(expected) + 8 where seen.count < Int(expected) {
                            try await browser.press(.tab)
                            let at = try await browser.run(
                                """
                                const e = document.activeElement, style = getComputedStyle(e);
                                const isSeen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
                                // The parts of a picker are marked inside of it.
                                return isSeen || e.matches('.skip, [type=datetime-local]') ? stops.indexOf(e) : -2;
                                """
                            ).number
                            if seen.last != Int(at) { seen.append(Int(at)) }
                        }
                        #expect(seen == Array(0..<Int(expected)), "\(page.name)")
                    }
                }
            }
        }

        @Test func `the keyboard alone signs in, opens a menu, closes it, and deletes`() async throws {
            try await ConsoleSite.run { (site) in
                try await site.generateSamples()
                try await site.driver.browse { (browser) in
                    func tab(to label: String) async throws {
                        for _ in 0..<60 {
                            try await browser.press(.tab)
                            if try await browser.focused.label == label { return }
                        }
                        Issue.record("Tab never reaches \(label)")
                    }
                    try await browser.open(site.address + "/sign-in")
                    try await tab(to: "User name")
                    try await browser.type("admin")
                    try await tab(to: "Password")
                    try await browser.type(ConsoleSite.password)
                    try await browser.press(.enter)
                    try await browser.wait(for: "the links") { try await browser.title.hasPrefix("Personal links") }

                    try await tab(to: "Actions for Zebra")
                    try await browser.press(.enter)
                    #expect(try await browser.all(".menu[open]").count == 1)
                    try await browser.press(.tab, .escape)
                    #expect(try await browser.all(".menu[open]").isEmpty)
                    #expect(try await browser.focused.label == "Actions for Zebra", "the focus goes back")
                    try await browser.press(.space)
                    try await tab(to: "Delete")
                    try await browser.press(.enter)
                    try await browser.wait(for: "the question") { try await !browser.all("#name").isEmpty }
                    try await tab(to: "Type the name of the distribution to confirm")
                    try await browser.type("Zebra")
                    try await browser.press(.tab, .space)
                    try await browser.wait(for: "the deletion") {
                        try await browser.find("main").text.contains("deleted")
                    }
                }
            }
        }
    }
}
