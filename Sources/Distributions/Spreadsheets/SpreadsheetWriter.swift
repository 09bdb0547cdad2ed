import Encoding
import LinkToken
import Workbooks

/// Turns links into the rows of a spreadsheet. Each thread has its own; their bytes are put one after the other.
struct SpreadsheetWriter {
    private let layout: SpreadsheetLayout
    private let columns: [SpreadsheetColumn]
    /// The beginnings of the members of a JSON object, `{"Email":` or `,"Link":`.
    private let members: [String]
    /// The texts of the expiry that was written last: nearly all links have the same.
    private var expiration: (of: UnixTime?, text: String, printed: String) = (nil, "", "")
    private var csv: CSVWriter
    private var json: [UInt8] = []
    private var packed = PackedCells()

    init(_ layout: SpreadsheetLayout, _ columns: [SpreadsheetColumn]) {
        self.layout = layout
        self.columns = columns
        csv = CSVWriter(separator: layout.dialect.separator)
        members = columns.enumerated().map { (index, column) in
            (index == 0 ? "{\"" : ",\"") + JSONWriter.escaped(column.heading) + "\":"
        }
    }

    /// The byte order mark and the headings, as far as the format has them. For a workbook, rows are packed.
    mutating func header() -> [UInt8] {
        switch layout.format {
        case .jsonl: return []
        case .xlsx:
            packed.append(row: columns.map(\.heading))
            return packed.take()
        case .csv, .tsv: break
        }
        for column in columns { csv.cell(FormulaGuard.applied(to: column.heading)) }
        csv.endRow()
        return layout.dialect.opening + csv.take()
    }

    mutating func write(_ minted: MintedLink) {
        var row: [String] = []
        if minted.expiry != expiration.of {
            expiration = (
                minted.expiry, minted.expiry.description, layout.printedExpiration?.text(of: minted.expiry) ?? ""
            )
        }
        for (index, column) in columns.enumerated() {
            let text: String
            // Whether a person wrote it: it may need quotes, or a guard.
            var isPersonal = false
            switch column.content {
            case .field(let field): (text, isPersonal) = (minted.contact[field], true)
            case .embeddedData(_, let position): (text, isPersonal) = (minted.contact.embeddedData[position], true)
            case .status: text = minted.status.rawValue
            case .link: text = minted.link
            case .linkExpiration: text = expiration.text
            case .linkExpires: (text, isPersonal) = (expiration.printed, true)
            case .startedAt: text = minted.use?.startedAt.description ?? ""
            case .startDetail(let field): text = minted.use?.details[field] ?? ""
            case .finishedAt: text = minted.use?.finishedAt?.description ?? ""
            }
            switch layout.format {
            case .jsonl:
                json.append(contentsOf: members[index].utf8)
                JSONWriter.append(text, to: &json)
            case .xlsx: row.append(text)
            case .csv where isPersonal, .tsv where isPersonal:
                csv.cell(FormulaGuard.applied(to: text))
            // ``LinkBaseURL`` has no character that would ask for quotes.
            case .csv, .tsv: csv.plainCell(text)
            }
        }
        switch layout.format {
        case .jsonl: json.append(contentsOf: "}\n".utf8)
        case .xlsx: packed.append(row: row)
        case .csv, .tsv: csv.endRow()
        }
    }

    /// The rows that were written since.
    mutating func take() -> [UInt8] {
        switch layout.format {
        case .jsonl:
            defer { json.removeAll(keepingCapacity: true) }
            return json
        case .xlsx: return packed.take()
        case .csv, .tsv: return csv.take()
        }
    }
}

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
