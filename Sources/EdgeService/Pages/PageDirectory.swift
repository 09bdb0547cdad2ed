import Encoding
import Files
import FoundationEssentials

extension PageCatalog {
    /// Pages with a brand of their own: whatever the directory holds of `style.css`, `logo.svg` or `logo.png`,
    /// and translations such as `de.json`. The rest is linkseal's. <doc:BrandedPages> says what goes into each.
    ///
    /// ```swift
    /// configuration.pages = try PageCatalog(directory: "pages")
    /// ```
    ///
    /// Everything is read now and kept.
    public init(directory path: String) throws(PageDirectoryError) {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            throw PageDirectoryError(path, "the directory of pages can't be read")
        }
        let directory = path.hasSuffix("/") ? path : path + "/"
        var brand = PageBrand()
        var found = false
        for name in names {
            let file = directory + name
            switch name {
            case "style.css": brand.style = try Self.style(file)
            case "logo.svg", "logo.png":
                guard brand.logo == nil else {
                    throw PageDirectoryError(path, "it holds both logo.png and logo.svg; keep one")
                }
                brand.logo = try Self.logo(file)
            case _ where name.hasSuffix(".json"):
                let language = try Self.language(file, tag: String(name.dropLast(".json".count)))
                brand.translations[language] = try Translation(Self.text(file, upTo: 256 << 10), path: file)
            default: continue
            }
            found = true
        }
        guard found else {
            throw PageDirectoryError(
                path, "it holds none of style.css, logo.svg, logo.png and translations such as de.json")
        }
        self.init(brand)
    }

    private static func language(_ path: String, tag: String) throws(PageDirectoryError) -> Language {
        guard let language = Language(tag: tag) else {
            let known = Language.allCases.map { $0.tag + ".json" }.joined(separator: ", ")
            throw PageDirectoryError(path, "there are no pages in \"\(tag)\"; translations are \(known)")
        }
        guard language.tag == tag else {
            throw PageDirectoryError(
                path, "the pages for \"\(tag)\" are those in \(language.tag); name the file \(language.tag).json")
        }
        return language
    }

    private static func bytes(_ path: String, upTo limit: Int) throws(PageDirectoryError) -> [UInt8] {
        guard let bytes = try? readSmallFile(path) else { throw PageDirectoryError(path, "the file can't be read") }
        guard bytes.count <= limit else {
            throw PageDirectoryError(
                path, "it has \(bytes.count) bytes, and every page carries it; the limit is \(limit)")
        }
        return bytes
    }

    private static func text(_ path: String, upTo limit: Int) throws(PageDirectoryError) -> String {
        let bytes = try bytes(path, upTo: limit)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw PageDirectoryError(path, "it is not UTF-8")
        }
        // HTML's parser makes line feeds of the others, and the policy goes by the hash of what it made.
        let lines = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
        return lines.first == "\u{FEFF}" ? String(lines.dropFirst()) : lines
    }

    private static func style(_ path: String) throws(PageDirectoryError) -> String {
        let style = try text(path, upTo: 256 << 10)
        if let line = style.line(of: "</style") {
            throw PageDirectoryError(path, line: line, "\"</style\" would end the page's style sheet here")
        }
        if let line = style.line(of: "@import") {
            throw PageDirectoryError(
                path, line: line, "the pages' policy loads nothing; put the imported rules here in place of @import")
        }
        return style
    }

    /// A `data:` URL (RFC 2397), so that no request of its own is made for it. An SVG image runs no scripts there.
    private static func logo(_ path: String) throws(PageDirectoryError) -> String {
        let bytes = try bytes(path, upTo: 64 << 10)
        if path.hasSuffix(".svg") {
            guard let text = String(validating: bytes, as: UTF8.self), text.line(of: "<svg") != nil else {
                throw PageDirectoryError(path, "it is not an SVG image")
            }
            return "data:image/svg+xml;base64," + Base64.encode(bytes.span)
        }
        guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) else {
            throw PageDirectoryError(path, "it is not a PNG image")
        }
        return "data:image/png;base64," + Base64.encode(bytes.span)
    }
}

extension String {
    /// The first line, from 1, that contains the text, in any case.
    func line(of text: String) -> Int? {
        let wanted = Array(text.lowercased().utf8)
        var line = 1
        var rest = Array(self.lowercased().utf8)[...]
        while rest.count >= wanted.count {
            if rest.starts(with: wanted) { return line }
            if rest.removeFirst() == UInt8(ascii: "\n") { line += 1 }
        }
        return nil
    }
}
