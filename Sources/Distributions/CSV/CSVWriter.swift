/// Builds CSV records (RFC 4180): cells are quoted when they have to be, lines end in CRLF.
struct CSVWriter {
    let separator: UInt8
    private(set) var bytes: [UInt8] = []
    private var isFirstCell = true
    private var rowStart = 0

    init(separator: CSVSeparator = .comma) {
        self.separator = separator.byte
    }

    mutating func cell(_ text: String) {
        var text = text
        text.withUTF8 { cell($0) }
    }

    /// A cell that needs no quotes whatever the separator: letters, digits, a few signs.
    mutating func plainCell(_ text: String) {
        beginCell()
        bytes.append(contentsOf: text.utf8)
    }

    mutating func cell(_ text: UnsafeBufferPointer<UInt8>) {
        beginCell()
        var mustQuote = text.first == UInt8(ascii: " ") || text.last == UInt8(ascii: " ")
        // At the beginning of a file it would name the separator to Excel.
        if bytes.isEmpty, text.elementsEqual("sep=".utf8) { mustQuote = true }
        if !mustQuote {
            mustQuote = text.contains { byte in
                byte == separator || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n")
                    || byte == UInt8(ascii: "\r")
            }
        }
        guard mustQuote else {
            bytes.append(contentsOf: text)
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Ends the record. A record of one empty cell is written as `""`: an empty line would be skipped.
    mutating func endRow() {
        if bytes.count == rowStart { bytes.append(contentsOf: #""""#.utf8) }
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
        isFirstCell = true
        rowStart = bytes.count
    }

    /// Hands the finished records over.
    mutating func take() -> [UInt8] {
        defer {
            bytes.removeAll(keepingCapacity: true)
            rowStart = 0
        }
        return bytes
    }

    private mutating func beginCell() {
        if isFirstCell { isFirstCell = false } else { bytes.append(separator) }
    }
}
