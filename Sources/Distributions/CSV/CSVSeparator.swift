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

    /// The one that stands most often outside quotes in the first line that has text; a comma when none does.
    static func detect(in text: [UInt8]) -> CSVSeparator {
        var counts: [CSVSeparator: Int] = [:]
        var isQuoted = false
        var hasText = false
        for byte in text {
            if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if !isQuoted {
                if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                    if hasText { break } else { continue }
                }
                if let separator = allCases.first(where: { $0.byte == byte }) { counts[separator, default: 0] += 1 }
            }
            hasText = true
        }
        var best = CSVSeparator.comma
        for separator in allCases where counts[separator, default: 0] > counts[best, default: 0] { best = separator }
        return best
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
