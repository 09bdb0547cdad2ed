import Cryptography
import Encoding
import LinkToken
import NIOCore

/// Every page in every language, rendered once when the edge starts: showing one copies nothing and can't fail.
public struct PageCatalog: Sendable {
    private let bodies: [Key: ByteBuffer]
    /// The Content-Security-Policy source of the style sheet, which is part of the page (CSP Level 3 §2.3.1).
    let styleSource: String

    private struct Key: Hashable {
        let page: Page
        let language: Language
    }

    /// linkseal's own pages.
    public static let standard = PageCatalog(PageBrand())

    init(_ brand: PageBrand) {
        let style = String(decoding: PackageResources.style_css, as: UTF8.self) + brand.style
        var bodies: [Key: ByteBuffer] = [:]
        for language in Language.allCases {
            for page in Page.allCases {
                let html = brand.html(of: page, in: language, style: style)
                bodies[Key(page: page, language: language)] = ByteBuffer(string: html)
            }
        }
        self.bodies = bodies
        let digest = SHA256.hash(Array(style.utf8).span)
        styleSource = "'sha256-\(Base64.encode(digest.span))'"
    }

    func body(_ page: Page, in language: Language) -> ByteBuffer {
        guard let body = bodies[Key(page: page, language: language)] else {
            preconditionFailure("every page is rendered in every language")
        }
        return body
    }
}

/// What of the pages is somebody's own.
struct PageBrand {
    /// Comes after linkseal's own rules.
    var style = ""
    /// A `data:` URL.
    var logo: String?
    var translations: [Language: Translation] = [:]
}
