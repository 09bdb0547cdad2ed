/// How a spreadsheet of links is written.
public enum SpreadsheetFormat: String, Hashable, Sendable, CaseIterable {
    /// RFC 4180.
    case csv
    /// As CSV, with tabs between the cells.
    case tsv
    /// One JSON object a line, named by the headings. No formula guard: no spreadsheet reads it.
    case jsonl
    /// An Excel workbook. Every cell is text, so it needs no formula guard; links can be clicked.
    case xlsx

    /// The format that a file's name says. Nil for a name that says nothing.
    public init?(fileName: String) {
        guard let dot = fileName.lastIndex(of: "."), fileName[dot...].dropFirst().allSatisfy(\.isASCII) else {
            return nil
        }
        self.init(rawValue: fileName[dot...].dropFirst().lowercased())
    }
}
