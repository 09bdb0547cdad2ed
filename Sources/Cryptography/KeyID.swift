import Encoding

/// The short name of a key: the first 4 bytes of SHA-256 over its SubjectPublicKeyInfo.
///
/// 32 bits keep a link short; they are an index and not a commitment, so a keyring refuses two keys that share one.
public struct KeyID: RawRepresentable, Hashable, Sendable {
    /// The four bytes, read big-endian.
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    init(subjectPublicKeyInfo: Span<UInt8>) {
        let digest = SHA256.hash(subjectPublicKeyInfo)
        rawValue =
            UInt32(digest[0]) << 24 | UInt32(digest[1]) << 16 | UInt32(digest[2]) << 8 | UInt32(digest[3])
    }

    /// Nil unless the text is exactly 8 hexadecimal digits.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 8, let value = UInt32(hexadecimal: text.utf8) else { return nil }
        rawValue = value
    }
}

extension KeyID: CustomStringConvertible {
    /// 8 lower-case hexadecimal digits.
    public var description: String { rawValue.hexadecimal }
}

extension KeyID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = KeyID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a key ID is 8 hexadecimal digits; this is \"\(text)\"")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
