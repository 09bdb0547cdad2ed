#if Spreadsheets
    import Files
    import Glibc

    /// The texts that cells of a workbook refer to by number. They lie in a file without a name: a list of a million people
    /// has more of them than should be held in memory.
    final class SharedStrings: XMLPartHandler {
        private let descriptor: CInt
        private let limits: WorkbookLimits
        /// Where each ends.
        private var ends: [UInt64] = []
        private var written: UInt64 = 0
        private var buffer: [UInt8] = []
        private var text = CellText()
        /// A piece of the file, and where it begins.
        private var window: [UInt8] = []
        private var windowStart: UInt64 = 0

        private static let windowSize = 1 << 14
        /// The beginning of the file. What many rows have in common comes first, while every row has texts of its own that
        /// come in order, so both places are looked at in turn.
        private var head: [UInt8] = []
        private static let headSize = 1 << 18

        /// - Parameter directory: where the file is made.
        init(in directory: String, limits: WorkbookLimits) throws(WorkbookError) {
            self.limits = limits
            descriptor = openUnnamedFile(in: directory)
            guard descriptor >= 0 else {
                throw .unreadable(reason: "can't create a file in \(directory): \(systemErrorMessage(errno))")
            }
        }

        deinit { close(descriptor) }

        func start(_ name: XMLName, _ attributes: XMLAttributes) throws(WorkbookError) {
            if name == "si" { text.begin() } else { text.start(name) }
        }

        func end(_ name: XMLName) throws(WorkbookError) {
            guard name == "si" else { return text.end(name) }
            guard ends.count < limits.sharedStrings else {
                throw .tooLarge(part: "texts", limit: "\(limits.sharedStrings) texts")
            }
            let bytes = text.finished()
            if written + UInt64(bytes.count) <= Self.headSize { head.append(contentsOf: bytes) }
            buffer.append(contentsOf: bytes)
            written += UInt64(bytes.count)
            ends.append(written)
            if buffer.count >= 1 << 18 { try flush() }
        }

        func text(_ bytes: UnsafeBufferPointer<UInt8>) throws(WorkbookError) {
            try text.append(bytes, limit: limits.rowBytes)
        }

        /// Everything is in the file.
        func flush() throws(WorkbookError) {
            var start = 0
            while start < buffer.count {
                let count = buffer[start...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                guard count >= 0 || errno == EINTR else {
                    throw .unreadable(reason: "its texts can't be kept: \(systemErrorMessage(errno))")
                }
                start += max(0, count)
            }
            buffer.removeAll(keepingCapacity: true)
        }

        /// Appends the text of that number.
        func append(_ number: Int, to bytes: inout [UInt8]) throws(WorkbookError) {
            guard ends.indices.contains(number) else {
                throw .damaged(part: "sheet", reason: "a cell refers to text \(number) of \(ends.count)")
            }
            let start = number == 0 ? 0 : ends[number - 1]
            let count = Int(ends[number] - start)
            if ends[number] <= head.count {
                bytes.append(contentsOf: head[Int(start)..<Int(start) + count])
                return
            }
            if start < windowStart || start + UInt64(count) > windowStart + UInt64(window.count) {
                try load(from: start, atLeast: count)
            }
            let offset = Int(start - windowStart)
            bytes.append(contentsOf: window[offset..<offset + count])
        }

        private func load(from start: UInt64, atLeast count: Int) throws(WorkbookError) {
            window = [UInt8](repeating: 0, count: max(count, Self.windowSize))
            windowStart = start
            let found = window.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(start)) }
            guard found >= count else {
                window = []
                throw .unreadable(reason: "its texts can't be read: \(systemErrorMessage(errno))")
            }
            window.removeLast(window.count - found)
        }
    }

    /// The text of a shared or inline string: its runs, without the readings that East Asian text has beside it.
    struct CellText {
        private var bytes: [UInt8] = []
        private var isInText = false
        private var phoneticDepth = 0

        mutating func begin() {
            bytes.removeAll(keepingCapacity: true)
            isInText = false
            phoneticDepth = 0
        }

        mutating func start(_ name: XMLName) {
            if name == "rPh" { phoneticDepth += 1 } else if name == "t" { isInText = phoneticDepth == 0 }
        }

        mutating func end(_ name: XMLName) {
            if name == "rPh" { phoneticDepth -= 1 } else if name == "t" { isInText = false }
        }

        mutating func append(_ text: UnsafeBufferPointer<UInt8>, limit: Int) throws(WorkbookError) {
            guard isInText else { return }
            guard bytes.count + text.count <= limit else { throw .tooLarge(part: "a cell", limit: "\(limit) bytes") }
            bytes.append(contentsOf: text)
        }

        /// The text with the characters that XML can't hold: `_x000D_` is a carriage return (ECMA-376 part 1, 22.9.2.19).
        func finished() -> [UInt8] {
            guard bytes.contains(UInt8(ascii: "_")) else { return bytes }
            var result: [UInt8] = []
            result.reserveCapacity(bytes.count)
            var index = 0
            while index < bytes.count {
                guard let value = escape(at: index), let scalar = Unicode.Scalar(value), value != 0 else {
                    result.append(bytes[index])
                    index += 1
                    continue
                }
                result.append(contentsOf: Array(String(Character(scalar)).utf8))
                index += 7
            }
            return result
        }

        private func escape(at index: Int) -> UInt32? {
            guard bytes.count - index >= 7, bytes[index] == UInt8(ascii: "_"), bytes[index + 1] == UInt8(ascii: "x"),
                bytes[index + 6] == UInt8(ascii: "_")
            else { return nil }
            let digits = bytes[index + 2..<index + 6]
            guard digits.allSatisfy({ ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x66) || ($0 >= 0x30 && $0 <= 0x39) }) else {
                return nil
            }
            return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        }
    }
#endif
