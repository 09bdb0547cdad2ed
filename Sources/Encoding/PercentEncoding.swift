extension StringProtocol {
    /// Every byte percent-encoded but the unreserved characters (RFC 3986 §2.1, §2.3).
    package var percentEncoded: String {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(3 * utf8.count)
        for byte in utf8 { encoded.append(byte, percentEncodedUnless: byte.isUnreserved) }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// The text, percent-decoded once, as in a path: a plus sign is a plus sign.
    package var percentDecoded: String { String(decoding: utf8.percentDecoded(plusIsSpace: false), as: UTF8.self) }
}

extension Collection<UInt8> {
    /// The bytes, percent-decoded once. A percent sign that isn't followed by two hexadecimal digits stays a percent sign
    /// (URL Standard §1.3).
    ///
    /// - Parameter plusIsSpace: true in a query that a form wrote, false everywhere else.
    @inlinable
    package func percentDecoded(plusIsSpace: Bool) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(count)
        var index = startIndex
        while index != endIndex {
            let byte = self[index]
            let rest = self[index...].dropFirst()
            if byte == UInt8(ascii: "%"), let value = UInt8(hexadecimal: rest.prefix(2)), rest.count >= 2 {
                decoded.append(value)
                index = self.index(index, offsetBy: 3)
            } else {
                decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                index = self.index(after: index)
            }
        }
        return decoded
    }
}

extension [UInt8] {
    /// Appends the byte or its percent-encoding, in upper case (RFC 3986 §2.1).
    package mutating func append(_ byte: UInt8, percentEncodedUnless isAllowed: Bool) {
        guard !isAllowed else {
            append(byte)
            return
        }
        func digit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10 }
        append(UInt8(ascii: "%"))
        append(digit(byte >> 4))
        append(digit(byte & 15))
    }
}

extension UInt8 {
    /// Whether it is an unreserved character of a URI (RFC 3986 §2.3).
    package var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
