import COpenSSL
import Cryptography

/// One P-256 key and two ways to verify with it: ours with a table, and OpenSSL's own.
public final class Verifiers: @unchecked Sendable {
    private let subjectPublicKeyInfo: [UInt8]
    private let table: P256Table
    private let key: OpaquePointer

    /// - Parameter subjectPublicKeyInfo: with an uncompressed point.
    /// - Throws: ``CryptographyError`` for what is no such key.
    public init(_ subjectPublicKeyInfo: [UInt8]) throws {
        guard let table = P256Table(subjectPublicKeyInfo: subjectPublicKeyInfo.span) else {
            throw CryptographyError.openSSL(operation: "make a table", reasons: [])
        }
        let key = subjectPublicKeyInfo.withUnsafeBufferPointer { (bytes) in
            var start = bytes.baseAddress
            return d2i_PUBKEY(nil, &start, bytes.count)
        }
        guard let key else { throw CryptographyError.openSSL(operation: "read a key", reasons: []) }
        (self.subjectPublicKeyInfo, self.table, self.key) = (subjectPublicKeyInfo, table, key)
    }

    deinit { EVP_PKEY_free(key) }

    /// A digest and a signature that the two disagree about, in hexadecimal.
    public struct Disagreement: Error {
        public let key, digest, signature: String
        /// Nil when it could not compute.
        public let table: Bool?
    }

    /// What both say of the signature, *r* ‖ *s*.
    public func verdict(_ signature: [UInt8], digest: [UInt8]) throws -> Bool {
        let expected = evp(signature, digest)
        let found = table.isValid(Signature(signature.span)!, digest: InlineArray { digest[$0] })
        guard found == expected else {
            throw Disagreement(
                key: Number(subjectPublicKeyInfo).description, digest: Number(digest).description,
                signature: Number(signature).description, table: found)
        }
        return expected
    }

    private func evp(_ signature: [UInt8], _ digest: [UInt8]) -> Bool {
        let context = EVP_PKEY_CTX_new_from_pkey(nil, key, nil)!
        defer { EVP_PKEY_CTX_free(context) }
        precondition(EVP_PKEY_verify_init(context) == 1)
        let parsed = ECDSA_SIG_new()!
        defer { ECDSA_SIG_free(parsed) }
        let (r, s) = signature.withUnsafeBufferPointer {
            (BN_bin2bn($0.baseAddress!, 32, nil), BN_bin2bn($0.baseAddress! + 32, 32, nil))
        }
        precondition(ECDSA_SIG_set0(parsed, r, s) == 1)
        var der: UnsafeMutablePointer<UInt8>?
        let count = i2d_ECDSA_SIG(parsed, &der)
        defer { CRYPTO_free(der, nil, 0) }
        let verdict = EVP_PKEY_verify(context, der, Int(count), digest, digest.count)
        if verdict != 1 { ERR_clear_error() }
        return verdict == 1
    }
}
