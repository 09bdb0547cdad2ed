/// Reads the records of a CSV file one at a time, in memory that does not grow with the file.
///
/// ```swift
/// var reader = try CSVReader("people.csv")
/// var row = CSVRow()
/// while try reader.read(into: &row) { print(row.line, row.cells) }
/// ```
///
/// The format is RFC 4180 as people have it: lines end in CRLF, LF or CR, cells may be quoted and then hold separators,
/// line breaks and doubled quotes; the separator is a comma, a semicolon or a tab; the text is UTF-8 or, with a byte
/// order mark, UTF-16; a first line `sep=;` as Excel writes it names the separator; empty lines are skipped. A quote
/// inside a cell that does not begin with one is text. What is wrong is refused by line and column, never guessed.
public struct CSVReader {
    /// A record longer than this is taken for a quote that was never closed.
    public static let rowLimit = 1 << 20

    /// The separator that was given or found.
    public private(set) var separator: CSVSeparator
    /// What the file was saved in.
    public var encoding: TextEncoding { source.encoding }
    /// Whether the file begins with a byte order mark.
    var hasByteOrderMark: Bool { source.hasByteOrderMark }
    /// Why it was probably saved in something else. Known when text beyond ASCII was read.
    var encodingDoubt: EncodingDoubt? { source.doubt }
    /// The file as errors name it.
    public var path: String { source.file.path }

    private let source: TextSource
    private var chunk: [UInt8] = []
    private var position = 0
    private var line = 1
    /// Where the current line begins in the chunk, and how many of its characters stood in chunks before.
    private var lineStart = 0
    private var charactersBefore = 0
    private var previousWasCR = false
    /// Where the next record begins, in bytes of UTF-8 text: the offset in the file when it is UTF-8 without a mark.
    var offset: Int { chunkOffset + position }
    private var chunkOffset = 0
    /// Whether this copy reads no further than the chunk, and leaves out a row that is cut there.
    private var isSample = false

    /// - Parameters:
    ///   - path: `-` is standard input.
    ///   - separator: detected from the first rows if nil.
    /// - Throws: ``DistributionsError/file(_:)``. Errors in the text are thrown when it is read.
    public init(_ path: String, separator: CSVSeparator? = nil) throws(DistributionsError) {
        try self.init(TextSource(InputFile(path)), separator: separator)
    }

    /// - Parameter isKnown: whether a cell of the first row is one that such a table has.
    init(
        _ source: TextSource, separator: CSVSeparator? = nil, knowing isKnown: (String) -> Bool = { _ in false }
    ) throws(DistributionsError) {
        self.source = source
        self.separator = separator ?? .comma
        _ = try source.next(into: &chunk)
        if let named = CSVSeparator.named(in: chunk) {
            self.separator = separator ?? named.separator
            position = named.length
            lineStart = named.length
            line = 2
        } else if separator == nil {
            self.separator = .detect(knowing: isKnown, in: self)
        }
    }

    /// The next rows, at most that many, as far as they are in memory already. Reading continues in front of them.
    ///
    /// - Parameter separator: what they are separated by, if not by the reader's own separator.
    func sample(rows limit: Int, separatedBy separator: CSVSeparator? = nil) -> [CSVRow] {
        var copy = self
        copy.separator = separator ?? self.separator
        copy.isSample = true
        var rows: [CSVRow] = []
        do throws(DistributionsError) {
            while rows.count < limit {
                var row = CSVRow()
                guard try copy.read(into: &row) else {
                    // The beginning of a first row tells more than nothing.
                    if rows.isEmpty, row.count > 0 || !row.isBlank {
                        row.ends.append(row.bytes.count)
                        rows.append(row)
                    }
                    break
                }
                rows.append(row)
            }
        } catch {
            // The reader itself refuses that row when it gets there.
        }
        return rows
    }

    private enum State { case cellStart, plain, quoted, quoteInQuoted }

    /// Replaces the row with the next record. False at the end of the file.
    ///
    /// - Throws: ``DistributionsError/table(file:line:column:fault:)``.
    public mutating func read(into row: inout CSVRow) throws(DistributionsError) -> Bool {
        var state = State.cellStart
        var quoteLine = line
        row.begin(line: line)
        while true {
            if position == chunk.count {
                guard try nextChunk() else {
                    if isSample, !source.isAtEnd { return false }
                    if !isSample { try refuseFault() }
                    switch state {
                    case .quoted:
                        throw .table(file: path, line: quoteLine, fault: .unterminatedQuote)
                    case .cellStart where row.ends.isEmpty:
                        return false
                    default:
                        row.ends.append(row.bytes.count)
                        return true
                    }
                }
            }
            if try scan(&state, &row, &quoteLine) { return true }
            // Cells count as well: a line of separators has no text.
            if row.bytes.count + row.ends.count > Self.rowLimit {
                if state == .quoted { throw .table(file: path, line: quoteLine, fault: .unterminatedQuote) }
                throw .table(file: path, line: row.line, fault: .rowTooLong(limit: Self.rowLimit))
            }
        }
    }

    private mutating func nextChunk() throws(DistributionsError) -> Bool {
        if isSample { return false }
        charactersBefore += Self.characters(in: chunk[lineStart...])
        lineStart = 0
        chunkOffset += position
        position = 0
        return try source.next(into: &chunk)
    }

    /// Goes on to the end of the record (true) or of the chunk.
    private mutating func scan(
        _ state: inout State, _ row: inout CSVRow, _ quoteLine: inout Int
    ) throws(DistributionsError) -> Bool {
        let separator = separator.byte
        var index = position
        var fault: TableError?
        let chunk = chunk
        let isComplete = chunk.withUnsafeBufferPointer { bytes -> Bool in
            while index < bytes.count {
                let byte = bytes[index]
                switch state {
                case .cellStart, .plain, .quoteInQuoted:
                    if previousWasCR {
                        previousWasCR = false
                        if byte == UInt8(ascii: "\n") {
                            index += 1
                            lineStart = index
                            continue
                        }
                    }
                    if byte == separator {
                        row.ends.append(row.bytes.count)
                        state = .cellStart
                        index += 1
                    } else if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                        previousWasCR = byte == UInt8(ascii: "\r")
                        index += 1
                        beginLine(at: index)
                        if state == .cellStart, row.ends.isEmpty {
                            row.line = line
                            continue
                        }
                        row.ends.append(row.bytes.count)
                        return true
                    } else if state == .quoteInQuoted {
                        guard byte == UInt8(ascii: "\"") else {
                            fault = .textAfterQuote
                            return false
                        }
                        row.bytes.append(byte)
                        state = .quoted
                        index += 1
                    } else if state == .cellStart, byte == UInt8(ascii: "\"") {
                        state = .quoted
                        quoteLine = line
                        index += 1
                    } else {
                        state = .plain
                        let start = index
                        while index < bytes.count {
                            let byte = bytes[index]
                            if byte == separator || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { break }
                            index += 1
                        }
                        row.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
                    }
                case .quoted:
                    let start = index
                    while index < bytes.count {
                        let byte = bytes[index]
                        if byte == UInt8(ascii: "\"") { break }
                        if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                            if byte == UInt8(ascii: "\n"), previousWasCR { line -= 1 }
                            beginLine(at: index + 1)
                        }
                        previousWasCR = byte == UInt8(ascii: "\r")
                        index += 1
                    }
                    row.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
                    if index < bytes.count {
                        state = .quoteInQuoted
                        previousWasCR = false
                        index += 1
                    }
                }
            }
            return false
        }
        position = index
        if let fault { throw .table(file: path, line: line, column: column, fault: fault) }
        return isComplete
    }

    private mutating func beginLine(at index: Int) {
        line += 1
        lineStart = index
        charactersBefore = 0
    }

    private mutating func refuseFault() throws(DistributionsError) {
        switch source.fault {
        case .none: return
        case .invalid:
            throw .table(file: path, line: line, column: column, fault: .invalidText(encoding: encoding))
        case .zeroByte:
            throw .table(file: path, line: line, column: column, fault: .zeroByte)
        case .format(let format):
            throw .format(file: path, format)
        }
    }

    /// The column of the current position, in characters from 1.
    private var column: Int {
        charactersBefore + Self.characters(in: chunk[min(lineStart, chunk.count)..<min(position, chunk.count)]) + 1
    }

    private static func characters(in bytes: ArraySlice<UInt8>) -> Int {
        bytes.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
    }
}
