import NIOCore

/// Writes one line of a log for people: `time level logger: message name=value …`.
///
/// Whatever is written, it stays one line, and no value passes for two.
struct TextLineWriter {
    private var bytes: [UInt8] = []

    /// - Parameters:
    ///   - time: needs no escape, and neither do level and label.
    ///   - message: whatever was logged.
    init(_ time: String, _ level: String, _ label: String, _ message: String) {
        bytes.reserveCapacity(256)
        bytes += time.utf8
        bytes.append(UInt8(ascii: " "))
        bytes += level.utf8
        bytes.append(UInt8(ascii: " "))
        bytes += label.utf8
        bytes += ": ".utf8
        bytes += (message.isBare ? message : JSONObjectWriter.escaped(message)).utf8
    }

    mutating func add(name: String, _ value: String) {
        bytes.append(UInt8(ascii: " "))
        write(name)
        bytes.append(UInt8(ascii: "="))
        write(value)
    }

    consuming func finish() -> ByteBuffer { ByteBuffer(bytes: bytes) }

    private mutating func write(_ text: String) {
        if text.isBare {
            bytes += text.utf8
        } else {
            bytes.append(UInt8(ascii: "\""))
            bytes += JSONObjectWriter.escaped(text).utf8
            bytes.append(UInt8(ascii: "\""))
        }
    }
}

extension TextLineWriter: LogMemberWriter {
    mutating func add(_ name: StaticString, _ value: String) {
        begin(name)
        write(value)
    }

    mutating func add(_ name: StaticString, _ value: some FixedWidthInteger) {
        begin(name)
        bytes += String(value).utf8
    }

    mutating func addBare(_ name: StaticString, _ value: String) {
        begin(name)
        bytes += value.utf8
    }

    private mutating func begin(_ name: StaticString) {
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "="))
    }
}

extension String {
    /// Whether it needs neither quotation marks nor escapes.
    fileprivate var isBare: Bool {
        var text = self
        return text.withUTF8 { (utf8) in
            !utf8.isEmpty
                && utf8.allSatisfy {
                    $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
                        && $0 != UInt8(ascii: "=")
                }
        }
    }
}
