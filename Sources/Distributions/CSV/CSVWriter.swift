/// Builds CSV records (RFC 4180): cells are quoted when they have to be, lines end in CRLF.
struct CSVWriter {
    let separator: UInt8
    private(set) var bytes: [UInt8] = []
    private var isFirstCell = true
    private var rowStart = 0

    init(separator: CSVSeparator = .comma) {
        self.separator = separator.byte
    }

    mutating func cell(_ text: String) {
        var text = text
        text.withUTF8 { cell($0) }
    }

    /// A cell that needs no quotes whatever the separator: letters, digits, a few signs.
    mutating func plainCell(_ text: String) {
        beginCell()
        bytes.append(contentsOf: text.utf8)
    }

    mutating func cell(_ text: UnsafeBufferPointer<UInt8>) {
        beginCell()
        var mustQuote = text.first == UInt8(ascii: " ") || text.last == UInt8(ascii: " ")
        // At the beginning of a file it would name the separator to Excel.
        if bytes.isEmpty, text.elementsEqual("sep=".utf8) { mustQuote = true }
        if !mustQuote {
            mustQuote = text.contains { byte in
                byte == separator || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n")
                    || byte == UInt8(ascii: "\r")
            }
        }
        guard mustQuote else {
            bytes.append(contentsOf: text)
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Ends the record. A record of one empty cell is written as `""`: an empty line would be skipped.
    mutating func endRow() {
        if bytes.count == rowStart { bytes.append(contentsOf: #""""#.utf8) }
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
        isFirstCell = true
        rowStart = bytes.count
    }

    /// Hands the finished records over.
    mutating func take() -> [UInt8] {
        defer {
            bytes.removeAll(keepingCapacity: true)
            rowStart = 0
        }
        return bytes
    }

    private mutating func beginCell() {
        if isFirstCell { isFirstCell = false } else { bytes.append(separator) }
    }
}

/// Keeps spreadsheets from running the text of a cell as a formula (CSV injection, CWE-1236).
///
/// A cell gets an apostrophe in front, as OWASP advises, if its text begins with `=`, `+`, `-`, `@`, their full-width
/// forms, a tab, a carriage return or a line feed. Quotation marks and spaces before these don't matter. Text behind a
/// semicolon is guarded in the same way, since a spreadsheet whose separator is the semicolon begins a cell there,
/// whatever the file's own separator is.
///
/// Numbers, phone numbers and dates are nothing that could run, and stay as they are.
///
/// Text that begins with apostrophes and then such a character gets one more. So removing one apostrophe always gives back
/// what was there.
public enum FormulaGuard {
    private static let apostrophe = UInt8(ascii: "'")
    private static let semicolon = UInt8(ascii: ";")

    /// The cell as it is written.
    public static func applied(to text: String) -> String {
        guard mayNeedChange(text) else { return text }
        return changingPieces(of: text) { (piece) in isNeeded(piece) ? [apostrophe] + piece : Array(piece) }
    }

    /// The text that was guarded; any other cell as it is.
    public static func removed(from cell: String) -> String {
        guard mayNeedChange(cell) else { return cell }
        return changingPieces(of: cell) { (piece) in
            piece.first == apostrophe && isNeeded(piece) ? Array(piece.dropFirst()) : Array(piece)
        }
    }

    /// False for nearly all text, at a glance.
    private static func mayNeedChange(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { (bytes) in
            guard let first = bytes.first else { return false }
            let isLetterOrDigit = first >= UInt8(ascii: "0") && first < 0x80 && first != UInt8(ascii: "=")
            return !isLetterOrDigit || first == semicolon || first == UInt8(ascii: "@") || bytes.contains(semicolon)
        }
    }

    private static func changingPieces(of text: String, _ change: (ArraySlice<UInt8>) -> [UInt8]) -> String {
        let pieces = Array(text.utf8).split(separator: semicolon, omittingEmptySubsequences: false)
        return String(decoding: Array(pieces.map(change).joined(separator: [semicolon])), as: UTF8.self)
    }

    private static func isNeeded(_ piece: ArraySlice<UInt8>) -> Bool {
        let unmarked = piece.drop { $0 == apostrophe }
        let text = unmarked.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\"") }
        switch text.first {
        case UInt8(ascii: "+"), UInt8(ascii: "-"): return !isPlain(text)
        case UInt8(ascii: "="), UInt8(ascii: "@"), 0x09, 0x0A, 0x0D: return true
        default: return fullWidthSigns.contains { text.starts(with: $0.utf8) }
        }
    }

    private static let fullWidthSigns = ["＝", "＋", "－", "＠"]

    /// Whether text with a sign in front consists of digits and of what divides them in numbers, phone numbers and dates.
    /// It refers to no cell and calls no function.
    private static func isPlain(_ text: ArraySlice<UInt8>) -> Bool {
        var hasDigit = false
        var before = text.first
        for byte in text.dropFirst() {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): hasDigit = true
            case UInt8(ascii: " "), UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: "/"), UInt8(ascii: "("),
                UInt8(ascii: ")"), UInt8(ascii: "%"), UInt8(ascii: ":"):
                break
            // An exponent.
            case UInt8(ascii: "e"), UInt8(ascii: "E"): guard hasDigit else { return false }
            case UInt8(ascii: "+"), UInt8(ascii: "-"):
                guard hasDigit, byte == UInt8(ascii: "-") || before == UInt8(ascii: "E") || before == UInt8(ascii: "e")
                else { return false }
            // No-break spaces (U+00A0, U+202F) divide thousands.
            case 0xC2, 0xA0, 0xE2, 0x80, 0xAF: break
            default: return false
            }
            before = byte
        }
        return hasDigit
    }
}
