import Cryptography

/// JSON (RFC 8259) as bytes, written member by member in the order that the caller chooses.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    mutating func reserveCapacity(_ count: Int) { bytes.reserveCapacity(count) }

    mutating func object(_ body: (inout JSONText) -> Void) { enclosed("{", "}", body) }

    mutating func array(_ body: (inout JSONText) -> Void) { enclosed("[", "]", body) }

    private mutating func enclosed(_ begin: Unicode.Scalar, _ end: Unicode.Scalar, _ body: (inout JSONText) -> Void) {
        separate()
        bytes.append(UInt8(ascii: begin))
        needsComma = false
        body(&self)
        bytes.append(UInt8(ascii: end))
        needsComma = true
    }

    /// A line break before the next value or the end: the document stays readable with a pager and in a diff.
    mutating func line() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    /// A line break before the end of an object or array.
    mutating func lastLine() { bytes.append(UInt8(ascii: "\n")) }

    /// Begins a member: its value follows.
    mutating func name(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    mutating func string(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
            case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
            case ..<0x20: bytes.append(contentsOf: "\\u00\(byte.hexadecimal)".utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func integer(_ value: some UnsignedInteger) {
        separate()
        bytes.append(contentsOf: String(value).utf8)
    }

    mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }
}
