import Encoding
import LinkToken
import NIOCore

/// Writes one JSON object (RFC 8259).
struct JSONObjectWriter {
    private var bytes: [UInt8] = []
    private var isEmpty = true

    init() {
        bytes.reserveCapacity(512)
        bytes.append(UInt8(ascii: "{"))
    }

    mutating func add(_ name: StaticString, _ value: String) {
        begin(name)
        write(value)
    }

    /// Leaves the member out for nil.
    mutating func add(_ name: StaticString, _ value: String?) {
        if let value { add(name, value) }
    }

    mutating func add(_ name: StaticString, _ value: some FixedWidthInteger) {
        begin(name)
        bytes += String(value).utf8
    }

    /// A number or a word that JSON has.
    mutating func addBare(_ name: StaticString, _ value: String) {
        begin(name)
        writeBare(value)
    }

    mutating func add(_ name: StaticString, _ value: Bool) {
        begin(name)
        append(value ? "true" : "false")
    }

    mutating func add(_ name: StaticString, _ members: [(name: String, value: String)]) {
        begin(name)
        writeObject(members) { $0.write($1) }
    }

    // MARK: Values

    /// An object as the value of the member that was begun.
    mutating func writeObject<Value>(
        _ members: [(name: String, value: Value)], _ writeValue: (inout JSONObjectWriter, Value) -> Void
    ) {
        bytes.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(member.name)
            bytes.append(UInt8(ascii: ":"))
            writeValue(&self, member.value)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    mutating func writeArray<Value>(_ values: [Value], _ writeValue: (inout JSONObjectWriter, Value) -> Void) {
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            writeValue(&self, value)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// A number or a word that JSON has.
    mutating func writeBare(_ text: String) { bytes += text.utf8 }

    consuming func finish() -> ByteBuffer {
        bytes.append(UInt8(ascii: "}"))
        return ByteBuffer(bytes: bytes)
    }

    /// Begins a member, whose value is to be written next.
    mutating func begin(name: String) {
        if !isEmpty { bytes.append(UInt8(ascii: ",")) }
        isEmpty = false
        write(name)
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func begin(_ name: StaticString) {
        if !isEmpty { bytes.append(UInt8(ascii: ",")) }
        isEmpty = false
        bytes.append(UInt8(ascii: "\""))
        append(name)
        append("\":")
    }

    mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        // Most texts need no escape, and are copied whole.
        let isPlain = text.withUTF8 { (utf8) in
            let isPlain = utf8.allSatisfy {
                $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
            }
            if isPlain { bytes.append(contentsOf: utf8) }
            return isPlain
        }
        if !isPlain { writeEscaped(text) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// The text as it stands in a JSON string, without the quotation marks.
    static func escaped(_ text: String) -> String {
        var writer = JSONObjectWriter()
        writer.writeEscaped(text)
        return String(decoding: writer.bytes.dropFirst(), as: UTF8.self)
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func writeEscaped(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\0"..<" ", "\u{7F}"..."\u{9F}": bytes += ("\\u00" + UInt8(scalar.value).hexadecimal).utf8
            // JSON needs no escape for them, but some programs end lines at the first two, and the others, which control
            // the direction of text, show whoever reads a log another text than stands there (UAX #9).
            case "\u{2028}", "\u{2029}", "\u{61C}", "\u{200E}", "\u{200F}", "\u{202A}"..."\u{202E}",
                "\u{2066}"..."\u{2069}":
                bytes += "\\u\(UInt16(scalar.value).hexadecimal)".utf8
            default: bytes += String(scalar).utf8
            }
        }
    }
}
