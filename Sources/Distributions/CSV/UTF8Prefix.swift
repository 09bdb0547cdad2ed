/// How much of some bytes is UTF-8 text, by the table of well-formed sequences (Unicode 15, table 3-7).
enum UTF8Prefix {
    enum Problem { case none, incomplete, invalid, zeroByte }

    /// The length of the longest prefix of whole characters without U+0000, and what stands after it.
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
