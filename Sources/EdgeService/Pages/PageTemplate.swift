import Mustache

/// The mustache template that every page is rendered with.
struct PageTemplate {
    private let template: MustacheTemplate

    /// linkseal's own.
    static let standard: PageTemplate = {
        do {
            return try PageTemplate(
                String(decoding: PackageResources.page_mustache, as: UTF8.self), path: "page.mustache")
        } catch {
            fatalError("the built-in template is malformed: \(error)")
        }
    }()

    /// - Throws: where it can't be parsed, and where nobody could start a survey with what it shows.
    init(_ text: String, path: String) throws(PageFault) {
        do {
            template = try MustacheTemplate(string: text)
        } catch let error as MustacheTemplate.ParserError {
            throw PageFault(
                path, line: error.context.lineNumber, column: error.context.columnNumber, Self.reason(error.error))
        } catch {
            throw PageFault(path, "it is not a mustache template: \(error)")
        }
        if let line = text.line(of: "<script") {
            throw PageFault(path, line: line, "the pages' policy lets no script run; leave it out")
        }
        if let line = text.line(of: " style=") {
            throw PageFault(path, line: line, "the pages' policy ignores style attributes; put the rule into style.css")
        }
        try check(path)
    }

    /// Renders a page with words that occur nowhere else, and looks for them.
    private func check(_ path: String) throws(PageFault) {
        let words = PageWords("heading-7q", "message-7q", button: "button-7q")
        let page = render(.ready, words, in: .english, organization: "", style: "", ownStyle: "", logo: nil)
        for (name, word) in [("heading", words.heading), ("message", words.message), ("button", "button-7q")]
        where !page.contains(word) {
            throw PageFault(path, "it does not show {{\(name)}}")
        }
        guard page.contains(/<form\b[^>]*\bmethod\s*=\s*["']?post\b/.ignoresCase()) else {
            throw PageFault(
                path,
                "without <form method=\"post\"> around the button nobody can start a survey; see the built-in template")
        }
        if page.contains(/<form\b[^>]*\baction\s*=/.ignoresCase()) {
            throw PageFault(path, "the form must not have an action: it posts to the link's own address")
        }
    }

    func render(
        _ page: Page, _ words: PageWords, in language: Language, organization: String, style: String, ownStyle: String,
        logo: String?
    ) -> String {
        template.render([
            "language": language.tag, "direction": language.direction, "style": style, "ownStyle": ownStyle,
            "heading": words.heading, "message": words.message, "hasButton": page.hasButton,
            "button": words.button ?? "", "symbol": page.symbol, page.symbol: true, "page": page.rawValue,
            "hasLogo": logo != nil, "logo": logo ?? "", "organization": organization,
        ])
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? MustacheTemplate.Error else { return "the template ends within a tag or a section" }
        return switch error {
        case .sectionCloseNameIncorrect: "the section that ends here is not the one that was begun"
        case .unfinishedName: "the tag is not finished"
        case .expectedSectionEnd: "a section is not ended"
        case .invalidSetDelimiter: "the tag that sets delimiters is malformed"
        default: "it is not a mustache template: \(error)"
        }
    }
}
