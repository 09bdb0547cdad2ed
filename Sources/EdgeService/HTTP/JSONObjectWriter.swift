import LinkToken
import NIOCore

/// Writes one JSON object (RFC 8259) straight into a buffer.
struct JSONObjectWriter {
    private var buffer: ByteBuffer
    private var isEmpty = true

    init() {
        buffer = ByteBufferAllocator().buffer(capacity: 512)
        buffer.writeInteger(UInt8(ascii: "{"))
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
        buffer.writeString(String(value))
    }

    mutating func add(_ name: StaticString, _ value: Bool) {
        begin(name)
        buffer.writeStaticString(value ? "true" : "false")
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
        buffer.writeInteger(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { buffer.writeInteger(UInt8(ascii: ",")) }
            write(member.name)
            buffer.writeInteger(UInt8(ascii: ":"))
            writeValue(&self, member.value)
        }
        buffer.writeInteger(UInt8(ascii: "}"))
    }

    mutating func writeArray<Value>(_ values: [Value], _ writeValue: (inout JSONObjectWriter, Value) -> Void) {
        buffer.writeInteger(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { buffer.writeInteger(UInt8(ascii: ",")) }
            writeValue(&self, value)
        }
        buffer.writeInteger(UInt8(ascii: "]"))
    }

    /// A number or a word that JSON has.
    mutating func writeBare(_ text: String) { buffer.writeString(text) }

    consuming func finish() -> ByteBuffer {
        buffer.writeInteger(UInt8(ascii: "}"))
        return buffer
    }

    /// Begins a member, whose value is to be written next.
    mutating func begin(name: String) {
        if !isEmpty { buffer.writeInteger(UInt8(ascii: ",")) }
        isEmpty = false
        write(name)
        buffer.writeInteger(UInt8(ascii: ":"))
    }

    private mutating func begin(_ name: StaticString) {
        if !isEmpty { buffer.writeInteger(UInt8(ascii: ",")) }
        isEmpty = false
        buffer.writeInteger(UInt8(ascii: "\""))
        buffer.writeStaticString(name)
        buffer.writeStaticString("\":")
    }

    mutating func write(_ text: String) {
        buffer.writeInteger(UInt8(ascii: "\""))
        // Most texts need no escape, and are copied whole.
        if text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
        ) {
            writeEscaped(text)
        } else {
            buffer.writeString(text)
        }
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private mutating func writeEscaped(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": buffer.writeStaticString("\\\"")
            case "\\": buffer.writeStaticString("\\\\")
            case "\0"..<" ", "\u{7F}"..."\u{9F}": buffer.writeString("\\u00" + UInt8(scalar.value).hexadecimal)
            // JSON needs no escape for them, but some programs end lines there.
            case "\u{2028}": buffer.writeStaticString("\\u2028")
            case "\u{2029}": buffer.writeStaticString("\\u2029")
            default: buffer.writeString(String(scalar))
            }
        }
    }
}
