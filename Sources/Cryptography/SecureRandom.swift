import COpenSSL

/// Random bytes from OpenSSL's CSPRNG, which the operating system seeds (`RAND_bytes(3)`).
public enum SecureRandom {
    /// - Throws: ``CryptographyError/openSSL(operation:reasons:)`` when the generator could not be seeded.
    public static func bytes(count: Int) throws(CryptographyError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw .queued("draw random bytes") }
        return bytes
    }

    /// A uniformly distributed number.
    public static func uint64() throws(CryptographyError) -> UInt64 {
        try bytes(count: 8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
