import Cryptography
import Encoding

/// The identity of a distribution: 64 random bits, never all zero.
///
/// It is random, not counted, so that admins who have never met mint distributions that do not collide. Zero is
/// refused because a zeroed buffer would otherwise name a distribution.
public struct DistributionID: Hashable, Sendable {
    /// The identity in a token, read big-endian. Never zero.
    public let rawValue: UInt64

    /// Nil for zero.
    public init?(rawValue: UInt64) {
        guard rawValue != 0 else { return nil }
        self.rawValue = rawValue
    }

    /// Nil unless the text is exactly 16 hexadecimal digits that are not all zero.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 16, let value = UInt64(hexadecimal: text.utf8) else { return nil }
        self.init(rawValue: value)
    }

    /// A new identity from the system's CSPRNG.
    public static func random() throws(CryptographyError) -> DistributionID {
        while true {
            if let id = DistributionID(rawValue: try SecureRandom.uint64()) { return id }
        }
    }
}

extension DistributionID: CustomStringConvertible {
    /// 16 lower-case hexadecimal digits.
    public var description: String { rawValue.hexadecimal }
}

extension DistributionID: Comparable {
    public static func < (lhs: DistributionID, rhs: DistributionID) -> Bool { lhs.rawValue < rhs.rawValue }
}

extension DistributionID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = DistributionID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "a distribution ID is 16 hexadecimal digits, not all zero; this is \"\(text)\""
            )
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
