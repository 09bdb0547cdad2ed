/// The encodings of Ed25519 public keys under which a signature proves nothing.
///
/// OpenSSL takes any 32 bytes for a key. Under a point of small order anyone can forge: with the neutral element as the
/// key, one signature is valid for every message. A coordinate that is not reduced gives a key a second encoding, and so
/// a second ID. RFC 8032 §5.1.3 refuses the latter; the former are those of D. J. Bernstein's list for Curve25519, in the
/// coordinates of Ed25519, as K. Chalkias, F. Garillot and V. Nikolaenko have them in "Taming the many EdDSAs" (2020).
enum Ed25519Point {
    /// *p* = 2²⁵⁵ − 19, little-endian as every number of Ed25519.
    private static let p = coordinate(low: 0xED, fill: 0xFF, high: 0x7F)

    /// The *y* of the eight points whose order divides 8. Each is that of two points, whose *x* differs in sign; so the
    /// sign needs no look, and the encodings of *x* = 0 with the sign of a negative number are refused as well.
    private static let smallOrder: [[UInt8]] = [
        // Orders 4, 1 and 2: 0, 1 and −1.
        coordinate(low: 0, fill: 0, high: 0), coordinate(low: 1, fill: 0, high: 0),
        coordinate(low: 0xEC, fill: 0xFF, high: 0x7F),
        // Order 8: a number and its negative.
        [
            0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0,
            0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
        ],
        [
            0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F,
            0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
        ],
    ]

    private static func coordinate(low: UInt8, fill: UInt8, high: UInt8) -> [UInt8] {
        [low] + [UInt8](repeating: fill, count: 30) + [high]
    }

    /// - Parameter encoding: the 32 bytes of a public key (RFC 8032 §5.1.2).
    /// - Throws: ``CryptographyError/unsafeKey(reason:)``.
    static func check(_ encoding: some Collection<UInt8>) throws(CryptographyError) {
        var y = Array(encoding)
        // The highest bit is the sign of x.
        y[y.count - 1] &= 0x7F
        guard y.reversed().lexicographicallyPrecedes(p.reversed()) else {
            throw .unsafeKey(reason: "its y coordinate is not less than 2^255 - 19 (RFC 8032 section 5.1.3)")
        }
        guard !smallOrder.contains(y) else {
            throw .unsafeKey(reason: "it is a point of small order, under which anyone can forge signatures")
        }
    }
}
