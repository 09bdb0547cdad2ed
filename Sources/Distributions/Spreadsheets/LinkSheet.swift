import Workbooks

/// The sheet of an Excel workbook that packed rows of links are written to.
struct LinkSheet {
    #if Spreadsheets
        private let workbook: WorkbookWriter
        private let linkColumn: Int?

        init(named name: String, _ columns: [SpreadsheetColumn], in scratchDirectory: String) throws(DistributionsError)
        {
            linkColumn = columns.firstIndex { $0.content == .link }
            do throws(WorkbookError) {
                workbook = try WorkbookWriter(sheet: name, scratchDirectory: scratchDirectory)
            } catch {
                throw .workbook(file: "the spreadsheet", fault: error)
            }
            for (index, column) in columns.enumerated() {
                workbook.setWidth(column.content == .link ? 60 : 18, ofColumn: index)
            }
        }

        func append(_ rows: [UInt8]) throws(WorkbookError) {
            try PackedCells.forEachRow(of: rows) { (cells) throws(WorkbookError) in
                try workbook.append(cells, link: linkColumn)
            }
        }

        /// Nothing can be appended any more, and the bytes can be read.
        func finish() throws(WorkbookError) { try workbook.finish() }

        /// Nil at the end.
        func nextBytes() throws(WorkbookError) -> [UInt8]? { try workbook.nextBytes() }
    #else
        init(named name: String, _ columns: [SpreadsheetColumn], in scratchDirectory: String) throws(DistributionsError)
        {
            throw .withoutWorkbooks(file: "the spreadsheet")
        }

        func append(_ rows: [UInt8]) {}
        func finish() {}
        func nextBytes() -> [UInt8]? { nil }
    #endif
}

/// Rows of text cells as bytes, for a writer that wants cells: each cell is its length in four bytes and its text, each row
/// the number of its cells in four bytes and the cells.
struct PackedCells {
    private(set) var bytes: [UInt8] = []

    mutating func append(row cells: [String]) {
        append(cells.count)
        for cell in cells {
            append(cell.utf8.count)
            bytes.append(contentsOf: cell.utf8)
        }
    }

    private mutating func append(_ number: Int) {
        withUnsafeBytes(of: UInt32(number)) { bytes.append(contentsOf: $0) }
    }

    /// Hands the rows over.
    mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    /// Calls the body with each row of bytes that were packed here.
    static func forEachRow<Failure: Error>(
        of bytes: [UInt8], _ body: ([String]) throws(Failure) -> Void
    ) throws(Failure) {
        var index = 0
        func number() -> Int {
            defer { index += 4 }
            return Int(bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: index, as: UInt32.self) })
        }
        while index < bytes.count {
            let count = number()
            var cells: [String] = []
            cells.reserveCapacity(count)
            for _ in 0..<count {
                let length = number()
                cells.append(String(decoding: bytes[index..<index + length], as: UTF8.self))
                index += length
            }
            try body(cells)
        }
    }
}
