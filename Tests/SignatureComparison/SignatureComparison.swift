import Cryptography
import Encoding

/// Makes a signature of arbitrary bytes, and compares what two verifiers say of it.
///
/// Random bytes are no valid signature in this universe. So most inputs give the numbers that a valid one is composed of,
/// and what is then changed in it.
public struct SignatureComparison: Sendable {
    private struct Subject: Sendable {
        let privateKey: Number
        let point: Point
        let verifiers: Verifiers
    }

    private let subjects: [Subject]

    /// - Throws: ``CryptographyError`` where there are no tables.
    public init() throws {
        // 1 makes Q equal to G, and n − 1 to its negative.
        let ordinary = Number(hexadecimal: "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
        subjects = try [ordinary, Number(1), Curve.order - Number(1), Number(2)].map {
            let point = Point($0)
            return Subject(
                privateKey: $0, point: point, verifiers: try Verifiers(point.subjectPublicKeyInfo))
        }
    }

    /// How many bytes of an input count.
    public static let inputCount = 100

    /// - Parameter input: bytes that it lacks are zero.
    /// - Returns: whether the signature was valid, by both.
    /// - Throws: ``Verifiers/Disagreement``.
    public func compare(_ input: [UInt8]) throws -> Bool {
        func byte(_ index: Int) -> Int { index < input.count ? Int(input[index]) : 0 }
        func bytes(_ index: Int) -> [UInt8] { (index..<index + 32).map { UInt8(byte($0)) } }
        func scalar(_ index: Int) -> Number { Number(bytes(index)).reduced(by: Curve.order) }

        let subject = subjects[byte(0) % subjects.count]
        var (digest, r, s) = (Number(bytes(4)), Number(bytes(36)), Number(bytes(68)))
        switch byte(0) >> 2 & 7 {
        case 0: break
        case 1:
            (digest, r, s) = (boundary(byte(4)), boundary(byte(36)), boundary(byte(68)))
        case 2, 3:
            // Signed, with a nonce of the input.
            let nonce = scalar(36)
            guard let x = Point(nonce).x else { break }
            r = x.reduced(by: Curve.order)
            s = (digest + r * subject.privateKey).divided(by: nonce)
        default:
            // The other way round: from u₁ and u₂ to what they belong to.
            let u2 = byte(1) & 8 == 0 ? scalar(36) : boundary(byte(36)).reduced(by: Curve.order)
            guard !u2.isZero else { break }
            let u1 = multiplier(byte(1), of: u2 * subject.privateKey, otherwise: scalar(4))
            // Where the sum is the point at infinity, r is the input's.
            if let x = Point(u1, u2, subject.point).x { r = x.reduced(by: Curve.order) }
            s = r.divided(by: u2)
            digest = (u1 * s).reduced(by: Curve.order)
        }
        change(&digest, &r, &s, byte(2), byte(3))
        guard let digest = digest.bytes, let r = r.bytes, let s = s.bytes else { return false }
        return try subject.verifiers.verdict(r + s, digest: digest)
    }

    /// *u₁* such that *u₁*·G is zero, *u₂*·Q, its negative, or anything.
    private func multiplier(_ choice: Int, of logarithm: Number, otherwise: Number) -> Number {
        switch choice & 7 {
        case 0: Number(0)
        case 1: logarithm.reduced(by: Curve.order)
        case 2: (Number(0) - logarithm).reduced(by: Curve.order)
        default: otherwise
        }
    }

    private func change(_ digest: inout Number, _ r: inout Number, _ s: inout Number, _ choice: Int, _ bit: Int) {
        func flip(_ number: inout Number) {
            guard var bytes = number.bytes else { return }
            bytes[bit >> 3] ^= 1 << (bit & 7)
            number = Number(bytes)
        }
        switch choice & 15 {
        case 0: flip(&digest)
        case 1: flip(&r)
        case 2: flip(&s)
        case 3, 4, 5: s = Curve.order - s
        case 6: r = Curve.order - r
        case 7: r = r + Curve.order
        case 8: s = s + Curve.order
        case 9: (r, s) = (s, r)
        case 10: digest = digest + Curve.order
        default: break
        }
    }

    /// Numbers next to which verifiers have gone wrong.
    private func boundary(_ choice: Int) -> Number {
        let (one, two) = (Number(1), Number(2))
        return switch choice & 15 {
        case 0: Number(0)
        case 1: one
        case 2: two
        case 3: Curve.order - one
        case 4: Curve.order
        case 5: Curve.order + one
        case 6: Curve.prime - Curve.order - one
        case 7: Curve.prime - Curve.order
        case 8: Curve.prime - Curve.order + one
        case 9: Curve.prime - one
        case 10: Curve.prime
        case 11: (Curve.order - one).divided(by: two)
        case 12: (Curve.order + one).divided(by: two)
        case 13: Number([UInt8](repeating: 0xFF, count: 32))
        case 14: Number([1] + [UInt8](repeating: 0, count: 16))
        default: Number(UInt(choice))
        }
    }
}

extension SignatureComparison {
    /// Compares random inputs.
    ///
    /// - Returns: how many signatures were valid, by both.
    /// - Throws: ``Verifiers/Disagreement``.
    public func compare(_ count: Int, _ random: inout some RandomNumberGenerator) throws -> Int {
        var valid = 0
        for _ in 0..<count {
            let input = (0..<Self.inputCount).map { (_) in UInt8.random(in: 0...255, using: &random) }
            if try compare(input) { valid += 1 }
        }
        return valid
    }
}
