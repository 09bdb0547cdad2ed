import Encoding

/// A secret that two programs share: one shows it in `Authorization: Bearer` (RFC 6750 §2.1), the other compares.
///
/// ```swift
/// let key = try BearerKey(contentsOf: "consumption.key")
/// guard key.matches(shown) else { return .unauthorized }
/// ```
///
/// It is kept in a file of mode 0600 that holds nothing else but a line break at its end.
public struct BearerKey: Sendable {
    /// In hexadecimal, the densest notation that can be told from no other by its letters, these are 128 bits.
    public static let minimumLength = 32

    private let secret: SecretBytes

    /// A new key of 256 random bits.
    public init() throws(CryptographyError) {
        let digits = try SecretBytes(randomCount: 32).withSpan { (bytes) in
            var digits: [UInt8] = []
            for index in bytes.indices { digits += bytes[index].hexadecimal.utf8 }
            return digits
        }
        secret = SecretBytes(copying: digits.span)
    }

    /// Reads a key.
    ///
    /// - Throws: what ``SecretFile/read(_:)`` throws, or ``CryptographyError/unusableBearerKey(path:)`` for a file that
    ///   holds anything but one line of at least ``minimumLength`` letters, digits and `-._~+/=`.
    public init(contentsOf path: String) throws(CryptographyError) {
        let file = try SecretFile.read(path)
        let key = file.withSpan { (bytes) -> SecretBytes? in
            var end = bytes.count
            while end > 0, [UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains(bytes[end - 1]) { end -= 1 }
            let line = bytes.extracting(0..<end)
            guard end >= Self.minimumLength, line.indices.allSatisfy({ Self.isAllowed(line[$0]) }) else { return nil }
            return SecretBytes(copying: line)
        }
        guard let key else { throw .unusableBearerKey(path: path) }
        secret = key
    }

    /// Writes the key to a new file.
    ///
    /// - Throws: what ``SecretFile/create(_:_:)`` throws.
    public func write(to path: String) throws(CryptographyError) {
        try secret.withSpan { (bytes) throws(CryptographyError) in try SecretFile.create(path, bytes) }
    }

    /// Whether the text is the key, in a time that depends on the lengths alone.
    public func matches(_ text: some StringProtocol) -> Bool {
        let shown = Array(text.utf8)
        return secret.withSpan { constantTimeEqual($0, shown.span) }
    }

    /// The value of the field `Authorization`.
    public var authorization: String {
        secret.withSpan { (bytes) in
            "Bearer " + bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// What a bearer token is made of.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~+/=".utf8.contains(byte)
        }
    }
}
