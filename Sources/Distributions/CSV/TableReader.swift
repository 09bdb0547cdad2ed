import Glibc

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
