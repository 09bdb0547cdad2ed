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
