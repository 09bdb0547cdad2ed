import Encoding
import Trust

/// Words of one's own for pages in one language, by the name of the page. What is missing is linkseal's.
///
/// ```json
/// {
///   "organization": "Example Ltd",
///   "ready": { "heading": "Shall we begin?", "button": "Yes" }
/// }
/// ```
struct Translation: Hashable, Sendable {
    /// The text that stands for the logo where it is not seen.
    private(set) var organization: String?
    private var changes: [Page: [String: String]] = [:]

    static let none = Translation()

    private init() {}

    init(_ text: String, path: String) throws(PageDirectoryError) {
        var reader = JSONReader(Array(text.utf8))
        do throws(JSONError) {
            try read(&reader)
            try reader.end()
        } catch {
            throw PageDirectoryError(path, line: error.line, column: error.column, error.reason)
        }
    }

    private mutating func read(_ reader: inout JSONReader) throws(JSONError) {
        var (organization, changes): (String?, [Page: [String: String]]) = (nil, [:])
        try reader.object { (reader, name) throws(JSONError) in
            if name == "organization" {
                try reader.once(name, into: &organization) { (reader) throws(JSONError) in try reader.string() }
            } else if let page = Page(rawValue: name) {
                try reader.once(name, into: &changes[page]) { (reader) throws(JSONError) in
                    try Self.words(of: page, &reader)
                }
            } else {
                let known = Page.allCases.map(\.rawValue).joined(separator: ", ")
                throw reader.error("there is no page \"\(name)\"; pages are \(known)")
            }
        }
        self.organization = organization
        self.changes = changes
    }

    private static func words(
        of page: Page, _ reader: inout JSONReader
    ) throws(JSONError) -> [String: String] {
        var words: [String: String] = [:]
        try reader.object { (reader, name) throws(JSONError) in
            switch name {
            case "heading", "message": break
            case "button" where page.hasButton: break
            case "button": throw reader.error("the page \"\(page.rawValue)\" has no button")
            default: throw reader.error("a page has heading, message and button, and no \"\(name)\"")
            }
            try reader.once(name, into: &words[name]) { (reader) throws(JSONError) in
                let text = try reader.string()
                guard text.contains(where: { !$0.isWhitespace }) else {
                    throw reader.error("\"\(name)\" is empty; leave it out to keep linkseal's")
                }
                return text
            }
        }
        return words
    }

    func applied(to words: PageWords, of page: Page) -> PageWords {
        guard let own = changes[page] else { return words }
        return PageWords(
            own["heading"] ?? words.heading, own["message"] ?? words.message, button: own["button"] ?? words.button)
    }
}
