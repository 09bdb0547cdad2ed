import Encoding
import Files
import Glibc
import HTTPTypes
import Hummingbird
import NIOCore

/// Reads a form with a file (`multipart/form-data`, RFC 7578) as it arrives: the fields first, then the file straight
/// into a descriptor. Only a boundary's length is ever held back, whatever the file's size.
///
/// The first field must be the form's token, and is checked before anything else is looked at.
struct MultipartUpload {
    static let fileLimit = 256 << 20
    private static let fieldLimit = 16 << 10
    private static let headLimit = 8 << 10

    private(set) var fields = FormFields()
    private(set) var fileName = ""
    private(set) var byteCount = 0
    /// Line feeds in the file, in whatever encoding it has.
    private(set) var lineCount = 0

    private let delimiter: [UInt8]
    private let formToken: String
    private let file: CInt
    private var buffer: [UInt8]
    private var part = Part.preamble

    private enum Part: Equatable {
        case preamble
        case head
        case field(String)
        case file
        case end
    }

    /// - Parameters:
    ///   - formToken: that of the session.
    ///   - file: where the bytes of the file go.
    /// - Throws: ``ConsoleRefusal``.
    static func read(_ request: Request, formToken: String, into file: CInt) async throws -> MultipartUpload {
        guard let boundary = boundary(of: request.headers[.contentType] ?? "") else {
            throw ConsoleRefusal.malformed("the form did not arrive as multipart/form-data with a boundary")
        }
        var upload = MultipartUpload(boundary: boundary, formToken: formToken, file: file)
        for try await bytes in request.body { try upload.take(bytes.readableBytesView) }
        guard upload.part == .end else { throw ConsoleRefusal.malformed("the upload broke off; try again") }
        try upload.checkToken()
        return upload
    }

    init(boundary: String, formToken: String, file: CInt) {
        delimiter = Array("\r\n--\(boundary)".utf8)
        self.formToken = formToken
        self.file = file
        // The first delimiter has no line before it.
        buffer = Array("\r\n".utf8)
    }

    static func boundary(of contentType: String) -> String? {
        let parts = contentType.split(separator: ";")
        guard parts.first?.lowercased() == "multipart/form-data" else { return nil }
        for part in parts.dropFirst() {
            let text = part.drop { $0 == " " }
            guard text.lowercased().hasPrefix("boundary=") else { continue }
            let value = text.dropFirst("boundary=".count).filter { $0 != "\"" }
            return (1...70).contains(value.utf8.count) ? value : nil
        }
        return nil
    }

    mutating func take(_ bytes: some Sequence<UInt8>) throws {
        buffer.append(contentsOf: bytes)
        while part != .end, try step() {}
        if part == .end { buffer.removeAll() }
    }

    /// False when more has to arrive.
    private mutating func step() throws -> Bool {
        if part == .head {
            guard let end = Self.find(Array("\r\n\r\n".utf8), in: buffer) else {
                guard buffer.count <= Self.headLimit else { throw ConsoleRefusal.malformed("the form is malformed") }
                // `--` after a delimiter ends the form.
                if buffer.starts(with: Array("--".utf8)) { part = .end }
                return part == .end
            }
            if buffer.starts(with: Array("--".utf8)) {
                part = .end
                return true
            }
            try begin(String(decoding: buffer[..<end], as: UTF8.self))
            // The line's end stays, since an empty part has its delimiter right after its head.
            buffer.removeFirst(end + 2)
            isAtLineEnd = true
            return true
        }
        if let end = Self.find(delimiter, in: buffer) {
            try consume(buffer[..<end])
            isAtLineEnd = false
            if case .field(let name) = part { try finish(name) }
            buffer.removeFirst(end + delimiter.count)
            part = .head
            return true
        }
        let safe = buffer.count - delimiter.count
        if safe > (isAtLineEnd ? 1 : 0) {
            try consume(buffer[..<safe])
            buffer.removeFirst(safe)
        }
        return false
    }

    private var fieldBytes: [UInt8] = []
    /// Whether the two bytes that end the part's head are still in the buffer.
    private var isAtLineEnd = false

    private mutating func begin(_ head: String) throws {
        let disposition =
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-disposition:") } ?? ""
        guard let name = Self.value(of: "name", in: disposition) else {
            throw ConsoleRefusal.malformed("the form has a field without a name")
        }
        if let fileName = Self.value(of: "filename", in: disposition) {
            try checkToken()
            guard self.fileName.isEmpty, byteCount == 0 else {
                throw ConsoleRefusal.malformed("more than one file was sent; upload them one after the other")
            }
            self.fileName = String((fileName.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? "").prefix(200))
            part = .file
        } else {
            fieldBytes.removeAll()
            part = .field(name)
        }
    }

    private mutating func consume(_ part: ArraySlice<UInt8>) throws {
        var bytes = part
        if isAtLineEnd, bytes.count >= 2 {
            bytes = bytes.dropFirst(2)
            isAtLineEnd = false
        }
        try take(part: bytes)
    }

    private mutating func take(part bytes: ArraySlice<UInt8>) throws {
        switch part {
        case .field:
            fieldBytes.append(contentsOf: bytes)
            guard fieldBytes.count <= Self.fieldLimit else { throw ConsoleRefusal.tooLarge(limit: Self.fieldLimit) }
        case .file:
            byteCount += bytes.count
            lineCount += bytes.count { $0 == UInt8(ascii: "\n") }
            guard byteCount <= Self.fileLimit else { throw ConsoleRefusal.tooLarge(limit: Self.fileLimit) }
            var rest = bytes
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    throw ConsoleRefusal.file(FileError("keep", "the uploaded file", errno: errno))
                }
                rest = rest.dropFirst(count)
            }
        case .preamble, .head, .end: break
        }
    }

    private mutating func finish(_ name: String) throws {
        fields.append(name, String(decoding: fieldBytes, as: UTF8.self))
        guard fields.fields.count <= 50 else { throw ConsoleRefusal.malformed("the form has too many fields") }
        guard fields.fields[0].name == "form-token" else { throw ConsoleRefusal.formToken }
        try checkToken()
    }

    private func checkToken() throws(ConsoleRefusal) {
        guard FormToken.haveSameSecret(fields["form-token"], formToken) else { throw .formToken }
    }

    /// A parameter in quotes. Browsers percent-encode quotes and line breaks in it (HTML, multipart/form-data).
    private static func value(of name: String, in disposition: some StringProtocol) -> String? {
        for part in disposition.split(separator: ";").dropFirst() {
            let text = part.drop { $0 == " " }
            guard text.lowercased().hasPrefix(name + "=\"") else { continue }
            return text.dropFirst(name.count + 2).prefix { $0 != "\"" }.percentDecoded
        }
        return nil
    }

    private static func find(_ pattern: [UInt8], in bytes: [UInt8]) -> Int? {
        guard let first = pattern.first, bytes.count >= pattern.count else { return nil }
        return bytes.withUnsafeBytes { (bytes) in
            let end = bytes.count - pattern.count + 1
            var start = 0
            while start < end {
                guard let found = memchr(bytes.baseAddress! + start, Int32(first), end - start) else { return nil }
                start = UnsafeRawPointer(found) - bytes.baseAddress!
                if pattern.withUnsafeBytes({ memcmp($0.baseAddress!, bytes.baseAddress! + start, $0.count) }) == 0 {
                    return start
                }
                start += 1
            }
            return nil
        }
    }
}
