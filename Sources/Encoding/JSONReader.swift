/// Reads JSON (RFC 8259) member by member, without building a tree of it.
///
/// Foundation's `JSONDecoder` takes about twice as long as all of loading a bundle with this, and accepts an object that has
/// a member twice. Two readers that disagree on which of the two counts read two documents under one
/// signature, so the reader refuses it (RFC 7493 §2.3).
package struct JSONReader {
    /// Deeper values are refused, so that no document can exhaust the stack.
    private static let depthLimit = 32

    private let bytes: [UInt8]
    private let start: Int
    private var position: Int

    /// - Parameter start: the offset of the document in the bytes.
    package init(_ bytes: [UInt8], from start: Int = 0) {
        self.bytes = bytes
        self.start = start
        position = start
    }

    package func error(_ reason: String, at offset: Int? = nil) -> JSONError {
        let end = min(offset ?? position, bytes.count)
        var line = 1
        var lineStart = start
        for index in start..<end where bytes[index] == UInt8(ascii: "\n") {
            line += 1
            lineStart = index + 1
        }
        return JSONError(reason: reason, line: line, column: end - lineStart + 1)
    }

    // MARK: Structure

    /// Calls the body with the name of each member; it reads the value.
    package mutating func object(_ body: (inout JSONReader, String) throws(JSONError) -> Void) throws(JSONError) {
        try take(UInt8(ascii: "{"), "an object")
        if skip(UInt8(ascii: "}")) { return }
        repeat {
            let name = try string()
            try take(UInt8(ascii: ":"), "a colon")
            try body(&self, name)
        } while skip(UInt8(ascii: ","))
        try take(UInt8(ascii: "}"), "a comma or the end of the object")
    }

    /// Moves to the value of the first member of that name and stops there. False if there is no such member.
    package mutating func seek(_ wanted: String) throws(JSONError) -> Bool {
        try take(UInt8(ascii: "{"), "an object")
        if skip(UInt8(ascii: "}")) { return false }
        repeat {
            let name = try string()
            try take(UInt8(ascii: ":"), "a colon")
            if name == wanted { return true }
            try ignored()
        } while skip(UInt8(ascii: ","))
        return false
    }

    /// Calls the body for each element; it reads the element.
    package mutating func array(_ body: (inout JSONReader) throws(JSONError) -> Void) throws(JSONError) {
        try take(UInt8(ascii: "["), "an array")
        if skip(UInt8(ascii: "]")) { return }
        repeat { try body(&self) } while skip(UInt8(ascii: ","))
        try take(UInt8(ascii: "]"), "a comma or the end of the array")
    }

    /// Reads the value of a member that may appear once.
    package mutating func once<Value>(
        _ name: String, into slot: inout Value?, _ read: (inout JSONReader) throws(JSONError) -> Value
    ) throws(JSONError) {
        guard slot == nil else { throw twice(name) }
        slot = try read(&self)
    }

    /// Refuses a name that was among those before it in its object, for objects whose names are not known beforehand.
    package func checkUnique(_ name: String, among names: inout Set<String>) throws(JSONError) {
        guard names.insert(name).inserted else { throw twice(name) }
    }

    private func twice(_ name: String) -> JSONError { error("\"\(name)\" appears twice in one object") }

    /// Refuses anything behind the document.
    package mutating func end() throws(JSONError) {
        skipWhiteSpace()
        guard position == bytes.count else { throw error("something follows the document") }
    }

    // MARK: Values

    package mutating func string() throws(JSONError) -> String {
        try take(UInt8(ascii: "\""), "a string")
        let begin = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                guard let text = String(validating: bytes[begin..<position], as: UTF8.self) else {
                    throw error("a string is not UTF-8", at: begin)
                }
                position += 1
                return text
            case UInt8(ascii: "\\"): return try stringWithEscapes(from: begin)
            case ..<0x20: throw error("a control character in a string is not escaped")
            default: position += 1
            }
        }
        throw error("the document ends within a string")
    }

    /// A whole number without sign, fraction and exponent, up to a limit.
    ///
    /// Not generic: other modules would call it unspecialized, and it is called for every number of a bundle.
    package mutating func integer(upTo limit: UInt64) throws(JSONError) -> UInt64 {
        skipWhiteSpace()
        let begin = position
        var value: UInt64 = 0
        while position < bytes.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[position] {
            let (product, isProductTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isSumTooLarge) = product.addingReportingOverflow(UInt64(bytes[position] - UInt8(ascii: "0")))
            guard !isProductTooLarge, !isSumTooLarge, sum <= limit else {
                throw error("the number is larger than \(limit)", at: begin)
            }
            value = sum
            position += 1
        }
        let hasLeadingZero = position - begin > 1 && bytes[begin] == UInt8(ascii: "0")
        let goesOn = position < bytes.count && Self.isOfNumber(bytes[position])
        guard position > begin, !hasLeadingZero, !goesOn else { throw error("expected a whole number", at: begin) }
        return value
    }

    /// Whether the next value is `null`; it is read then.
    package mutating func null() -> Bool {
        skipWhiteSpace()
        guard matches("null") else { return false }
        position += 4
        return true
    }

    /// Reads any value, for members that nothing is known of.
    package mutating func ignored() throws(JSONError) { try ignored(depth: 0) }

    private mutating func ignored(depth: Int) throws(JSONError) {
        guard depth < Self.depthLimit else { throw error("values are nested more than \(Self.depthLimit) deep") }
        skipWhiteSpace()
        guard position < bytes.count else { throw error("the document ends where a value should be") }
        switch bytes[position] {
        case UInt8(ascii: "{"):
            var names: Set<String> = []
            try object { (reader, name) throws(JSONError) in
                try reader.checkUnique(name, among: &names)
                try reader.ignored(depth: depth + 1)
            }
        case UInt8(ascii: "["):
            try array { (reader) throws(JSONError) in try reader.ignored(depth: depth + 1) }
        case UInt8(ascii: "\""): _ = try string()
        default:
            if let word = ["true", "false", "null"].first(where: matches) {
                position += word.utf8.count
                return
            }
            try number()
        }
    }

    /// Reads a number as RFC 8259 §6 writes it.
    private mutating func number() throws(JSONError) {
        let begin = position
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
        let hasLeadingZero = position < bytes.count && bytes[position] == UInt8(ascii: "0")
        let wholeDigits = digits()
        guard wholeDigits > 0 else { throw error("expected a value", at: begin) }
        var isWellFormed = wholeDigits == 1 || !hasLeadingZero
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            if digits() == 0 { isWellFormed = false }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[position]) {
                position += 1
            }
            if digits() == 0 { isWellFormed = false }
        }
        guard isWellFormed else { throw error("JSON writes numbers in another way", at: begin) }
    }

    /// Reads decimal digits, and says how many.
    private mutating func digits() -> Int {
        let begin = position
        while position < bytes.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[position] { position += 1 }
        return position - begin
    }

    // MARK: Bytes

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private func matches(_ word: String) -> Bool { bytes[position...].starts(with: word.utf8) }

    private mutating func skipWhiteSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        skipWhiteSpace()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func take(_ byte: UInt8, _ what: String) throws(JSONError) {
        guard skip(byte) else { throw error("expected \(what)") }
    }

    private mutating func stringWithEscapes(from begin: Int) throws(JSONError) -> String {
        var text = Array(bytes[begin..<position])
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw error("a string is not UTF-8", at: begin)
                }
                return string
            case UInt8(ascii: "\\"): text.append(contentsOf: String(try escape()).utf8)
            case ..<0x20: throw error("a control character in a string is not escaped", at: position - 1)
            default: text.append(byte)
            }
        }
        throw error("the document ends within a string")
    }

    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        guard position < bytes.count else { throw error("the document ends within a string") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let first = try codeUnit()
            if let scalar = Unicode.Scalar(first) { return scalar }
            // A character beyond U+FFFF is a pair of surrogates (RFC 8259 §7).
            guard first < 0xDC00, matches("\\u") else { throw error("half of a surrogate pair is missing") }
            position += 2
            let second = try codeUnit()
            guard (0xDC00..<0xE000).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + UInt32(second) - 0xDC00)
            else { throw error("half of a surrogate pair is missing") }
            return scalar
        default: throw error("there is no such escape in a string", at: position - 1)
        }
    }

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        guard position + 4 <= bytes.count else { throw error("the document ends within a string") }
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue, bytes[position] < 0x80 else {
                throw error("expected four hexadecimal digits")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }
}

/// What is wrong, and in which line and column (in bytes) of the document; both count from 1.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    package let reason: String
    package let line: Int
    package let column: Int

    package var description: String { "\(reason), at line \(line), column \(column)" }
}
