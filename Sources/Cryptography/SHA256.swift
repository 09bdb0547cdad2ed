import COpenSSL

/// The SHA-256 hash function (FIPS 180-4).
///
/// ```swift
/// var hash = SHA256()
/// hash.update(header.span)
/// hash.update(body.span)
/// let digest = hash.finalize()
/// ```
public struct SHA256: ~Copyable {
    /// The hash's 32 bytes.
    public typealias Digest = InlineArray<32, UInt8>

    private let context: MessageDigestContext

    public init() {
        context = MessageDigestContext()
        guard EVP_DigestInit_ex2(context.pointer, Fetched.sha256, nil) == 1 else {
            fatalError(CryptographyError.queued("begin SHA-256").description)
        }
    }

    public mutating func update(_ bytes: Span<UInt8>) {
        let done = bytes.withPointer { EVP_DigestUpdate(context.pointer, $0, $1) }
        precondition(done == 1, "OpenSSL's SHA-256 does not fail on memory that is there")
    }

    public consuming func finalize() -> Digest {
        var digest = Digest(repeating: 0)
        var span = digest.mutableSpan
        let done = span.withUnsafeMutableBufferPointer {
            EVP_DigestFinal_ex(context.pointer, $0.baseAddress, nil)
        }
        precondition(done == 1, "OpenSSL's SHA-256 does not fail on memory that is there")
        return digest
    }

    /// The hash of the bytes.
    public static func hash(_ bytes: Span<UInt8>) -> Digest {
        var digest = Digest(repeating: 0)
        var span = digest.mutableSpan
        let done = bytes.withPointer { (pointer, count) in
            span.withUnsafeMutableBufferPointer { EVP_Digest(pointer, count, $0.baseAddress, nil, Fetched.sha256, nil) }
        }
        precondition(done == 1, "OpenSSL's SHA-256 does not fail on memory that is there")
        return digest
    }
}
