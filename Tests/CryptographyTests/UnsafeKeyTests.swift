import Cryptography
import Encoding
import TestSupport
import Testing

/// Ed25519 public keys that no generator makes, and under which signatures prove nothing.
@Suite struct UnsafeKeyTests {
    /// The encodings of the eight points of small order: Table 5 of K. Chalkias, F. Garillot, V. Nikolaenko, "Taming the
    /// many EdDSAs", 2020. Their orders are 1, 2, 4, 4, 8, 8, 8 and 8.
    static let smallOrder = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ]

    /// Further encodings of points of small order, which implementations take that don't reduce y or look at the sign of
    /// x = 0. Same source.
    static let smallOrderNotCanonical = [
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ]

    /// Every y from p to 2²⁵⁵ − 1, with both signs of x (RFC 8032 §5.1.3).
    static let notReduced = (0xED...0xFF).flatMap { (low) in
        [0x7F, 0xFF].map { hexadecimal([UInt8(low)] + [UInt8](repeating: 0xFF, count: 30) + [$0]) }
    }

    /// The DER SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 §4).
    static func subjectPublicKeyInfo(_ point: String) -> [UInt8] {
        bytes("302a300506032b6570032100" + point)
    }

    static func bytes(_ hexadecimal: String) -> [UInt8] {
        var rest = hexadecimal[...]
        return (0..<hexadecimal.count / 2).map { (_) in
            defer { rest = rest.dropFirst(2) }
            return UInt8(rest.prefix(2), radix: 16)!
        }
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { (byte) in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    private static func isRefusedAsUnsafe(_ point: String) -> Bool {
        do throws(CryptographyError) {
            _ = try PublicKey(subjectPublicKeyInfo: subjectPublicKeyInfo(point).span)
            return false
        } catch {
            if case .unsafeKey = error { return true }
            return false
        }
    }

    @Test(arguments: smallOrder + smallOrderNotCanonical + notReduced)
    func `a key of small order or in a second encoding is refused`(point: String) {
        #expect(Self.isRefusedAsUnsafe(point))
    }

    @Test(arguments: smallOrder) func `PEM is no way around that`(point: String) async throws {
        let der = Self.subjectPublicKeyInfo(point)
        let pem = try await opensslPublicKey(der)
        #expect(throws: CryptographyError.self) { try PublicKey(pem: Array(pem.utf8).span) }
    }

    /// The neighbours of what is refused, and the public keys of RFC 8032 §7.1.
    @Test(arguments: [
        "0300000000000000000000000000000000000000000000000000000000000000",
        "eaffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eaffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    ]) func `every other key is taken`(point: String) throws {
        let der = Self.subjectPublicKeyInfo(point)
        #expect(try PublicKey(subjectPublicKeyInfo: der.span).subjectPublicKeyInfo == der)
    }
}

/// What `openssl` makes of the DER: it takes any 32 bytes for an Ed25519 key.
private func opensslPublicKey(_ der: [UInt8]) async throws -> String {
    let directory = TemporaryDirectory()
    try directory.write(der, to: "key.der")
    return try await openssl("pkey", "-pubin", "-inform", "DER", "-in", directory.path("key.der"), "-pubout")
}
