/// What stands between the cells of a line.
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
