import Encoding
import LinkToken

/// A place in a distributed trace, as the field `traceparent` names it (W3C Trace Context, level 1, §3.2).
public struct TraceContext: Hashable, Sendable {
    /// 16 bytes in lower-case hexadecimal, not all zero.
    public let traceID: String
    /// 8 bytes in lower-case hexadecimal, not all zero.
    public let spanID: String
    /// The span that this one is part of, or nil where the trace begins here.
    public let parentID: String?
    /// Whether who called has recorded the trace.
    public let isSampled: Bool

    /// Nil for what is no `traceparent`. Of later versions, what version 0 has is read.
    public init?(traceparent text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 55 || bytes.count > 55 && bytes[55] == UInt8(ascii: "-") && !text.hasPrefix("00"),
            bytes[2] == UInt8(ascii: "-"), bytes[35] == UInt8(ascii: "-"), bytes[52] == UInt8(ascii: "-"),
            let version = Self.hexadecimal(bytes[0..<2]), version != "ff",
            let traceID = Self.hexadecimal(bytes[3..<35]), traceID.contains(where: { $0 != "0" }),
            let spanID = Self.hexadecimal(bytes[36..<52]), spanID.contains(where: { $0 != "0" }),
            let flags = Self.hexadecimal(bytes[53..<55]).flatMap({ UInt8($0, radix: 16) })
        else {
            return nil
        }
        self.init(traceID: traceID, spanID: spanID, parentID: nil, isSampled: flags & 1 == 1)
    }

    private init(traceID: String, spanID: String, parentID: String?, isSampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.parentID = parentID
        self.isSampled = isSampled
    }

    /// A span within another one, or the first of a new trace.
    init(within parent: TraceContext?) {
        self.init(
            traceID: parent?.traceID ?? Self.random() + Self.random(), spanID: Self.random(), parentID: parent?.spanID,
            isSampled: parent?.isSampled ?? false)
    }

    /// As the field has it.
    public var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    /// 8 bytes that are not all zero. They tell spans apart and are no secret.
    private static func random() -> String { UInt64.random(in: 1...(.max)).hexadecimal }

    private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String? {
        let isLowerCase = bytes.allSatisfy {
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
        }
        return isLowerCase ? String(decoding: bytes, as: UTF8.self) : nil
    }
}
