import Glibc
import Workbooks

/// Reads the rows of a file that people keep a table in: CSV text, or a sheet of an Excel workbook.
struct TableReader {
    /// The file as errors name it.
    let path: String
    private var text: CSVReader?
    private let sheet: SheetReader?

    /// - Parameters:
    ///   - path: `-` is standard input.
    ///   - name: how errors name the file, when not by its path.
    ///   - sheet: the sheet of a workbook; the first that is not hidden when nil.
    ///   - encoding: what text without a byte order mark is saved in.
    ///   - isKnown: whether a cell of the first row is one that such a table has.
    /// - Throws: ``DistributionsError/workbook(file:fault:)`` for a workbook that can't be read; a fault in text when it
    ///   is read.
    init(
        _ path: String, name: String? = nil, sheet: String? = nil, separator: CSVSeparator? = nil,
        encoding: TextEncoding = .utf8, knowing isKnown: (String) -> Bool = { _ in false }
    ) throws(DistributionsError) {
        let input = try InputFile(path, name: name)
        self.path = input.path
        if let archive = Self.archive(path), let reader = try SheetReader(archive, name: input.path, sheet: sheet) {
            (self.sheet, text) = (reader, nil)
            return
        }
        guard sheet == nil else { throw .notWorkbook(file: input.path) }
        self.sheet = nil
        text = try CSVReader(TextSource(input, assuming: encoding), separator: separator, knowing: isKnown)
    }

    /// The path by which a regular file can be opened again that begins like a ZIP archive. Nil for any other.
    private static func archive(_ path: String) -> String? {
        let place = path == "-" ? "/proc/self/fd/0" : path
        var status = stat()
        // Opening a pipe might wait, and reading it would take from it.
        guard stat(place, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let descriptor = open(place, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4)
        return pread(descriptor, &bytes, 4, 0) == 4 && bytes == FileFormat.zipSignature ? place : nil
    }

    var separator: CSVSeparator { text?.separator ?? .comma }
    var encoding: TextEncoding { text?.encoding ?? .utf8 }
    /// Why text was probably saved in something else. Known when text beyond ASCII was read.
    var encodingDoubt: EncodingDoubt? { text?.encodingDoubt }
    /// Whether text begins with a byte order mark.
    var hasByteOrderMark: Bool { text?.hasByteOrderMark ?? false }

    /// How the file is read. The encoding of text is known from the beginning.
    var layout: TableLayout {
        TableLayout(
            sheets: sheet?.sheets ?? [], sheet: sheet?.title, separator: separator, encoding: encoding,
            isMarked: hasByteOrderMark)
    }

    /// Replaces the row with the next one that has text. False at the end.
    mutating func read(into row: inout CSVRow) throws(DistributionsError) -> Bool {
        if let sheet { return try sheet.read(into: &row) }
        return try text?.read(into: &row) ?? false
    }

    /// The next rows, at most that many, as far as they are in memory already. Reading continues in front of them.
    func sample(rows limit: Int) -> [CSVRow] {
        sheet.map { $0.sample(rows: limit) } ?? text?.sample(rows: limit) ?? []
    }
}

/// How a table is read: what was given, or else found in the file.
public struct TableLayout: Hashable, Sendable {
    /// The names of a workbook's sheets, hidden ones included. Empty for text.
    public let sheets: [String]
    /// The sheet that is read. Nil for text.
    public let sheet: String?
    public let separator: CSVSeparator
    public let encoding: TextEncoding
    /// Whether a byte order mark says which encoding it is.
    public let isMarked: Bool
}

/// One record of a CSV file: its cells one after the other in one buffer, which is used again for the next record.
public struct CSVRow: Sendable {
    /// The line that the record begins in, from 1.
    public internal(set) var line = 0
    var bytes: [UInt8] = []
    /// Where each cell ends in `bytes`.
    var ends: [Int] = []

    public init() {}

    init(line: Int, bytes: [UInt8], ends: [Int]) {
        self.line = line
        self.bytes = bytes
        self.ends = ends
    }

    /// The number of cells.
    public var count: Int { ends.count }

    /// A cell as text.
    public subscript(index: Int) -> String {
        withBytes(of: index) { String(decoding: $0, as: UTF8.self) }
    }

    /// A cell as UTF-8, without making text of it.
    func withBytes<Result>(of index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range(of: index)])) }
    }

    /// All cells as text.
    public var cells: [String] { (0..<count).map { self[$0] } }

    public func isEmpty(_ index: Int) -> Bool { range(of: index).isEmpty }

    /// Whether no cell has any text.
    public var isBlank: Bool { bytes.isEmpty }

    func range(of index: Int) -> Range<Int> {
        (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }

    /// Adds empty cells at the end, up to that number of cells.
    mutating func pad(to count: Int) {
        while ends.count < count { ends.append(bytes.count) }
    }

    /// Removes empty cells at the end, down to that number of cells.
    mutating func cut(to count: Int) {
        ends.removeLast(ends.count - count)
    }

    mutating func begin(line: Int) {
        self.line = line
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }
}

/// Reads a sheet of an Excel workbook as the rows of a table. Cells that the sheet leaves out are empty, and all rows are as
/// long as the first: a workbook does not say where a row ends.
final class SheetReader {
    #if Spreadsheets
        private static let sampleCount = 200

        private let name: String
        private var reader: WorkbookReader
        /// Rows that were read and not yet given.
        private var ahead: [CSVRow] = []
        private var given = 0
        private var width = 0
        /// Why the sheet could not be read on. The rows before are given first.
        private var failure: DistributionsError?

        var sheets: [String] { reader.sheets }
        var title: String { reader.sheet }

        /// Nil for an archive that holds no workbook.
        init?(_ path: String, name: String, sheet: String?) throws(DistributionsError) {
            self.name = name
            let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? ""
            do throws(WorkbookError) {
                reader = try WorkbookReader(
                    path, sheet: sheet, scratchDirectory: temporary.isEmpty ? "/tmp" : temporary)
            } catch {
                if case .wrongKind = error { return nil }
                throw .workbook(file: name, fault: error)
            }
            while ahead.count <= Self.sampleCount, let row = next() { ahead.append(row) }
        }

        private func next() -> CSVRow? {
            guard failure == nil else { return nil }
            do throws(WorkbookError) {
                guard let found = try reader.next() else { return nil }
                var row = CSVRow(line: found.number, bytes: found.bytes, ends: found.ends)
                if width == 0 { width = row.count }
                if row.count < width { row.pad(to: width) }
                return row
            } catch {
                failure = .workbook(file: name, fault: error)
                return nil
            }
        }

        func read(into row: inout CSVRow) throws(DistributionsError) -> Bool {
            if given < ahead.count {
                row = ahead[given]
                given += 1
                return true
            }
            ahead = []
            given = 0
            if let next = next() {
                row = next
                return true
            }
            if let failure { throw failure }
            return false
        }

        func sample(rows limit: Int) -> [CSVRow] { Array(ahead[given...].prefix(limit)) }
    #else
        init?(_ path: String, name: String, sheet: String?) throws(DistributionsError) {
            if sheet != nil { throw .withoutWorkbooks(file: name) }
            return nil
        }

        var sheets: [String] { [] }
        var title: String { "" }
        func read(into row: inout CSVRow) throws(DistributionsError) -> Bool { false }
        func sample(rows limit: Int) -> [CSVRow] { [] }
    #endif
}

/// What people take for a CSV file, told by its first bytes.
public enum FileFormat: Hashable, Sendable {
    case excelWorkbook
    case openDocumentSpreadsheet
    case numbersDocument
    case zipArchive
    case pdf
    /// HTML or XML, which some programs write under the name of a workbook.
    case markup

    /// What a ZIP archive begins with (APPNOTE §4.3.7).
    static let zipSignature = Array("PK\u{3}\u{4}".utf8)

    /// Nil for what may be text.
    ///
    /// - Parameters:
    ///   - bytes: the first ones of the file.
    ///   - name: the file's name, which decides between formats with the same beginning.
    init?(_ bytes: ArraySlice<UInt8>, name: String) {
        let name = name.lowercased()
        // Compound files: workbooks until Excel 2003, and later ones with a password (MS-CFB §2.2).
        if bytes.starts(with: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
            self = .excelWorkbook
        } else if bytes.starts(with: Self.zipSignature) {
            if bytes.contains(Array("opendocument.spreadsheet".utf8)) || name.hasSuffix(".ods") {
                self = .openDocumentSpreadsheet
            } else if bytes.contains(Array("Index/Document.iwa".utf8)) || name.hasSuffix(".numbers") {
                self = .numbersDocument
            } else if bytes.contains(Array("xl/".utf8)) || [".xlsx", ".xlsm", ".xlsb"].contains(where: name.hasSuffix) {
                self = .excelWorkbook
            } else {
                self = .zipArchive
            }
        } else if bytes.starts(with: Array("%PDF-".utf8)) {
            self = .pdf
        } else {
            let beginning = String(decoding: bytes.prefix(256), as: UTF8.self).drop {
                $0.isWhitespace || $0 == "\u{FEFF}"
            }
            .lowercased()
            guard ["<html", "<!doctype", "<table", "<?xml", "<meta", "<style"].contains(where: beginning.hasPrefix)
            else { return nil }
            self = .markup
        }
    }
}

extension FileFormat: CustomStringConvertible {
    public var description: String {
        switch self {
        case .excelWorkbook:
            #"this is an Excel workbook; save it in Excel by File > Save As as "CSV UTF-8 (Comma delimited)""#
        case .openDocumentSpreadsheet:
            #"this is an OpenDocument spreadsheet; save it in LibreOffice by File > Save As as "Text CSV" in UTF-8"#
        case .numbersDocument:
            "this is a Numbers document; export it by File > Export To > CSV in UTF-8"
        case .zipArchive: "this is a ZIP archive; unpack it first"
        case .pdf: "this is a PDF document; export the contacts as CSV"
        case .markup:
            #"this is HTML or XML; open it in a spreadsheet program and save it as "CSV UTF-8""#
        }
    }
}
