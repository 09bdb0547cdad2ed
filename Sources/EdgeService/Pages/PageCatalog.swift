import Cryptography
import LinkToken
import Mustache
import NIOCore

/// Every page in every language, rendered once when the edge starts: showing one copies nothing and can't fail.
struct PageCatalog: Sendable {
    private let bodies: [Key: ByteBuffer]
    /// The Content-Security-Policy source of the one style sheet, which stands in the page (CSP Level 3 §2.3.1).
    let styleSource: String

    private struct Key: Hashable {
        let page: Page
        let language: Language
    }

    /// - Parameters:
    ///   - template: a mustache template with the fields of ``fields(of:in:style:)``.
    ///   - style: the style sheet.
    init(template: String, style: String) throws {
        let template = try MustacheTemplate(string: template)
        var bodies: [Key: ByteBuffer] = [:]
        for language in Language.allCases {
            for page in Page.allCases {
                let html = template.render(Self.fields(of: page, in: language, style: style))
                bodies[Key(page: page, language: language)] = ByteBuffer(string: html)
            }
        }
        self.bodies = bodies
        let digest = SHA256.hash(Array(style.utf8).span)
        styleSource = "'sha256-\(Self.base64(digest.span))'"
    }

    /// linkseal's own pages.
    static let standard: PageCatalog = {
        let template = String(decoding: PackageResources.page_mustache, as: UTF8.self)
        let style = String(decoding: PackageResources.style_css, as: UTF8.self)
        do {
            return try PageCatalog(template: template, style: style)
        } catch {
            fatalError("the built-in template is malformed: \(error)")
        }
    }()

    private static func fields(of page: Page, in language: Language, style: String) -> [String: Any] {
        let words = language.words(for: page)
        return [
            "language": language.rawValue, "direction": language.direction, "style": style,
            "heading": words.heading, "message": words.message, "hasButton": page.hasButton,
            "button": words.button ?? "", "symbol": page.symbol, page.symbol: true,
        ]
    }

    func body(_ page: Page, in language: Language) -> ByteBuffer {
        guard let body = bodies[Key(page: page, language: language)] else {
            preconditionFailure("every page is rendered in every language")
        }
        return body
    }

    /// Base64 with padding, as CSP hashes are written.
    private static func base64(_ bytes: Span<UInt8>) -> String {
        let text = Base64URL.encode(bytes).map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        return String(text) + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }
}
