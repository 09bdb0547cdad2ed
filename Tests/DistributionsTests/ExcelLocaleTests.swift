import Testing

@testable import Distributions

@Suite struct ExcelLocaleTests {
    @Test(
        arguments: [
            "de", "DE", "de-CH", "de_DE.UTF-8", "fr-CA", "es", "es-ES", "es-AR", "pt-BR", "ru", "sr-Latn-RS",
            "nl_BE@euro",
            "en-ZA",
        ])
    func `cells are separated by semicolons where the comma is the decimal separator`(text: String) throws {
        #expect(try #require(ExcelLocale(text)).listSeparator == .semicolon)
    }

    @Test(arguments: ["en", "en-GB", "es-MX", "es_US.UTF-8", "ja-JP", "zh-Hant-TW", "he", "hi", "ko", "th"])
    func `cells are separated by commas elsewhere`(text: String) throws {
        #expect(try #require(ExcelLocale(text)).listSeparator == .comma)
    }

    @Test(arguments: ["", "C", "Germany", "deutsch", "de-", "de-DE-1996-x", ";", "d€"])
    func `what is no locale is refused`(text: String) {
        #expect(ExcelLocale(text) == nil)
    }
}
