/// How a CSV file is written, for the program that opens it. Everything that writes CSV for people takes one.
///
/// ```swift
/// try library.export(list, to: "customers.csv", as: .excel(in: ExcelLocale("de")!))
/// ```
public struct CSVDialect: Hashable, Sendable {
    public var separator: CSVSeparator
    /// Whether the file begins with a byte order mark, by which Excel and Word know UTF-8.
    public var byteOrderMark: Bool

    public init(separator: CSVSeparator = .comma, byteOrderMark: Bool = false) {
        self.separator = separator
        self.byteOrderMark = byteOrderMark
    }

    /// What Excel opens correctly with a double click on a computer in that locale.
    public static func excel(in locale: ExcelLocale) -> CSVDialect {
        CSVDialect(separator: locale.listSeparator, byteOrderMark: true)
    }

    /// What comes before the first row.
    var opening: [UInt8] { byteOrderMark ? [0xEF, 0xBB, 0xBF] : [] }
}

/// What separates the cells of a line.
public enum CSVSeparator: Character, Hashable, Sendable, CaseIterable {
    case comma = ","
    case semicolon = ";"
    case tab = "\t"

    var byte: UInt8 { rawValue.asciiValue! }

    /// Nil unless the text is a separator or its name.
    public init?(_ text: String) {
        switch text.lowercased() {
        case ",", "comma": self = .comma
        case ";", "semicolon": self = .semicolon
        case "\t", "\\t", "tab": self = .tab
        default: return nil
        }
    }

    /// The one under which the rows have as many cells as the first, and the first row has a cell that is known.
    ///
    /// How often a character occurs says little: headings have commas in them too. Where rows and headings don't decide,
    /// the separator that makes more cells of the first row wins, and then the order comma, semicolon, tab.
    static func detect(knowing isKnown: (String) -> Bool, in reader: CSVReader) -> CSVSeparator {
        var best = (separator: CSVSeparator.comma, rank: (0, 0, 0))
        for separator in allCases {
            let rows = reader.sample(rows: 50, separatedBy: separator)
            guard let first = rows.first else { continue }
            let known = first.cells.count(where: isKnown)
            let agreeing = rows.dropFirst().count { $0.count == first.count }
            let agrees = first.count > 1 && agreeing * 2 >= rows.count - 1
            let rank = ((agrees ? 2 : 0) + (known > 0 ? 1 : 0), agrees ? known : 0, first.count)
            if rank > best.rank { best = (separator, rank) }
        }
        return best.separator
    }

    /// Excel's own first line, `sep=;`, and its length with the line's end.
    static func named(in text: [UInt8]) -> (separator: CSVSeparator, length: Int)? {
        guard text.count >= 5, text.starts(with: Array("sep=".utf8)),
            let separator = allCases.first(where: { $0.byte == text[4] })
        else { return nil }
        switch text[5...].prefix(2) {
        case []: return (separator, 5)
        case [0x0D, 0x0A]: return (separator, 7)
        case let end where end.first == 0x0A || end.first == 0x0D: return (separator, 6)
        default: return nil
        }
    }
}

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
