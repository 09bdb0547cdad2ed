import Encoding
import HTTPServer
import LinkToken

/// A language of the pages.
///
/// Each has a file in `Languages`. To add one, write its file and list it in ``allCases``.
struct Language: Sendable, CaseIterable {
    /// BCP 47: the `lang` of its pages, their `Content-Language`, and the name of its file in a directory of pages.
    let tag: String
    /// Other tags that lead to these pages, such as those of regions that write the same.
    let aliases: [String]
    /// The `dir` of its pages.
    let direction: String
    let words: @Sendable (Page) -> PageWords

    static let allCases: [Language] = [
        .english, .german, .french, .spanish, .italian, .brazilianPortuguese, .europeanPortuguese, .dutch, .polish,
        .turkish, .arabic, .japanese, .simplifiedChinese, .traditionalChinese,
    ]

    init(
        _ tag: String, aliases: [String] = [], isRightToLeft: Bool = false,
        words: @escaping @Sendable (Page) -> PageWords
    ) {
        self.tag = tag
        self.aliases = aliases
        direction = isRightToLeft ? "rtl" : "ltr"
        self.words = words
    }

    private static let byTag = Dictionary(
        uniqueKeysWithValues: allCases.flatMap { (language) in
            ([language.tag] + language.aliases).map { (Substring($0.lowercased()), language) }
        })

    /// The language for a BCP 47 tag, found by lookup (RFC 4647 §3.4): subtags are removed from the end until there are
    /// pages for the rest. Nil where there are none.
    ///
    /// Underscores count as hyphens, as in `zh_TW`.
    init?(tag: some StringProtocol) {
        // No registered tag is longer (BCP 47 §4.4.1 asks for room for 35).
        var range = Substring(String(tag.prefix(35).lowercased().map { $0 == "_" ? "-" : $0 }))
        while true {
            if let language = Self.byTag[range] {
                self = language
                return
            }
            guard let hyphen = range.lastIndex(of: "-") else { return nil }
            range = range[..<hyphen]
            // A single letter or digit only introduces the subtags after it.
            if range.dropLast().last == "-" { range = range.dropLast(2) }
        }
    }

    /// The language of a page: the one that the link names in its parameter `language`, which is the contact's, or else
    /// the one that the browser asks for. People can change the parameter, but that changes nothing except the language.
    ///
    /// A parameter of one subtag may leave open which variant is meant, as `zh` and `pt` do. Then the browser decides.
    init(of query: QueryString, acceptLanguage field: String?) {
        guard let tag = query.parameters.first(where: { $0.name.lowercased() == "language" })?.value,
            let named = Language(tag: tag)
        else {
            self.init(acceptLanguage: field)
            return
        }
        let isBare = !tag.contains { $0 == "-" || $0 == "_" }
        self = isBare ? Self.preferred(by: field) { $0.primarySubtag == named.primarySubtag } ?? named : named
    }

    /// The language for an `Accept-Language` field (RFC 9110 §12.5.4); English where there are no pages in any of those
    /// that it lists.
    init(acceptLanguage field: String?) { self = Self.preferred(by: field) { _ in true } ?? .english }

    /// The first of those with the highest weight.
    private static func preferred(by field: String?, among isCandidate: (Language) -> Bool) -> Language? {
        var best: (language: Language, weight: Double)?
        for (tag, weight) in PreferenceList(field).members where weight > best?.weight ?? 0 {
            if let language = Language(tag: tag), isCandidate(language) { best = (language, weight) }
        }
        return best?.language
    }

    private var primarySubtag: Substring { tag.prefix { $0 != "-" } }
}

extension Language: Hashable {
    static func == (one: Language, other: Language) -> Bool { one.tag == other.tag }

    func hash(into hasher: inout Hasher) { hasher.combine(tag) }
}

/// The words of a page.
struct PageWords: Hashable, Sendable {
    let heading: String
    let message: String
    /// The label of the button, where there is one.
    var button: String?

    init(_ heading: String, _ message: String, button: String? = nil) {
        self.heading = heading
        self.message = message
        self.button = button
    }
}
