import COpenSSL

/// An `EVP_PKEY` and its one owner. Keys are not changed after they are made, so threads may share one.
final class EVPKey: @unchecked Sendable {
    let pointer: OpaquePointer
    let algorithm: SignatureAlgorithm

    /// Takes ownership, also when it throws.
    init(adopting pointer: OpaquePointer) throws(CryptographyError) {
        do {
            algorithm = try Self.algorithm(of: pointer)
        } catch {
            EVP_PKEY_free(pointer)
            throw error
        }
        self.pointer = pointer
    }

    deinit { EVP_PKEY_free(pointer) }

    private static func algorithm(of key: OpaquePointer) throws(CryptographyError) -> SignatureAlgorithm {
        if EVP_PKEY_is_a(key, "ED25519") == 1 { return .ed25519 }
        guard EVP_PKEY_is_a(key, "EC") == 1 else {
            throw .unsupportedKey(found: EVP_PKEY_get0_type_name(key).map { String(cString: $0) } ?? "unknown")
        }
        var name = [CChar](repeating: 0, count: 64)
        EVP_PKEY_get_group_name(key, &name, name.count, nil)
        let curve = name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        guard curve == "prime256v1" else { throw .unsupportedKey(found: "EC on \(curve)") }
        return .p256
    }

    /// With a named curve and an uncompressed point (RFC 5480 §2).
    private static let p256ByteCount = 91
    /// The first byte of the point, and its value where the point is uncompressed (SEC 1 §2.3.3).
    private static let p256Form = (offset: 26, uncompressed: UInt8(4))

    /// The DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    func subjectPublicKeyInfo() throws(CryptographyError) -> [UInt8] {
        var der: UnsafeMutablePointer<UInt8>?
        let count = i2d_PUBKEY(pointer, &der)
        defer { CRYPTO_free(der, nil, 0) }
        guard count > 0, let der else { throw .queued("encode a public key") }
        let encoded = Array(UnsafeBufferPointer(start: der, count: Int(count)))
        guard algorithm == .p256 else { return encoded }
        // Another form of the point or spelt-out curve parameters would give the same key a second ID.
        guard encoded.count == Self.p256ByteCount, encoded[Self.p256Form.offset] == Self.p256Form.uncompressed else {
            throw .unsupportedKey(found: "P-256 with a compressed or hybrid point or explicit parameters")
        }
        return encoded
    }
}

/// A memory BIO and its one owner.
struct MemoryBIO: ~Copyable {
    let pointer: OpaquePointer

    /// An empty one. Secure memory is wiped when it is freed.
    init(secure: Bool = false) {
        guard let pointer = BIO_new(secure ? BIO_s_secmem() : BIO_s_mem()) else { fatalError("out of memory") }
        self.pointer = pointer
    }

    deinit { BIO_free(pointer) }

    func write(_ bytes: Span<UInt8>) {
        let written = bytes.withPointer { BIO_write(pointer, $0, Int32($1)) }
        precondition(written == bytes.count || bytes.isEmpty, "a memory BIO takes what memory there is")
    }

    func withSpan<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var start: UnsafeMutableRawPointer?
        let count = BIO_ctrl(pointer, BIO_CTRL_INFO, 0, &start)
        let buffer = UnsafeBufferPointer(start: start?.assumingMemoryBound(to: UInt8.self), count: count)
        return try body(buffer.span)
    }
}
