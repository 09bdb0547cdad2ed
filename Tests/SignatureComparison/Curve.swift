import COpenSSL
import Encoding

/// P-256 (SEC 2 §2.4.2), by libcrypto's general functions.
public enum Curve {
    /// *n*, the order of the generator.
    public static let order = Number(
        hexadecimal: "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551")
    /// The greatest *s* of a token: half the order, rounded down.
    public static let half = Number(
        hexadecimal: "7FFFFFFF800000007FFFFFFFFFFFFFFFDE737D56D38BCF4279DCE5617E3192A8")
    /// *p*, over whose field it is defined.
    public static let prime = Number(
        hexadecimal: "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF")

    // A constant that is only read.
    nonisolated(unsafe) fileprivate static let group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)!
}

/// A point of the curve, or the point at infinity.
public struct Point: @unchecked Sendable {
    /// Never changed after it is made.
    final class Storage {
        let pointer: OpaquePointer
        init() { pointer = EC_POINT_new(Curve.group)! }
        deinit { EC_POINT_free(pointer) }
    }

    private let storage = Storage()

    /// *g*·G.
    public init(_ g: Number) {
        precondition(EC_POINT_mul(Curve.group, storage.pointer, g.pointer, nil, nil, nil) == 1)
    }

    /// *g*·G + *q*·Q.
    public init(_ g: Number, _ q: Number, _ point: Point) {
        precondition(
            EC_POINT_mul(Curve.group, storage.pointer, g.pointer, point.storage.pointer, q.pointer, nil) == 1)
    }

    /// One with that x, or nil where there is none.
    public init?(x: Number) {
        guard EC_POINT_set_compressed_coordinates(Curve.group, storage.pointer, x.pointer, 0, nil) == 1 else {
            ERR_clear_error()
            return nil
        }
    }

    /// Nil for the point at infinity.
    public var x: Number? {
        guard EC_POINT_is_at_infinity(Curve.group, storage.pointer) == 0 else { return nil }
        let x = Number(0)
        precondition(EC_POINT_get_affine_coordinates(Curve.group, storage.pointer, x.pointer, nil, nil) == 1)
        return x
    }

    /// As the key of signatures, in DER (RFC 5480 §2).
    public var subjectPublicKeyInfo: [UInt8] {
        var point = [UInt8](repeating: 0, count: 65)
        let count = EC_POINT_point2oct(
            Curve.group, storage.pointer, POINT_CONVERSION_UNCOMPRESSED, &point, point.count, nil)
        precondition(count == point.count, "the point at infinity is no key")
        return Self.prefix + point
    }

    private static let prefix: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
        0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ]
}
