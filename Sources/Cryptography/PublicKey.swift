import COpenSSL
import Synchronization

/// A public key, parsed once and ready to verify from any number of threads.
///
/// Parsing a SubjectPublicKeyInfo takes about as long as verifying a signature, so a key is made when a bundle is
/// loaded and kept; each verification copies a prepared context. There is no lock.
public final class PublicKey: Sendable {
    /// The algorithm of every signature under this key.
    public var algorithm: SignatureAlgorithm { key.algorithm }
    /// The key's short name.
    public let id: KeyID
    /// The DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    public let subjectPublicKeyInfo: [UInt8]

    private let key: EVPKey
    private let template: MessageDigestContext
    private let table = AtomicLazyReference<P256Table>()

    init(key: EVPKey) throws(CryptographyError) {
        self.key = key
        let encoded = try key.subjectPublicKeyInfo()
        // The last field of the DER is the point (RFC 8410 §4).
        if key.algorithm == .ed25519 { try Ed25519Point.check(encoded.suffix(32)) }
        subjectPublicKeyInfo = encoded
        id = KeyID(subjectPublicKeyInfo: encoded.span)
        template = MessageDigestContext()
        let digest = key.algorithm == .p256 ? "SHA256" : nil
        guard EVP_DigestVerifyInit_ex(template.pointer, nil, digest, nil, nil, key.pointer, nil) == 1 else {
            throw .queued("prepare a verification")
        }
    }

    /// From a PEM SubjectPublicKeyInfo (RFC 7468 §13), as `openssl pkey -pubout` writes it.
    ///
    /// - Throws: ``CryptographyError/malformedKey(reason:)``, ``CryptographyError/unsupportedKey(found:)`` or
    ///   ``CryptographyError/unsafeKey(reason:)``.
    public convenience init(pem: Span<UInt8>) throws(CryptographyError) {
        let bio = MemoryBIO()
        bio.write(pem)
        guard let pointer = PEM_read_bio_PUBKEY(bio.pointer, nil, nil, nil) else {
            ERR_clear_error()
            throw .malformedKey(reason: "there is no PEM block PUBLIC KEY that OpenSSL can read")
        }
        try self.init(key: EVPKey(adopting: pointer))
    }

    /// From a DER SubjectPublicKeyInfo with nothing behind it.
    ///
    /// - Throws: ``CryptographyError/malformedKey(reason:)``, ``CryptographyError/unsupportedKey(found:)`` or
    ///   ``CryptographyError/unsafeKey(reason:)``.
    public convenience init(subjectPublicKeyInfo der: Span<UInt8>) throws(CryptographyError) {
        var consumed = 0
        let pointer = der.withPointer { (start, count) in
            var cursor = start
            let key = d2i_PUBKEY(nil, &cursor, count)
            if let cursor, let start { consumed = cursor - start }
            return key
        }
        guard let pointer else {
            ERR_clear_error()
            throw .malformedKey(reason: "OpenSSL can't read the SubjectPublicKeyInfo")
        }
        let key = try EVPKey(adopting: pointer)
        guard consumed == der.count else {
            throw .malformedKey(reason: "\(der.count - consumed) bytes follow the SubjectPublicKeyInfo")
        }
        try self.init(key: key)
    }

    /// The key as a PEM SubjectPublicKeyInfo.
    public func pemRepresentation() throws(CryptographyError) -> String {
        let bio = MemoryBIO()
        guard PEM_write_bio_PUBKEY(bio.pointer, key.pointer) == 1 else { throw .queued("write a public key") }
        return bio.withSpan { (span) in span.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
    }

    /// Whether this is a valid signature of the message under this key. Bytes that aren't a signature at all are invalid.
    ///
    /// - Throws: ``CryptographyError/openSSL(operation:reasons:)`` when the check could not be made.
    public func isValidSignature(_ signature: Signature, for message: Span<UInt8>) throws(CryptographyError) -> Bool {
        switch algorithm {
        case .ed25519:
            let bytes = signature.bytes
            return try bytes.span.withPointer { (pointer, count) throws(CryptographyError) in
                try verify(pointer, count, message)
            }
        case .p256:
            guard ECDSASignature.hasLowS(signature) else { return false }
            if let isValid = table.load()?.isValid(signature, digest: SHA256.hash(message)) { return isValid }
            return try ECDSASignature.withDER(signature) { (der, count) in
                Result { () throws(CryptographyError) in try verify(der, count, message) }
            }.get()
        }
    }

    private func verify(
        _ signature: UnsafePointer<UInt8>?, _ count: Int, _ message: Span<UInt8>
    ) throws(CryptographyError) -> Bool {
        try template.withCopy { (context) in
            let verdict = message.withPointer { EVP_DigestVerify(context, signature, count, $0, $1) }
            // Zero and negative answers are both refusals here: OpenSSL reports an r or s out of range as an error.
            if verdict != 1 { ERR_clear_error() }
            return verdict == 1
        }
    }
}

// MARK: Many signatures under one key

extension PublicKey {
    /// Whether signatures are verified with a table, which takes half the time.
    public var isPrepared: Bool { table.load() != nil }

    /// Makes a table for verifying many signatures. The verdicts are the same with and without it.
    ///
    /// It takes some 25 ms of processor time and 150 KB that are freed with the key; other threads verify without the table
    /// meanwhile. There are no tables for Ed25519. Nor is one made where libcrypto lacks the functions for it, nor where
    /// a provider other than its default one verifies, such as one that is validated for FIPS: that is not to be bypassed.
    public func prepare() {
        guard algorithm == .p256, !isPrepared, isVerifiedByDefaultProvider else { return }
        let encoded = subjectPublicKeyInfo
        guard let made = P256Table(subjectPublicKeyInfo: encoded.span) else { return }
        _ = table.storeIfNil(made)
    }

    /// Shares the table of an equal key, if that has one.
    public func prepare(like other: PublicKey) {
        guard other == self, let made = other.table.load() else { return }
        _ = table.storeIfNil(made)
    }

    private var isVerifiedByDefaultProvider: Bool {
        guard OSSL_PROVIDER_available(nil, "fips") == 0,
            let context = EVP_MD_CTX_get_pkey_ctx(template.pointer),
            let provider = EVP_PKEY_CTX_get0_provider(context),
            let name = OSSL_PROVIDER_get0_name(provider)
        else { return false }
        return String(cString: name) == "default"
    }
}

extension PublicKey: Equatable {
    public static func == (lhs: PublicKey, rhs: PublicKey) -> Bool {
        lhs.subjectPublicKeyInfo == rhs.subjectPublicKeyInfo
    }
}

extension PublicKey: CustomStringConvertible {
    public var description: String { "\(algorithm.rawValue) key \(id)" }
}
