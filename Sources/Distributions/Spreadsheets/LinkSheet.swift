import Workbooks

/// The sheet of an Excel workbook that packed rows of links are written to.
struct LinkSheet {
    #if Spreadsheets
        private let workbook: WorkbookWriter
        private let linkColumn: Int?

        init(named name: String, _ layout: SpreadsheetLayout, in scratchDirectory: String) throws(DistributionsError) {
            linkColumn = layout.columns.firstIndex { $0.content == .link }
            do throws(WorkbookError) {
                workbook = try WorkbookWriter(sheet: name, scratchDirectory: scratchDirectory)
            } catch {
                throw .workbook(file: "the spreadsheet", fault: error)
            }
            for (index, column) in layout.columns.enumerated() {
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
        init(named name: String, _ layout: SpreadsheetLayout, in scratchDirectory: String) throws(DistributionsError) {
            throw .withoutWorkbooks(file: "the spreadsheet")
        }

        func append(_ rows: [UInt8]) {}
        func finish() {}
        func nextBytes() -> [UInt8]? { nil }
    #endif
}
