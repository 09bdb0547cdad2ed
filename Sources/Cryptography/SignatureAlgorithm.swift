import COpenSSL

/// The signature algorithms. Which one is used is a property of the key, never of what was signed.
public enum SignatureAlgorithm: String, Hashable, Sendable, CaseIterable, Codable {
    /// Ed25519 (RFC 8032): deterministic.
    case ed25519 = "Ed25519"
    /// ECDSA on P-256 with SHA-256 (FIPS 186-5): not deterministic on OpenSSL 3.0.
    case p256 = "P-256"
}

/// A signature in its fixed form of 64 bytes: Ed25519's own, or *r* ‖ *s* of ECDSA on P-256.
public struct Signature: Sendable {
    public static let byteCount = 64

    public let bytes: InlineArray<64, UInt8>

    public init(bytes: InlineArray<64, UInt8>) {
        self.bytes = bytes
    }

    /// Nil unless there are exactly 64 bytes.
    public init?(_ bytes: Span<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = InlineArray { bytes[$0] }
    }
}
