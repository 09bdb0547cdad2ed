import Encoding
import LinkToken

/// Where a started survey is sent: a URL with fields in braces, such as
/// `https://survey.example/s?c={contact_id}&r={session}`.
///
/// It is the only target that an edge ever redirects to. Values are percent-encoded but for the unreserved characters
/// (RFC 3986 §2.3), as RFC 6570 expands a simple string, so that no value can add a parameter or leave the host.
public struct SurveyURLTemplate: Hashable, Sendable {
    /// Fields that every template may use.
    public static let standardFields = ["contact_id", "session", "distribution", "serial"]

    /// The template as it was written. It was checked, so expanding it can't fail.
    public let text: String

    /// - Parameters:
    ///   - text: the template.
    ///   - inLinkFields: the names of embedded data that the links carry.
    /// - Throws: ``SurveyURLTemplateError``, which says what is wrong with the template, and where.
    public init(_ text: String, inLinkFields: [String] = []) throws(SurveyURLTemplateError) {
        let bytes = Array(text.utf8)
        let limit = PublishedDistribution.urlByteCountLimit
        guard bytes.count <= limit else { throw .tooLong(byteCount: bytes.count, limit: limit) }
        var firstField: Int?
        var fieldStart: Int?
        for (offset, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "{"):
                guard fieldStart == nil else { throw .unbalancedBrace(column: Self.column(of: offset, in: bytes)) }
                fieldStart = offset + 1
                firstField = firstField ?? offset
            case UInt8(ascii: "}"):
                guard let start = fieldStart else { throw .unbalancedBrace(column: Self.column(of: offset, in: bytes)) }
                let name = bytes[start..<offset]
                guard
                    Self.standardFields.contains(where: { name.elementsEqual($0.utf8) })
                        || inLinkFields.contains(where: { name.elementsEqual($0.utf8) })
                else {
                    throw .unknownField(
                        String(decoding: name, as: UTF8.self), known: Self.standardFields + inLinkFields)
                }
                fieldStart = nil
            default:
                // C0, space and DEL are single bytes; C1 (U+0080 to U+009F) is 0xC2 and a byte below 0xA0.
                let isControl = byte <= 0x20 || byte == 0x7F || (byte < 0xA0 && offset > 0 && bytes[offset - 1] == 0xC2)
                if isControl, fieldStart == nil {
                    throw .forbiddenCharacter(column: Self.column(of: offset, in: bytes))
                }
            }
        }
        guard fieldStart == nil else { throw .unbalancedBrace(column: text.unicodeScalars.count) }
        try Self.checkHost(bytes[..<(firstField ?? bytes.count)], isWhole: firstField == nil)
        self.text = text
    }

    /// The host is all literal: a field in it would let a contact choose where people are sent.
    private static func checkHost(_ beginning: ArraySlice<UInt8>, isWhole: Bool) throws(SurveyURLTemplateError) {
        let schemes: [StaticString] = ["https://", "http://"]
        guard let scheme = schemes.first(where: { beginning.startsIgnoringCase(with: $0) }) else { throw .noScheme }
        let authority = beginning.dropFirst(scheme.utf8CodeUnitCount).prefix {
            $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
        }
        // A browser takes a backslash for a slash: the host would end where this reader does not see it.
        guard !authority.isEmpty, !authority.contains(UInt8(ascii: "@")), !authority.contains(UInt8(ascii: "\\")),
            isWhole || authority.endIndex < beginning.endIndex
        else { throw .noHost }
    }

    /// In Unicode scalars, from 1.
    private static func column(of offset: Int, in bytes: [UInt8]) -> Int {
        bytes[...offset].count { $0 & 0xC0 != 0x80 }
    }

    /// Whether the survey tool is told the session, without which it can't report the end of a response.
    public var passesSession: Bool { passes("session") }

    /// Whether a response can be joined with its contact: by the session or by the contact ID.
    public var identifiesResponses: Bool { passesSession || passes("contact_id") }

    /// Whether the URL holds the field.
    public func passes(_ field: String) -> Bool {
        text.utf8.split(separator: UInt8(ascii: "{")).dropFirst().contains { $0.starts(with: "\(field)}".utf8) }
    }

    /// The URL, with each field replaced by its value. Letters that a URL can't have are percent-encoded in what is literal.
    public func expanded(_ value: (_ field: String) -> String?) -> String {
        var text = text
        return text.withUTF8 { (template) in Self.expand(template[...], value) }
    }

    fileprivate static func expand(_ template: Slice<UnsafeBufferPointer<UInt8>>, _ value: (String) -> String?)
        -> String
    {
        var url: [UInt8] = []
        url.reserveCapacity(2 * template.count)
        var rest = template
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "{"):
                let field = rest.prefix { $0 != UInt8(ascii: "}") }
                rest = rest[field.endIndex...].dropFirst()
                for byte in (value(String(decoding: field, as: UTF8.self)) ?? "").utf8 {
                    url.append(byte, percentEncodedUnless: byte.isUnreserved)
                }
            default: url.append(byte, percentEncodedUnless: byte < 0x80)
            }
        }
        return String(decoding: url, as: UTF8.self)
    }

    /// The URL of a link whose survey was started.
    public func expanded(for claims: Claims, session: String, inLinkData: [String: String] = [:]) -> String {
        expanded { (field) in
            switch field {
            case "contact_id": claims.contactID.text
            case "session": session
            case "distribution": claims.nonce.distribution.description
            case "serial": claims.nonce.serial.description
            default: inLinkData[field]
            }
        }
    }
}

extension SurveyURLTemplate {
    /// A segment of the template's path that holds a field.
    public struct PathSegment: Hashable, Sendable {
        /// The first field in it.
        public let field: String
        private let text: String

        init?(_ bytes: ArraySlice<UInt8>) {
            guard let brace = bytes.firstIndex(of: UInt8(ascii: "{")) else { return nil }
            field = String(decoding: bytes[brace...].dropFirst().prefix { $0 != UInt8(ascii: "}") }, as: UTF8.self)
            text = String(decoding: bytes, as: UTF8.self)
        }

        /// Whether these values make it `.` or `..`. Browsers leave such a segment out, or the one before it too, also where
        /// the dots are percent-encoded (URL Standard §4.1), and the survey is opened at another path.
        public func isDotSegment(_ value: (_ field: String) -> String?) -> Bool {
            var text = text
            let expanded = text.withUTF8 { SurveyURLTemplate.expand($0[...], value) }
            return [".", ".."].contains(expanded.lowercased().replacing("%2e", with: "."))
        }
    }

    /// The segments of the path that depend on a contact's values.
    public var pathSegmentsWithFields: [PathSegment] {
        let bytes = Array(text.utf8)
        guard let scheme = text.firstRange(of: "://") else { return [] }
        let hostStart = text.utf8.distance(from: text.startIndex, to: scheme.upperBound)
        let isSeparator = { (byte: UInt8) in byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") }
        let isEnd = { (byte: UInt8) in byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") }
        var start = hostStart + bytes[hostStart...].prefix { !isSeparator($0) && !isEnd($0) }.count
        var segments: [PathSegment] = []
        var isInField = false
        for index in start..<bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") { isInField = byte == UInt8(ascii: "{") }
            guard !isInField, isSeparator(byte) || isEnd(byte) else { continue }
            if let segment = PathSegment(bytes[start..<index]) { segments.append(segment) }
            start = index + 1
            if isEnd(byte) { return segments }
        }
        if let segment = PathSegment(bytes[start...]) { segments.append(segment) }
        return segments
    }
}

/// What is wrong with a survey URL template. Columns count from 1.
public enum SurveyURLTemplateError: Error, Hashable, Sendable {
    case tooLong(byteCount: Int, limit: Int)
    case noScheme
    case noHost
    case unbalancedBrace(column: Int)
    case unknownField(String, known: [String])
    case forbiddenCharacter(column: Int)
}

extension SurveyURLTemplateError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLong(let count, let limit): "the survey URL has \(count) bytes; it can have \(limit)"
        case .noScheme: "the survey URL must begin with https:// or http://"
        case .noHost: "the survey URL must have a host, without fields or a user name in it"
        case .unbalancedBrace(let column): "the survey URL has an unmatched brace at column \(column)"
        case .unknownField(let name, let known):
            "the survey URL has the unknown field {\(name)}; the known fields are "
                + known.map { "{\($0)}" }.joined(separator: ", ")
        case .forbiddenCharacter(let column):
            "the survey URL has a space or control character at column \(column); write it as %20 or leave it out"
        }
    }
}

extension ArraySlice<UInt8> {
    /// The text is lower-case ASCII.
    fileprivate func startsIgnoringCase(with text: StaticString) -> Bool {
        text.withUTF8Buffer { (text) in
            count >= text.count && zip(self, text).allSatisfy { $0 == $1 || ($0 | 0x20 == $1 && $0 >= 0x41) }
        }
    }
}
