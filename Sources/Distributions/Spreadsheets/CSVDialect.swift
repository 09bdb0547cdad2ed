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
