import Cryptography
import Encoding
import LinkToken
import NIOCore

/// Every page in every language, rendered once when the edge starts: showing one copies nothing and can't fail.
public struct PageCatalog: Sendable {
    private let bodies: [Key: ByteBuffer]
    /// The Content-Security-Policy sources of the style sheets, which stand in the page (CSP Level 3 §2.3.1).
    let styleSources: String

    private struct Key: Hashable {
        let page: Page
        let language: Language
    }

    /// linkseal's own pages.
    public static let standard = PageCatalog(PageBrand())

    init(_ brand: PageBrand) {
        var style = String(decoding: PackageResources.style_css, as: UTF8.self)
        if !brand.style.isEmpty { style += brand.style }
        var bodies: [Key: ByteBuffer] = [:]
        for language in Language.allCases {
            let translation = brand.translations[language] ?? .none
            for page in Page.allCases {
                let words = translation.applied(to: language.words(page), of: page)
                let html = brand.template.render(
                    page, words, in: language, organization: translation.organization ?? "", style: style,
                    ownStyle: brand.style, logo: brand.logo)
                bodies[Key(page: page, language: language)] = ByteBuffer(string: html)
            }
        }
        self.bodies = bodies
        styleSources = (brand.style.isEmpty ? [style] : [style, brand.style]).map(Self.source).joined(separator: " ")
    }

    func body(_ page: Page, in language: Language) -> ByteBuffer {
        guard let body = bodies[Key(page: page, language: language)] else {
            preconditionFailure("every page is rendered in every language")
        }
        return body
    }

    private static func source(of style: String) -> String {
        let digest = SHA256.hash(Array(style.utf8).span)
        return "'sha256-\(base64(digest.span))'"
    }

    /// Base64 with padding (RFC 4648 §4), as CSP hashes and `data:` URLs are written.
    static func base64(_ bytes: Span<UInt8>) -> String {
        let text = Base64URL.encode(bytes).map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        return String(text) + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }
}

/// What of the pages is somebody's own.
struct PageBrand {
    var template = PageTemplate.standard
    /// Comes after linkseal's own rules.
    var style = ""
    /// A `data:` URL.
    var logo: String?
    var translations: [Language: Translation] = [:]
}
