import CGlibc
import Glibc

/// Columns as wide as their content, with numbers aligned right.
func printTable(_ headings: [String], _ rows: [[String]], numbers: Set<Int> = []) {
    let lines = ([headings] + rows).map { (row) in
        row.map { (cell) in
            let text = TerminalText.escaped(cell)
            return (text: text, columns: terminalColumns(text))
        }
    }
    let widths = headings.indices.map { column in lines.map { $0[column].columns }.max() ?? 0 }
    for line in lines {
        var text = ""
        for (column, cell) in line.enumerated() {
            let padding = String(repeating: " ", count: widths[column] - cell.columns)
            text += (column == 0 ? "" : "  ") + (numbers.contains(column) ? padding + cell.text : cell.text + padding)
        }
        while text.last == " " { text.removeLast() }
        printData(text, terminator: "\n")
    }
}

/// How many columns of a terminal the text takes: East Asian characters and emoji take two (UAX #11), marks none.
func terminalColumns(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    // wcwidth(3) goes by the thread's locale, and the program's is C.
    let before = uselocale(utf8Locale)
    defer { uselocale(before) }
    return text.reduce(0) { (columns, character) in
        // What is put together of several, such as a flag, is as wide as one.
        columns
            + min(2, character.unicodeScalars.reduce(0) { $0 + max(0, Int(wcwidth(wchar_t(bitPattern: $1.value)))) })
    }
}

// Only ever read.
nonisolated(unsafe) private let utf8Locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)
