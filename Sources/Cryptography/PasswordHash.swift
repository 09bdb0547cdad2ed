import COpenSSL
import Encoding

/// A password as it is stored: salted and stretched with scrypt (RFC 7914), so that whoever reads it has to guess, and
/// each guess costs memory and time.
///
/// ```swift
/// let stored = try PasswordHash(hashing: password).phc
/// if try PasswordHash(phc: stored)?.matches(attempt) == true { … }
/// ```
public struct PasswordHash: Hashable, Sendable {
    private let cost: ScryptCost
    private let salt: [UInt8]
    private let hash: [UInt8]

    /// Hashes a password under a new random salt of 16 bytes.
    ///
    /// - Throws: ``CryptographyError/openSSL(operation:reasons:)``, also when there is not memory enough.
    public init(hashing password: SecretBytes, cost: ScryptCost = .standard) throws(CryptographyError) {
        self.cost = cost
        salt = try SecureRandom.bytes(count: 16)
        hash = try scrypt(password, salt: salt, cost: cost, byteCount: 32)
    }

    /// Costs as much to check as another, and matches no password: nothing was hashed to make it.
    package init(decoyFor other: PasswordHash) throws(CryptographyError) {
        cost = other.cost
        salt = try SecureRandom.bytes(count: other.salt.count)
        hash = try SecureRandom.bytes(count: other.hash.count)
    }

    /// Reads what ``phc`` writes. Nil for anything else, and for costs that would take more than 1 GiB.
    public init?(phc text: some StringProtocol) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
            let cost = ScryptCost(parameters: parts[2]), let salt = try? Base64.decodeUnpadded(parts[3]),
            (8...64).contains(salt.count),
            let hash = try? Base64.decodeUnpadded(parts[4]), (16...64).contains(hash.count)
        else { return nil }
        (self.cost, self.salt, self.hash) = (cost, salt, hash)
    }

    /// As the PHC string format writes it: `$scrypt$ln=17,r=8,p=1$SALT$HASH`
    /// (https://github.com/P-H-C/phc-string-format).
    public var phc: String {
        "$scrypt$ln=\(cost.log2N),r=\(cost.blockSize),p=\(cost.parallelism)"
            + "$\(Base64.encodeUnpadded(salt.span))$\(Base64.encodeUnpadded(hash.span))"
    }

    /// Whether that is the password. Takes as long for a wrong one as for the right one.
    public func matches(_ password: SecretBytes) throws(CryptographyError) -> Bool {
        let attempt = try scrypt(password, salt: salt, cost: cost, byteCount: hash.count)
        return constantTimeEqual(attempt.span, hash.span)
    }
}

/// What a guess costs: `128 · N · r` bytes of memory, and time in proportion to `N · r · p`.
public struct ScryptCost: Hashable, Sendable {
    /// The binary logarithm of `N`.
    public let log2N: UInt8
    /// `r`.
    public let blockSize: UInt32
    /// `p`.
    public let parallelism: UInt32

    /// `N` = 2¹⁷, `r` = 8, `p` = 1: 128 MiB, as the OWASP Password Storage Cheat Sheet recommends.
    public static let standard = ScryptCost(log2N: 17, blockSize: 8, parallelism: 1)!

    /// Nil for costs that scrypt does not allow, or that take more than 1 GiB.
    public init?(log2N: UInt8, blockSize: UInt32, parallelism: UInt32) {
        guard (1...23).contains(log2N), (1...64).contains(blockSize), (1...64).contains(parallelism),
            UInt64(blockSize) << (UInt64(log2N) + 7) <= 1 << 30
        else { return nil }
        (self.log2N, self.blockSize, self.parallelism) = (log2N, blockSize, parallelism)
    }

    /// `ln=17,r=8,p=1`.
    fileprivate init?(parameters text: some StringProtocol) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        func value<Number: FixedWidthInteger>(_ index: Int, _ name: String) -> Number? {
            guard parts[index].hasPrefix(name) else { return nil }
            return Number(parts[index].dropFirst(name.count))
        }
        guard parts.count == 3, let log2N: UInt8 = value(0, "ln="), let r: UInt32 = value(1, "r="),
            let p: UInt32 = value(2, "p=")
        else { return nil }
        self.init(log2N: log2N, blockSize: r, parallelism: p)
    }
}

/// Derives bytes from a password (RFC 7914 §6).
func scrypt(
    _ password: SecretBytes, salt: [UInt8], cost: ScryptCost, byteCount: Int
) throws(CryptographyError) -> [UInt8] {
    guard let algorithm = EVP_KDF_fetch(nil, "SCRYPT", nil) else { throw .queued("find scrypt") }
    defer { EVP_KDF_free(algorithm) }
    guard let context = EVP_KDF_CTX_new(algorithm) else { throw .queued("begin scrypt") }
    defer { EVP_KDF_CTX_free(context) }
    var derived = [UInt8](repeating: 0, count: byteCount)
    var salt = salt
    let (n, r, p) = (UInt64(1) << UInt64(cost.log2N), UInt64(cost.blockSize), UInt64(cost.parallelism))
    // OpenSSL's own bound is 32 MiB, below the memory that these costs are for. Parameters point at their numbers.
    var numbers = [n, r, p, 128 * r * (n + p + 2)]
    let done = password.withSpan { (bytes) in
        bytes.withPointer { (pointer, count) in
            salt.withUnsafeMutableBytes { (salt) in
                numbers.withUnsafeMutableBufferPointer { (numbers) in
                    let base = numbers.baseAddress!
                    var parameters = [
                        OSSL_PARAM_construct_octet_string(
                            parameterName("pass"), UnsafeMutableRawPointer(mutating: pointer), count),
                        OSSL_PARAM_construct_octet_string(parameterName("salt"), salt.baseAddress, salt.count),
                        OSSL_PARAM_construct_uint64(parameterName("n"), base + 0),
                        OSSL_PARAM_construct_uint64(parameterName("r"), base + 1),
                        OSSL_PARAM_construct_uint64(parameterName("p"), base + 2),
                        OSSL_PARAM_construct_uint64(parameterName("maxmem_bytes"), base + 3),
                        OSSL_PARAM_construct_end(),
                    ]
                    return EVP_KDF_derive(context, &derived, byteCount, &parameters)
                }
            }
        }
    }
    guard done == 1 else { throw .queued("compute scrypt") }
    return derived
}
