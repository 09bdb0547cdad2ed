import Glibc

/// A file as chunks of valid UTF-8 without a byte order mark, whatever it was saved in.
///
/// No character is split between two chunks. A fault does not throw by itself: the text before it is handed out first,
/// so that whoever counts lines can name its place.
final class TextSource {
    enum Fault {
        case invalid, zeroByte
        case format(FileFormat)
    }

    let file: InputFile
    private(set) var encoding: TextEncoding = .utf8
    /// Whether the file begins with a byte order mark, once something was read.
    private(set) var hasByteOrderMark = false
    /// What is wrong with the text right after the chunk that was returned last.
    private(set) var fault: Fault?
    private var raw: [UInt8]
    /// Bytes of `raw` that are read but not yet handed out: the beginning of a character.
    private var pending = 0
    private var hasBegun = false
    /// Whether the file has ended.
    private(set) var isAtEnd = false
    /// What the file is read as when it has no byte order mark.
    private let assumed: TextEncoding
    private let converter: TextConverter?
    /// Why the encoding that was assumed may be wrong.
    private(set) var doubt: EncodingDoubt?
    private var isASCII = true

    /// - Parameters:
    ///   - encoding: what the text is read as from the file's position on. Nil reads a file from its beginning.
    ///   - assumed: what a file without a byte order mark is read as.
    init(
        _ file: InputFile, chunkSize: Int = 1 << 17, encoding: TextEncoding? = nil,
        assuming assumed: TextEncoding = .utf8
    ) throws(DistributionsError) {
        self.file = file
        self.assumed = assumed
        converter = TextConverter(from: assumed)
        guard assumed.iconvName == nil || converter != nil else {
            throw .invalid(
                what: "encoding", value: assumed.name, expected: "one that this system has a table of (iconv --list)")
        }
        if let encoding {
            self.encoding = encoding
            hasBegun = true
        }
        raw = [UInt8](repeating: 0, count: max(chunkSize, 16))
    }

    /// Replaces the chunk with the next text. False at the end of the file, or at a fault.
    func next(into chunk: inout [UInt8]) throws(DistributionsError) -> Bool {
        chunk.removeAll(keepingCapacity: true)
        while fault == nil {
            let count = try fill()
            let isEnd = count == pending
            guard count > 0 else { return false }
            var start = 0
            if !hasBegun {
                hasBegun = true
                if let format = FileFormat(raw[..<count], name: file.path) {
                    fault = .format(format)
                    return false
                }
                start = begin(count)
                hasByteOrderMark = start > 0
            }
            let used = raw.withUnsafeBufferPointer { buffer in
                let bytes = UnsafeBufferPointer(rebasing: buffer[start..<count])
                switch encoding {
                case .utf8: return takeUTF8(bytes, isEnd: isEnd, into: &chunk)
                case .utf16LittleEndian: return takeUTF16(bytes, high: 1, isEnd: isEnd, into: &chunk)
                case .utf16BigEndian: return takeUTF16(bytes, high: 0, isEnd: isEnd, into: &chunk)
                default: return convert(bytes, isEnd: isEnd, into: &chunk)
                }
            }
            pending = count - start - used
            if pending > 0 {
                raw.withUnsafeMutableBufferPointer { buffer in
                    buffer.baseAddress!.update(from: buffer.baseAddress! + start + used, count: pending)
                }
            }
            if !chunk.isEmpty { return true }
            if isEnd { return false }
        }
        return false
    }

    /// Finds out what the file is saved in by the first bytes of `raw`.
    ///
    /// - Returns: the length of the byte order mark.
    private func begin(_ count: Int) -> Int {
        let (marked, length) = raw.withUnsafeBytes {
            TextEncoding.detect(UnsafeRawBufferPointer(rebasing: $0[..<count]))
        }
        encoding = length > 0 ? marked : assumed
        if length > 0, assumed != .utf8, assumed != marked { doubt = .marked(as: marked, given: assumed) }
        return length
    }

    /// The number of bytes in `raw`, those that were pending included. The first time it reads all that fits, so that a
    /// pipe's first chunk tells as much as a file's.
    private func fill() throws(DistributionsError) -> Int {
        var filled = pending
        repeat {
            let count = try file.read(into: &raw, from: filled)
            if count == 0 {
                isAtEnd = true
                break
            }
            filled += count
        } while !hasBegun && filled < raw.count
        return filled
    }

    private func takeUTF8(_ bytes: UnsafeBufferPointer<UInt8>, isEnd: Bool, into chunk: inout [UInt8]) -> Int {
        let (valid, problem) = UTF8Prefix.measure(bytes)
        chunk.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[..<valid]))
        switch problem {
        case .none: break
        case .incomplete: if isEnd { fault = .invalid }
        case .invalid: fault = .invalid
        case .zeroByte: fault = .zeroByte
        }
        return valid
    }

    private func convert(_ bytes: UnsafeBufferPointer<UInt8>, isEnd: Bool, into chunk: inout [UInt8]) -> Int {
        let zero = bytes.firstIndex(of: 0)
        let text = UnsafeBufferPointer(rebasing: bytes[..<(zero ?? bytes.count)])
        // The first text beyond ASCII is seldom UTF-8 by chance.
        if isASCII, text.contains(where: { $0 >= 0x80 }) {
            isASCII = false
            switch UTF8Prefix.measure(text).problem {
            case .none, .incomplete: doubt = .readsAsUTF8(given: encoding)
            case .invalid, .zeroByte: break
            }
        }
        let (used, isInvalid) = converter?.convert(text, into: &chunk) ?? (0, true)
        if isInvalid {
            fault = .invalid
        } else if used < text.count {
            // The beginning of a character, of which the rest may be in the next bytes.
            if isEnd || zero != nil { fault = .invalid }
        } else if zero != nil {
            fault = .zeroByte
        }
        return used
    }

    private func takeUTF16(
        _ bytes: UnsafeBufferPointer<UInt8>, high: Int, isEnd: Bool, into chunk: inout [UInt8]
    ) -> Int {
        var index = 0
        func unit(at offset: Int) -> UInt32 { UInt32(bytes[offset + high]) << 8 | UInt32(bytes[offset + 1 - high]) }
        while index + 1 < bytes.count {
            var value = unit(at: index)
            var length = 2
            if value & 0xF800 == 0xD800 {
                guard index + 3 < bytes.count || value >= 0xDC00 else { break }
                let low = value < 0xDC00 ? unit(at: index + 2) : 0
                guard low & 0xFC00 == 0xDC00 else {
                    fault = .invalid
                    return index
                }
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
                length = 4
            }
            guard value != 0 else {
                fault = .zeroByte
                return index
            }
            switch value {
            case ..<0x80: chunk.append(UInt8(value))
            case ..<0x800:
                chunk.append(UInt8(0xC0 | value >> 6))
                chunk.append(UInt8(0x80 | value & 0x3F))
            case ..<0x10000:
                chunk.append(UInt8(0xE0 | value >> 12))
                chunk.append(UInt8(0x80 | value >> 6 & 0x3F))
                chunk.append(UInt8(0x80 | value & 0x3F))
            default:
                chunk.append(UInt8(0xF0 | value >> 18))
                chunk.append(UInt8(0x80 | value >> 12 & 0x3F))
                chunk.append(UInt8(0x80 | value >> 6 & 0x3F))
                chunk.append(UInt8(0x80 | value & 0x3F))
            }
            index += length
        }
        if isEnd, index < bytes.count { fault = .invalid }
        return index
    }
}

/// Converts text to UTF-8 with iconv(3), whose tables come with glibc.
final class TextConverter {
    private let descriptor: iconv_t

    /// Nil when the encoding needs no conversion, or this system lacks its table.
    init?(from encoding: TextEncoding) {
        guard let name = encoding.iconvName, let descriptor = iconv_open("UTF-8", name),
            descriptor != iconv_t(bitPattern: -1)
        else { return nil }
        self.descriptor = descriptor
    }

    deinit {
        iconv_close(descriptor)
    }

    /// Appends the longest prefix of whole characters.
    ///
    /// - Returns: how many bytes that were, and whether the bytes after them are invalid. Otherwise they are the
    ///   beginning of one.
    func convert(_ bytes: UnsafeBufferPointer<UInt8>, into text: inout [UInt8]) -> (used: Int, isInvalid: Bool) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return (0, false) }
        var used = 0
        var isInvalid = false
        // A byte becomes at most three, and four bytes of GB18030 four.
        let converted = [UInt8](unsafeUninitializedCapacity: 3 * bytes.count + 4) { (buffer, count) in
            var input: UnsafeMutablePointer<CChar>? = UnsafeMutableRawPointer(mutating: base)
                .assumingMemoryBound(to: CChar.self)
            var output: UnsafeMutablePointer<CChar>? = UnsafeMutableRawPointer(buffer.baseAddress!)
                .assumingMemoryBound(to: CChar.self)
            var inputLeft = bytes.count
            var outputLeft = buffer.count
            if iconv(descriptor, &input, &inputLeft, &output, &outputLeft) == -1 { isInvalid = errno == EILSEQ }
            used = bytes.count - inputLeft
            count = buffer.count - outputLeft
        }
        text.append(contentsOf: converted)
        return (used, isInvalid)
    }

    /// The text, without an incomplete character at its end. Nil if some bytes aren't valid in this encoding.
    func text(of bytes: [UInt8]) -> String? {
        var text: [UInt8] = []
        guard !bytes.withUnsafeBufferPointer({ convert($0, into: &text) }).isInvalid else { return nil }
        return String(decoding: text, as: UTF8.self)
    }
}

/// How much of some bytes is UTF-8 text, by the table of well-formed sequences (Unicode 15, table 3-7).
enum UTF8Prefix {
    enum Problem { case none, incomplete, invalid, zeroByte }

    /// The length of the longest prefix of whole characters without U+0000, and what follows it.
    static func measure(_ bytes: UnsafeBufferPointer<UInt8>) -> (length: Int, problem: Problem) {
        let base = UnsafeRawPointer(bytes.baseAddress)
        let count = bytes.count
        var index = 0
        while index < count {
            // Eight bytes at a time while all are ASCII and none is zero: the high bit of a byte is set in
            // `word | (word - 1 in every byte)` otherwise.
            while index + 8 <= count, let base {
                let word = base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                guard (word | (word &- 0x0101_0101_0101_0101)) & 0x8080_8080_8080_8080 == 0 else { break }
                index += 8
            }
            guard index < count else { break }
            let first = bytes[index]
            if first < 0x80 {
                if first == 0 { return (index, .zeroByte) }
                index += 1
                continue
            }
            let length: Int
            let second: ClosedRange<UInt8>
            switch first {
            case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
            case 0xE0: (length, second) = (3, 0xA0...0xBF)
            case 0xE1...0xEC, 0xEE...0xEF: (length, second) = (3, 0x80...0xBF)
            case 0xED: (length, second) = (3, 0x80...0x9F)
            case 0xF0: (length, second) = (4, 0x90...0xBF)
            case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
            case 0xF4: (length, second) = (4, 0x80...0x8F)
            default: return (index, .invalid)
            }
            for offset in 1..<length {
                guard index + offset < count else { return (index, .incomplete) }
                let byte = bytes[index + offset]
                guard offset == 1 ? second.contains(byte) : byte & 0xC0 == 0x80 else { return (index, .invalid) }
            }
            index += length
        }
        return (index, .none)
    }
}
