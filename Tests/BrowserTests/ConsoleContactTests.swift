import BrowserDriver
import Foundation
import MarketoStandIn
import TestSupport
import Testing

extension InBrowser {
    /// Contacts come in and are chosen.
    @Suite(.serialized) struct ConsoleContactTests {
        @Test func `a file that is dropped onto the page is uploaded, and individuals and samples of it are chosen`()
            async throws
        {
            try await ConsoleSite.run { (site) in
                let rows = (0..<40).map { "c\($0),Person,Number \($0),p\($0)@x.example" }
                try site.workspace.write(
                    "Contact ID,First Name,Last Name,Email\n" + rows.joined(separator: "\n") + "\n", to: "dropped.csv")
                try await site.driver.browse { (browser) in
                    try await site.signIn(browser)
                    try await browser.open(site.address + "/contacts")
                    #expect(try await browser.find(".drop-text").text == "or drop it here")
                    try await browser.drop(site.workspace.path("dropped.csv"), onto: ".drop")
                    try await browser.wait(for: "the file") {
                        try await browser.run("return document.querySelector('#file').files.length").number == 1
                    }
                    try await browser.find("button", "Upload").follow()
                    _ = try await browser.find("heading", "Import dropped.csv")
                    #expect(try await browser.find("main").text.contains("All 40 contacts can be imported."))
                    try await browser.find("button", "Import the contacts").follow()
                    try await browser.find("link", "Generate links").follow()

                    // Individuals, from two searches.
                    try await browser.find("radio", "Only some people").click()
                    for (search, contact) in [
                        ("p7@x", "Person Number 7, p7@x.example, c7"),
                        ("Number 31", "Person Number 31, p31@x.example, c31"),
                    ] {
                        try await browser.find("#search").fill(search)
                        try await browser.find("button", "Search").follow()
                        try await browser.find("checkbox", contact).click()
                    }
                    try await generate("Two", in: browser)
                    #expect(try await chosen("Two", in: site) == ["c7", "c31"])

                    try await browser.open(site.address + "/generate?list=dropped")
                    try await browser.find("radio", "A random sample").click()
                    try await browser.find("#sample").fill("10%")
                    try await generate("Some", in: browser)
                    let some = try await chosen("Some", in: site)
                    #expect(some.count == 4 && Set(some).count == 4)
                    #expect(some.allSatisfy { $0.hasPrefix("c") })
                }
            }
        }

        @Test func `a file as Excel saved it is read, looked at, set right and imported, with scripts and without`()
            async throws
        {
            try await ConsoleSite.run { (site) in
                let text =
                    "Kundennr;Vorname;Nachname;E-Mail;Ort\r\n7;Jürgen;Groß;juergen@x.example;Köln\r\n"
                    + "8;Zoë;Müller;zoe@x.example;Düsseldorf\r\n"
                let path = site.workspace.path("Kunden.csv")
                try #require(text.data(using: .windowsCP1252)).write(to: URL(filePath: path))
                try await site.driver.browse { (browser) in
                    func isReady() async throws -> Bool {
                        try await browser.run("return document.querySelector('#import').disabled ? 0 : 1").number == 1
                    }
                    func upload() async throws {
                        try await browser.open(site.address + "/contacts")
                        try await browser.find("#file").type(path)
                        try await browser.find("button", "Upload").follow()
                    }
                    try await site.signIn(browser)
                    try await upload()
                    #expect(try await browser.find("main").text.contains("doesn't say what it is"))
                    #expect(try await !isReady())
                    for scheme in Browser.Scheme.allCases {
                        try await browser.prefer(scheme)
                        expectNone(try await browser.faintTexts(), "upload, \(scheme)")
                        for width in [390, 1440] {
                            try await browser.resize(width: width)
                            expectNone(try await browser.structuralFaults(), "upload, \(width) pixels")
                            #expect(try await browser.overflow() == 0)
                            try await ConsoleAccessTests.keep(
                                try await browser.screenshot(), "encoding-\(scheme)-\(width)")
                        }
                    }

                    // The page follows each choice, and the focus stays where it is.
                    try await browser.find("#encoding-windows-1252").click()
                    try await browser.wait(for: "the check") { try await isReady() }
                    #expect(try await browser.find("main").text.contains("All 2 contacts can be imported."))
                    #expect(try await browser.run("return document.activeElement.id").string == "encoding-windows-1252")
                    try await browser.find("#separator option[value=tab]").click()
                    try await browser.wait(for: "one column") {
                        try await browser.find("main").text.contains("read as a single column")
                    }
                    #expect(try await !isReady())
                    try await browser.find("#separator option[value='']").click()
                    try await browser.wait(for: "the columns") { try await isReady() }
                    try await browser.find("#column-0 option[value=contactID]").click()
                    try await browser.find("#name").fill("Kunden")
                    try await browser.find("button", "Import the contacts").follow()
                    try await browser.wait(for: "the list") {
                        try await browser.find("main").text.contains("2 contacts are in the list Kunden.")
                    }
                    try await browser.find("link", "Show the list").follow()
                    #expect(try await browser.find("tbody").text.contains("Jürgen Groß"))

                    // The same without scripts, where a button updates the page, onto a name that is taken.
                    try await browser.allowScripts(false)
                    try await upload()
                    try await browser.find("#encoding-windows-1252").click()
                    try await browser.find("button", "Update the preview").follow()
                    #expect(try await browser.find("main").text.contains("There is a list \"Kunden\" already"))
                    try await browser.find("#replace").click()
                    try await browser.find("button", "Update the preview").follow()
                    try await browser.find("button", "Import the contacts").follow()
                    try await browser.wait(for: "the list") {
                        try await browser.find("main").text.contains("2 contacts are in the list Kunden.")
                    }
                }
            }
        }

        private func generate(_ name: String, in browser: Browser) async throws {
            try await browser.find("#name").fill(name)
            try await browser.find("#survey-url").fill("https://survey.example/s?c={contact_id}")
            try await browser.find("button", "Generate links").follow()
            try await browser.wait(for: "the links") {
                try await browser.find("main").text.contains("links are ready.")
            }
        }

        /// The contacts of a distribution, as the command line knows them.
        private func chosen(_ name: String, in site: ConsoleSite) async throws -> [String] {
            try await site.workspace.succeed("download", name, "--out", "chosen.csv")
            return try site.workspace.rows("chosen.csv").compactMap { $0["Contact ID"] }
        }

        @Test func `a list of Marketo is chosen and fetched`() async throws {
            var instance = Instance(lists: [.init(id: 1001, name: "Q4 customers", leads: Array(1...350))], seed: 1)
            instance.smartLists = [.init(id: 2001, name: "Promoters", leads: Array(1...20))]
            try await MarketoStandIn.serve(instance) { [instance] (standIn) in
                let credentials = """
                    LINKSEAL_MARKETO_ENDPOINT=\(standIn.endpoint)
                    LINKSEAL_MARKETO_CLIENT_ID=\(instance.clientID)
                    LINKSEAL_MARKETO_CLIENT_SECRET=\(instance.clientSecret)

                    """
                try await ConsoleSite.run(
                    options: ["--credentials-file", "marketo.env"], files: [("marketo.env", credentials)]
                ) { (site) in
                    try await site.driver.browse { (browser) in
                        try await site.signIn(browser)
                        try await browser.open(site.address + "/contacts")
                        try await browser.find("link", "Import from Marketo").follow()
                        for width in [320, 1280] {
                            try await browser.resize(width: width)
                            expectNone(try await browser.structuralFaults(), "marketo, \(width) pixels")
                            #expect(try await browser.overflow() == 0)
                            try await ConsoleAccessTests.keep(try await browser.screenshot(), "marketo-light-\(width)")
                        }
                        #expect(try await browser.find("combobox", "List of Marketo").text.contains("Promoters"))
                        try await browser.find("option[value='1001']").click()
                        try await browser.find("#name").type("Customers")
                        try await browser.find("#fields").type("company")
                        try await browser.find("button", "Fetch the contacts").follow()
                        try await browser.wait(for: "the list") {
                            try await browser.find("main").text.contains("350 contacts are in the list Customers.")
                        }
                        try await browser.find("link", "Show the list").follow()
                        #expect(try await browser.find("thead").text.contains("company"))
                        #expect(try await browser.all("tbody tr").count == 50)
                    }
                }
            }
        }
    }
}
