import COpenSSL

/// A key for HMAC-SHA-256 (RFC 2104, FIPS 198-1), prepared once and used from any thread.
public final class HMACSHA256: @unchecked Sendable {
    // A template that is only read: each tag is computed on a copy.
    private let template: OpaquePointer

    /// - Throws: ``CryptographyError/openSSL(operation:reasons:)`` when OpenSSL refuses the key.
    public init(key: SecretBytes) throws(CryptographyError) {
        guard let context = EVP_MAC_CTX_new(Fetched.hmac) else { throw .queued("make an HMAC context") }
        template = context
        let done = key.withSpan { (bytes) in
            bytes.withPointer { (pointer, count) in
                var name = Array("SHA256".utf8CString)
                return name.withUnsafeMutableBufferPointer { (digest) in
                    var parameters = [
                        OSSL_PARAM_construct_utf8_string(parameterName("digest"), digest.baseAddress, 0),
                        OSSL_PARAM_construct_end(),
                    ]
                    return EVP_MAC_init(context, pointer, count, &parameters)
                }
            }
        }
        // The initialiser is past its last stored property, so deinit frees the context.
        guard done == 1 else { throw .queued("begin HMAC-SHA-256") }
    }

    deinit { EVP_MAC_CTX_free(template) }

    /// The tag of the bytes, 32 bytes.
    public func tag(for bytes: Span<UInt8>) throws(CryptographyError) -> SHA256.Digest {
        guard let context = EVP_MAC_CTX_dup(template) else { throw .queued("copy an HMAC context") }
        defer { EVP_MAC_CTX_free(context) }
        var tag = SHA256.Digest(repeating: 0)
        var length = 0
        var span = tag.mutableSpan
        let done = bytes.withPointer { (pointer, count) in
            EVP_MAC_update(context, pointer, count) == 1
                && span.withUnsafeMutableBufferPointer {
                    EVP_MAC_final(context, $0.baseAddress, &length, $0.count)
                } == 1
        }
        guard done, length == 32 else { throw .queued("compute HMAC-SHA-256") }
        return tag
    }
}

/// Whether the bytes are the same, in a time that depends on the lengths alone (`CRYPTO_memcmp(3)`).
public func constantTimeEqual(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    guard a.count > 0 else { return true }
    return a.withUnsafeBufferPointer { (a) in
        b.withUnsafeBufferPointer { (b) in CRYPTO_memcmp(a.baseAddress, b.baseAddress, a.count) == 0 }
    }
}
