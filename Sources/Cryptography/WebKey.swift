import COpenSSL

/// A public key that JSON Web Signatures are checked with (RFC 7515, RFC 7518 §3, RFC 8037), as others' services publish it.
///
/// Tokens and bundles have keys of their own kind: ``PublicKey`` accepts fewer algorithms, and of each message one signature.
public struct WebKey: Hashable, Sendable {
    public enum Algorithm: String, Hashable, Sendable {
        /// ECDSA on P-256 with SHA-256.
        case es256 = "ES256"
        /// Ed25519.
        case edDSA = "EdDSA"
        /// RSASSA-PKCS1-v1_5 with SHA-256, and a modulus of 2048 to 8192 bits.
        case rs256 = "RS256"
    }

    public let algorithm: Algorithm
    /// DER (RFC 5280 §4.1.2.7).
    private let subjectPublicKeyInfo: [UInt8]

    /// Nil for coordinates of another length.
    public init?(p256 x: [UInt8], _ y: [UInt8]) {
        guard x.count == 32, y.count == 32 else { return nil }
        algorithm = .es256
        // RFC 5480 §2.
        let curve = Self.sequence([
            [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01],
            [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07],
        ])
        subjectPublicKeyInfo = Self.sequence([curve, Self.der(0x03, [0, 4] + x + y)])
    }

    /// Nil for a key of another length.
    public init?(ed25519 x: [UInt8]) {
        guard x.count == 32 else { return nil }
        algorithm = .edDSA
        // RFC 8410 §4.
        subjectPublicKeyInfo = Self.sequence([
            Self.sequence([[0x06, 0x03, 0x2B, 0x65, 0x70]]), Self.der(0x03, [0] + x),
        ])
    }

    /// Nil for a modulus of another size.
    public init?(rsa modulus: [UInt8], exponent: [UInt8]) {
        guard (256...1024).contains(modulus.drop { $0 == 0 }.count), (1...8).contains(exponent.count) else {
            return nil
        }
        algorithm = .rs256
        // RFC 8017 §A.1.
        let key = Self.sequence([Self.integer(modulus[...]), Self.integer(exponent[...])])
        let kind = Self.sequence([
            [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01], [0x05, 0x00],
        ])
        subjectPublicKeyInfo = Self.sequence([kind, Self.der(0x03, [0] + key)])
    }

    /// Whether this is a valid signature of the message. Malformed signatures are invalid, and so is every signature if the
    /// key's point isn't on its curve.
    public func isValidSignature(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        var encoded = signature
        if algorithm == .es256 {
            guard signature.count == 64 else { return false }
            // RFC 7518 §3.4 has r and s, and OpenSSL their DER (RFC 3279 §2.2.3).
            encoded = Self.sequence([Self.integer(signature.prefix(32)), Self.integer(signature.suffix(32))])
        }
        defer { ERR_clear_error() }
        let key = subjectPublicKeyInfo.withUnsafeBufferPointer { (bytes) in
            var cursor = bytes.baseAddress
            return d2i_PUBKEY(nil, &cursor, bytes.count)
        }
        guard let key else { return false }
        defer { EVP_PKEY_free(key) }
        let context = MessageDigestContext()
        let digest = algorithm == .edDSA ? nil : "SHA256"
        guard EVP_DigestVerifyInit_ex(context.pointer, nil, digest, nil, nil, key, nil) == 1 else { return false }
        return EVP_DigestVerify(context.pointer, encoded, encoded.count, message, message.count) == 1
    }

    // MARK: DER (X.690 §8, §10)

    private static func der(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        var length = [UInt8(truncatingIfNeeded: content.count)]
        if content.count > 0x7F {
            length =
                content.count > 0xFF
                ? [0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] : [0x81, UInt8(content.count)]
        }
        return [tag] + length + content
    }

    private static func sequence(_ elements: [[UInt8]]) -> [UInt8] { der(0x30, elements.flatMap { $0 }) }

    /// Of an unsigned number, the first byte first.
    private static func integer(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let digits = bytes.drop { $0 == 0 }
        return der(0x02, (digits.first ?? 0x80) & 0x80 != 0 ? [0] + digits : Array(digits))
    }
}
