import COpenSSL
import Encoding

/// A number of any size, for composing signatures.
///
/// Running out of memory and dividing by zero trap.
public struct Number: @unchecked Sendable {
    /// Never changed after it is made.
    final class Storage {
        let pointer: OpaquePointer
        init() { pointer = BN_new()! }
        deinit { BN_free(pointer) }
    }

    let storage = Storage()
    var pointer: OpaquePointer { storage.pointer }

    private init(_ compute: (OpaquePointer, OpaquePointer) -> CInt) {
        let context = BN_CTX_new()!
        defer { BN_CTX_free(context) }
        precondition(compute(storage.pointer, context) == 1)
    }

    public init(_ bytes: [UInt8]) {
        self.init { (result, _) in BN_bin2bn(bytes, CInt(bytes.count), result) != nil ? 1 : 0 }
    }

    public init(_ value: UInt) { self.init { (result, _) in BN_set_word(result, value) } }

    public init(hexadecimal: String) {
        self.init { (result, _) in
            var pointer: OpaquePointer? = result
            return BN_hex2bn(&pointer, hexadecimal) > 0 ? 1 : 0
        }
    }

    /// The number in 32 bytes, or nil where it is negative or needs more.
    public var bytes: [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 32)
        guard BN_is_negative(pointer) == 0, BN_bn2binpad(pointer, &bytes, 32) == 32 else { return nil }
        return bytes
    }

    public static func + (lhs: Number, rhs: Number) -> Number {
        Number { (result, _) in BN_add(result, lhs.pointer, rhs.pointer) }
    }

    public static func - (lhs: Number, rhs: Number) -> Number {
        Number { (result, _) in BN_sub(result, lhs.pointer, rhs.pointer) }
    }

    public static func * (lhs: Number, rhs: Number) -> Number {
        Number { (result, context) in BN_mul(result, lhs.pointer, rhs.pointer, context) }
    }

    public func reduced(by modulus: Number) -> Number {
        Number { (result, context) in BN_nnmod(result, pointer, modulus.pointer, context) }
    }

    /// The quotient modulo the order of P-256.
    public func divided(by divisor: Number) -> Number {
        let inverse = Number { (result, context) in
            BN_mod_inverse(result, divisor.pointer, Curve.order.pointer, context) != nil ? 1 : 0
        }
        return (self * inverse).reduced(by: Curve.order)
    }

    public var isZero: Bool { BN_is_zero(pointer) == 1 }
}

extension Number: Comparable {
    public static func < (lhs: Number, rhs: Number) -> Bool { BN_cmp(lhs.pointer, rhs.pointer) < 0 }
    public static func == (lhs: Number, rhs: Number) -> Bool { BN_cmp(lhs.pointer, rhs.pointer) == 0 }
}

extension Number: CustomStringConvertible {
    /// Hexadecimal.
    public var description: String {
        let text = BN_bn2hex(pointer)!
        defer { CRYPTO_free(text, nil, 0) }
        return String(cString: text)
    }
}
