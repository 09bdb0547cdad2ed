import LinkToken
import NIOCore

/// Writes one flat JSON object (RFC 8259) straight into a buffer.
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
        buffer.writeInteger(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { buffer.writeInteger(UInt8(ascii: ",")) }
            write(member.name)
            buffer.writeInteger(UInt8(ascii: ":"))
            write(member.value)
        }
        buffer.writeInteger(UInt8(ascii: "}"))
    }

    consuming func finish() -> ByteBuffer {
        buffer.writeInteger(UInt8(ascii: "}"))
        return buffer
    }

    private mutating func begin(_ name: StaticString) {
        if !isEmpty { buffer.writeInteger(UInt8(ascii: ",")) }
        isEmpty = false
        buffer.writeInteger(UInt8(ascii: "\""))
        buffer.writeStaticString(name)
        buffer.writeStaticString("\":")
    }

    private mutating func write(_ text: String) {
        buffer.writeInteger(UInt8(ascii: "\""))
        // Most texts need no escape, and are copied whole.
        if text.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
            writeEscaped(text)
        } else {
            buffer.writeString(text)
        }
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private mutating func writeEscaped(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): buffer.writeStaticString("\\\"")
            case UInt8(ascii: "\\"): buffer.writeStaticString("\\\\")
            case 0..<0x20: buffer.writeString("\\u00" + byte.hexadecimal)
            default: buffer.writeInteger(byte)
            }
        }
    }
}
