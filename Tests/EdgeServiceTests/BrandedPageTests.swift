import Cryptography
import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

@testable import EdgeService

@Suite("Pages with a brand of their own")
struct BrandedPageTests {
    private let directory = TemporaryDirectory()

    private static let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"

    private func write(_ text: String, to name: String) throws { try directory.write(Array(text.utf8), to: name) }

    private static func serving(
        _ pages: PageCatalog, _ body: @Sendable (EdgeHarness) async throws -> Void
    ) async throws {
        func brand(_ configuration: inout Edge.Configuration, _ directory: String) { configuration.pages = pages }
        try await EdgeHarness.serving(configure: brand, body)
    }

    @Test("style, logo and words are taken from the directory, and what is missing is linkseal's")
    func branded() async throws {
        try write(":root{--accent:#b3001b}", to: "style.css")
        try write(Self.svg, to: "logo.svg")
        try write(
            "{\"organization\":\"Example \\\"Ltd\\\" <x>\",\"ready\":{\"heading\":\"Shall we begin?\",\"button\":\"Yes\"}}",
            to: "en.json")
        let pages = try PageCatalog(directory: directory.root)
        try await Self.serving(pages) { (edge) in
            let page = try await edge.get("/l/\(try edge.token())")
            #expect(page.body.contains("<h1>Shall we begin?</h1>"))
            #expect(page.body.contains("<button type=\"submit\">Yes</button>"))
            #expect(page.body.contains("This link is personal to you."))
            #expect(page.body.contains("--accent:#b3001b"))
            let image =
                "<img class=\"logo\" src=\"data:image/svg+xml;base64,\(Data(Self.svg.utf8).base64EncodedString())\""
            #expect(page.body.contains(image + " alt=\"Example &quot;Ltd&quot; &lt;x&gt;\">"))
            #expect(!page.body.contains("<script"))
            let german = try await edge.get("/l/\(try edge.token())", headers: [("Accept-Language", "de")])
            #expect(german.body.contains("Umfrage starten") && german.body.contains("alt=\"\""))
        }
    }

    @Test("the policy names the hash of the style that stands in the page, and allows no other")
    func policy() async throws {
        let style = ":root{--accent:#b3001b}\n/* Zoë */\n"
        // As editors on Windows save it, and browsers read it.
        try write(style.replacing("\n", with: "\r\n"), to: "style.css")
        let pages = try PageCatalog(directory: directory.root)
        try await Self.serving(pages) { (edge) in
            let page = try await edge.get("/l/\(try edge.token())")
            let sheet = try #require(page.body.firstMatch(of: /<style>(?<sheet>[^<]*)<\/style>/)?.output.sheet)
            #expect(sheet.hasSuffix(style))
            let digest = SHA256.hash(Array(sheet.utf8).span)
            let hash = Data((0..<32).map { digest.span[$0] }).base64EncodedString()
            let policy = try #require(page["Content-Security-Policy"])
            #expect(policy.contains("'sha256-\(hash)'"))
            #expect(!policy.contains("unsafe") && policy.contains("default-src 'none'"))
        }
    }

    @Test("words of a translation are text, whatever they hold")
    func hostileWords() async throws {
        let word = "</h1><script>alert(1)</script>{{{style}}}\" onload='x' & \u{202E}"
        let json = try JSONEncoder().encode(["ready": ["heading": word, "message": word, "button": word]])
        try directory.write(Array(json), to: "en.json")
        let body = PageCatalog.text(try PageCatalog(directory: directory.root), .ready, in: .english)
        #expect(!body.contains("<script") && !body.contains("</h1><script"))
        #expect(body.contains("&lt;/h1&gt;&lt;script&gt;alert(1)&lt;/script&gt;{{{style}}}&quot;"))
        #expect(body.components(separatedBy: "<style>").count == 2)
    }

    @Test("the link's parameter language comes before the browser's, and is never shown")
    func contactLanguage() async throws {
        try await EdgeHarness.serving([.make(inLink: ["Language"])]) { (edge) in
            let token = try edge.token(data: [("Language", "de-AT")])
            let german = try await edge.get("/l/\(token)?Language=de-AT", headers: [("Accept-Language", "fr")])
            #expect(german.status == 200 && german["Content-Language"] == "de")
            let changed = try await edge.get("/l/\(token)?Language=ja", headers: [("Accept-Language", "fr")])
            #expect(changed.status == 404 && changed["Content-Language"] == "ja")
            for tag in ["", "xx", "<script>", "%00", String(repeating: "d", count: 500)] {
                let page = try await edge.get("/l/\(token)?language=\(tag)", headers: [("Accept-Language", "fr")])
                #expect(page["Content-Language"] == "fr")
                #expect(!page.body.contains("<script>"))
            }
        }
    }

    @Test(
        "what is wrong with a directory is said with file and line",
        arguments: [
            ("style.css", "p{}\n</STYLE><p>", "style.css:2: ", "would end"),
            ("style.css", "@import url(https://x);", "style.css:1: ", "loads nothing"),
            ("logo.svg", "GIF89a", "logo.svg: ", "not an SVG"),
            ("logo.png", "<svg/>", "logo.png: ", "not a PNG"),
            ("logo.svg", "<svg>" + String(repeating: " ", count: 70_000), "logo.svg: ", "70005 bytes"),
            ("de.json", "{\n  \"ready\": {\n    \"heading\": \"x\",,\n}}", "de.json:3:20: ", "string"),
            ("de.json", "{\n  \"ready\": {\n    \"heading\": 5\n}}", "de.json:3:16: ", "a string"),
            ("de.json", "{\"ready\":\n{\"header\": \"x\"}}", "de.json:2:11: ", "no \"header\""),
            ("de.json", "{\n\n\"redy\": {\"heading\": \"x\"}}", "de.json:3:8: ", "no page \"redy\""),
            ("de.json", "{\"done\": {\"button\": \"x\"}}", "de.json:1:20: ", "no button"),
            ("de.json", "{\"done\": {\"heading\": \" \"}}", "de.json:1:25: ", "empty"),
            ("de.json", "[]", "de.json:1:1: ", "an object"), ("de.json", "", "de.json:1:1: ", "an object"),
            ("de.json", "{\"organization\": \"x\",\n\"organization\": \"y\"}", "de.json:2:", "appears twice"),
            ("de.json", "{} x", "de.json:1:4: ", "follows"),
            ("tlh.json", "{}", "tlh.json: ", "no pages in \"tlh\""),
            ("zh-TW.json", "{}", "zh-TW.json: ", "name the file zh-Hant.json"),
            ("pt.json", "{}", "pt.json: ", "name the file pt-BR.json"),
            ("de-AT.json", "{}", "de-AT.json: ", "name the file de.json"),
            ("README", "", ": ", "none of"),
        ])
    func faults(name: String, text: String, place: String, reason: String) throws {
        try write(text, to: name)
        let fault = #expect(throws: PageDirectoryError.self) { try PageCatalog(directory: directory.root) }
        let said = try #require(fault?.description)
        #expect(said.hasPrefix(directory.root))
        #expect(said.contains(place) && (reason.isEmpty || said.contains(reason)), "\(said)")
    }

    @Test("a file that is not UTF-8, and a directory that is not there, are said")
    func unreadable() throws {
        try directory.write([0xFF, 0xFE], to: "style.css")
        #expect(throws: PageDirectoryError(directory.root + "/style.css", "it is not UTF-8")) {
            try PageCatalog(directory: directory.root)
        }
        #expect(throws: PageDirectoryError.self) { try PageCatalog(directory: directory.path("none")) }
    }

    @Test("every language takes words of one's own, from the file that has its tag")
    func everyLanguage() throws {
        for language in Language.allCases {
            try write("{\"done\": {\"heading\": \"Own \(language.tag)\"}}", to: language.tag + ".json")
        }
        let pages = try PageCatalog(directory: directory.root)
        for language in Language.allCases {
            let body = PageCatalog.text(pages, .done, in: language)
            #expect(body.contains("<h1>Own \(language.tag)</h1>"))
            #expect(body.contains("<p>\(language.words(.done).message)</p>"))
        }
    }

    @Test("the documentation names every language's file and every page")
    func documentation() throws {
        let article = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/EdgeService/EdgeService.docc/BrandedPages.md")
        let text = try String(contentsOf: article, encoding: .utf8)
        for language in Language.allCases { #expect(text.contains("| `\(language.tag).json` |")) }
        for page in Page.allCases { #expect(text.contains("| `\(page.rawValue)` |")) }
    }
}

extension PageCatalog {
    static func text(_ catalog: PageCatalog, _ page: Page, in language: Language) -> String {
        String(buffer: catalog.body(page, in: language))
    }
}
