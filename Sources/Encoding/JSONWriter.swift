/// Writes JSON (RFC 8259) member by member, in the order that the caller chooses.
///
/// ```swift
/// var json = JSONWriter()
/// json.object {
///     $0.member("name", list.name)
///     $0.name("serials")
///     $0.array { for serial in serials { $0.integer(serial) } }
/// }
/// ```
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init(reservingCapacity count: Int = 0) { bytes.reserveCapacity(count) }

    // MARK: Structure

    package mutating func object(_ body: (inout JSONWriter) -> Void) { enclosed("{", "}", body) }

    package mutating func array(_ body: (inout JSONWriter) -> Void) { enclosed("[", "]", body) }

    private mutating func enclosed(_ begin: Unicode.Scalar, _ end: Unicode.Scalar, _ body: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(UInt8(ascii: begin))
        needsComma = false
        body(&self)
        bytes.append(UInt8(ascii: end))
        needsComma = true
    }

    /// Begins a member: its value follows.
    package mutating func name(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A line break before the next value or the end: the document stays readable with a pager and in a diff.
    package mutating func line() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    /// A line break before the end of an object or array.
    package mutating func lastLine() { bytes.append(UInt8(ascii: "\n")) }

    // MARK: Values

    package mutating func string(_ text: String) {
        separate()
        Self.append(text, to: &bytes)
    }

    package mutating func integer(_ value: some FixedWidthInteger) { bare(String(value)) }

    package mutating func bool(_ value: Bool) { bare(value ? "true" : "false") }

    package mutating func null() { bare("null") }

    /// A number or a word that JSON has, written as it is.
    package mutating func bare(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    // MARK: Members

    package mutating func member(_ name: String, _ value: String) {
        self.name(name)
        string(value)
    }

    /// Leaves the member out for nil.
    package mutating func member(_ name: String, _ value: String?) {
        if let value { member(name, value) }
    }

    package mutating func member(_ name: String, _ value: some FixedWidthInteger) {
        self.name(name)
        integer(value)
    }

    package mutating func member(_ name: String, _ value: Bool) {
        self.name(name)
        bool(value)
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    // MARK: Strings

    /// Appends the text as a JSON string, in quotation marks.
    package static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        appendEscaped(text, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// The text as it is written in a JSON string, without the quotation marks.
    package static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        appendEscaped(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Besides what JSON demands (RFC 8259 §7), it escapes what controls text, so that documents and log lines can be
    /// shown as they are.
    private static func appendEscaped(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        // Most texts need no escape, and are copied whole.
        let isPlain = text.withUTF8 { (utf8) in
            let isPlain = utf8.allSatisfy {
                $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
            }
            if isPlain { bytes.append(contentsOf: utf8) }
            return isPlain
        }
        if isPlain { return }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes += "\\\"".utf8
            case "\\": bytes += "\\\\".utf8
            case "\n": bytes += "\\n".utf8
            case "\r": bytes += "\\r".utf8
            case "\t": bytes += "\\t".utf8
            case _ where scalar.controlsText: bytes += "\\u\(UInt16(scalar.value).hexadecimal)".utf8
            default: bytes.append(contentsOf: UTF8.encode(scalar)!)
            }
        }
    }
}
