import Encoding
import LinkToken
import Testing

@testable import EdgeService

extension Language: CustomTestStringConvertible {
    public var testDescription: String { tag }
}

@Suite("Languages of the pages")
struct LanguageTests {
    @Test(
        "every page has words of its own in every language, and a label where it has a button",
        arguments: Language.allCases)
    func complete(language: Language) {
        for page in Page.allCases {
            let words = language.words(page)
            #expect((words.button != nil) == page.hasButton, "\(page)")
            if language != .english {
                #expect(words.heading != Language.english.words(page).heading, "\(page)")
                #expect(words.message != Language.english.words(page).message, "\(page)")
            }
        }
        #expect(Set(Page.allCases.map { language.words($0).heading }).count == Page.allCases.count)
    }

    @Test("headings and sentences are punctuated as the language has it", arguments: Language.allCases)
    func punctuation(language: Language) {
        for page in Page.allCases {
            let words = language.words(page)
            for text in [words.heading, words.message, words.button].compactMap(\.self) {
                #expect(!text.contains(/["']|\.\.|  |^\s|\s$/), "typewriter quotes, dots or spaces: \(text)")
                switch language {
                case .french:
                    #expect(!text.contains(/[^\u{a0}\u{202f}][:;!?]/), "needs a space that can't break: \(text)")
                case .japanese, .simplifiedChinese, .traditionalChinese:
                    #expect(!text.contains(/[,.:;!?()]/), "punctuation of another script: \(text)")
                default: break
                }
            }
            #expect(!words.heading.contains(/[.。]$/), "\(words.heading)")
            #expect(words.message.contains(/[.!。！]$/), "\(words.message)")
        }
    }

    @Test(
        "a tag leads to the language of its longest known beginning",
        arguments: [
            ("en-GB-oxendict", "en"), ("de-CH-1996", "de"), ("es-419", "es"), ("nl-BE", "nl"), ("DE", "de"),
            ("de-", "de"),
            ("zh", "zh-Hans"), ("zh-CN", "zh-Hans"), ("zh-SG", "zh-Hans"), ("zh-Hans", "zh-Hans"),
            ("zh-Hans-TW", "zh-Hans"), ("zh-Hans-HK", "zh-Hans"), ("zh-t-en", "zh-Hans"), ("zh-x-TW", "zh-Hans"),
            ("zh-TW", "zh-Hant"), ("zh-HK", "zh-Hant"), ("zh-MO", "zh-Hant"), ("zh-Hant", "zh-Hant"),
            ("zh-Hant-CN", "zh-Hant"), ("zh-hant-tw-x-private", "zh-Hant"), ("zh_TW", "zh-Hant"), ("ZH-tw", "zh-Hant"),
            ("zh-TW-u-co-stroke", "zh-Hant"), ("yue-Hant-HK", "zh-Hant"), ("ZH-T", "zh-Hant"), ("ZH-S", "zh-Hans"),
            ("pt", "pt-BR"), ("pt-BR", "pt-BR"), ("pt-US", "pt-BR"), ("pt-PT", "pt-PT"), ("pt-AO", "pt-PT"),
            ("pt_MZ", "pt-PT"),
            ("", nil), ("-", nil), ("xx", nil), ("fil", nil), ("plt", nil), ("d", nil), ("*", nil), ("x-de", nil),
            ("i-klingon", nil), (String(repeating: "d", count: 5000), nil),
        ] as [(String, String?)])
    func lookup(tag: String, expected: String?) { #expect(Language(tag: tag)?.tag == expected) }

    @Test("every language and each of its aliases leads to it")
    func aliases() {
        for language in Language.allCases {
            for tag in [language.tag] + language.aliases {
                #expect(Language(tag: tag) == language, "\(tag)")
                #expect(Language(acceptLanguage: "xx, \(tag);q=0.1") == language, "\(tag)")
            }
        }
    }

    @Test(
        "a browser gets the first of the languages that it weighs most",
        arguments: [
            ("de-AT,en;q=0.5", "de"), ("tlh, de;q=0.2, fr;q=0.8", "fr"), ("fr;q=0.5, de;q=0.5", "fr"),
            ("zh-TW,zh;q=0.9,en-US;q=0.8", "zh-Hant"), ("zh-CN,zh;q=0.9,zh-TW;q=0.8", "zh-Hans"),
            ("pt-PT,pt;q=0.9,en;q=0.8", "pt-PT"), ("pt,en", "pt-BR"), ("en;q=0.1, ZH-HANT-hk", "zh-Hant"),
            ("it ; q=0.7 , pl;q=0.6", "it"), ("xx", "en"), ("*", "en"), ("de;q=0", "en"), ("de;q=x, tr;q=0.1", "tr"),
            ("de;q=nan, pl;q=inf, nl;q=0.1", "nl"), (";;,,q=", "en"), ("", "en"),
        ])
    func negotiation(field: String, expected: String) { #expect(Language(acceptLanguage: field).tag == expected) }

    @Test(
        "the link's language comes before the browser's, which decides only what the link leaves open",
        arguments: [
            ("language=de", "fr", "de"), ("LANGUAGE=pl-PL", "fr", "pl"), ("language=xx", "fr", "fr"),
            ("language=zh", "en, zh-TW;q=0.5", "zh-Hant"), ("language=zh", "zh-CN, zh-TW", "zh-Hans"),
            ("language=zh-CN", "zh-TW", "zh-Hans"), ("language=zh", "fr", "zh-Hans"),
            ("language=pt", "pt-PT,pt;q=0.9", "pt-PT"), ("language=pt", "de", "pt-BR"), ("x=1&language=tr", "", "tr"),
        ])
    func contactLanguage(query: String, field: String, expected: String) {
        #expect(Language(of: QueryString(query), acceptLanguage: field).tag == expected)
    }
}
