/// The regional settings of a computer with Excel, as far as CSV files depend on them: Excel separates cells by the list
/// separator of the system, which is the semicolon wherever the comma is the decimal separator.
///
/// The languages are those whose decimal separator is the comma in the Unicode CLDR, and German, French and Italian
/// everywhere: Switzerland writes numbers with a point and lists with a semicolon.
public struct ExcelLocale: Hashable, Sendable {
    /// Such as `de` or `pt-BR`.
    public let tag: String
    public let listSeparator: CSVSeparator

    public static let english = ExcelLocale("en")!

    /// Nil unless the text is a language, alone or with a region: `de`, `pt-BR`, `de_DE.UTF-8`, `zh-Hant-TW`.
    public init?(_ text: String) {
        let parts = text.prefix { $0 != "." && $0 != "@" }.split(
            omittingEmptySubsequences: false, whereSeparator: { $0 == "-" || $0 == "_" })
        guard let language = parts.first?.lowercased(), (2...3).contains(language.count), parts.count <= 3,
            parts.allSatisfy({ (2...4).contains($0.utf8.count) && $0.utf8.allSatisfy(Self.isLetterOrDigit) })
        else { return nil }
        let region = parts.dropFirst().last { $0.count < 4 }?.uppercased() ?? ""
        tag = parts.joined(separator: "-")
        let isSemicolon =
            Self.languages.contains(language)
            ? !(language == "es" && Self.spanishWithPoint.contains(region))
            : language == "en" && region == "ZA"
        listSeparator = isSemicolon ? .semicolon : .comma
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static let languages: Set<String> = [
        "af", "az", "be", "bg", "bs", "ca", "cs", "da", "de", "el", "es", "et", "eu", "fi", "fo", "fr", "gl", "hr",
        "hu",
        "hy", "id", "is", "it", "ka", "kk", "ky", "lb", "lt", "lv", "mk", "nb", "nl", "nn", "no", "pl", "pt", "ro",
        "ru",
        "sk", "sl", "sq", "sr", "sv", "tk", "tr", "tt", "uk", "uz", "vi",
    ]

    private static let spanishWithPoint: Set<String> = [
        "BZ", "CU", "DO", "GT", "HN", "MX", "NI", "PA", "PE", "PR", "SV", "US",
    ]
}
