/// Keeps spreadsheets from running the text of a cell as a formula (CSV injection, CWE-1236).
///
/// A cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets an apostrophe in front, as OWASP advises.
/// So does one that begins with apostrophes and then such a character: that way removing one apostrophe always gives
/// back what was there.
public enum FormulaGuard {
    static func isNeeded(_ text: some Sequence<UInt8>) -> Bool {
        for byte in text {
            switch byte {
            case UInt8(ascii: "'"): continue
            case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"), 0x09, 0x0D: return true
            default: return false
            }
        }
        return false
    }

    /// The cell as it is written.
    public static func applied(to text: String) -> String {
        isNeeded(text.utf8) ? "'" + text : text
    }

    /// The text that was guarded; any other cell as it is.
    public static func removed(from cell: String) -> String {
        guard cell.utf8.first == UInt8(ascii: "'"), isNeeded(cell.utf8) else { return cell }
        return String(cell.dropFirst())
    }
}
