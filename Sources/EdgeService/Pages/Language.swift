import LinkToken

/// A language of the pages. The raw value is its BCP 47 tag.
enum Language: String, Hashable, Sendable, CaseIterable {
    case english = "en"
    case german = "de"
    case french = "fr"
    case spanish = "es"
    case portuguese = "pt"
    case japanese = "ja"
    case chinese = "zh"
    case arabic = "ar"

    /// The `dir` of its pages.
    var direction: String { self == .arabic ? "rtl" : "ltr" }

    /// The language of a BCP 47 tag, by its primary subtag; nil where there are no pages in it.
    init?(tag: some StringProtocol) {
        let primary = tag.prefix(35).prefix { $0 != "-" && $0 != "_" }
        self.init(rawValue: primary.lowercased())
    }

    /// The language of a page: what the link says in its parameter `language`, which is the contact's, or what the browser
    /// asks for. Anybody may change the parameter, and changes nothing but the language.
    init(of query: QueryString, acceptLanguage field: String?) {
        let asked = query.parameters.first { $0.name.lowercased() == "language" }.flatMap { Language(tag: $0.value) }
        self = asked ?? Language(acceptLanguage: field)
    }

    /// The best for an `Accept-Language` field (RFC 9110 §12.5.4), found by lookup on the primary subtag (RFC 4647 §3.4).
    ///
    /// Of two with the same weight the first wins; English where none is known.
    init(acceptLanguage field: String?) {
        var best: (language: Language, weight: Double)?
        for range in (field ?? "").prefix(1000).split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let tag = parts.first, let language = Language(tag: tag) else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            if weight > best?.weight ?? 0 { best = (language, weight) }
        }
        self = best?.language ?? .english
    }

    func words(for page: Page) -> PageWords {
        switch self {
        case .english: .english(page)
        case .german: .german(page)
        case .french: .french(page)
        case .spanish: .spanish(page)
        case .portuguese: .portuguese(page)
        case .japanese: .japanese(page)
        case .chinese: .chinese(page)
        case .arabic: .arabic(page)
        }
    }
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
