import Cryptography
import Encoding
import Foundation
import SignatureComparison
import TestSupport
import Testing

/// A prepared P-256 key accepts exactly the signatures that OpenSSL accepts.
@Suite struct SignatureComparisonTests {
    /// Made of Project Wycheproof's, as the file says.
    private struct Vectors: Decodable {
        struct File: Decodable {
            var groups: [Group]
        }

        struct Group: Decodable {
            var publicKey: String
            var tests: [Vector]
        }

        struct Vector: Decodable {
            var id: Int
            var comment, message, signature: String
            var isValid: Bool
        }

        var files: [File]

        static func load() throws -> Vectors {
            let name = "Vectors/wycheproof-ecdsa-p256-sha256.json"
            let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: name)
            return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
        }
    }

    @Test func `Wycheproof's vectors are accepted and refused as they say, by both`() throws {
        var (valid, invalid, lowValid) = (0, 0, 0)
        for group in try Vectors.load().files.flatMap(\.groups) {
            let encoded = bytes(group.publicKey)
            let verifiers = try Verifiers(encoded)
            let (plain, prepared) = (
                try PublicKey(subjectPublicKeyInfo: encoded.span), try PublicKey(subjectPublicKeyInfo: encoded.span)
            )
            prepared.prepare()
            #expect(prepared.isPrepared && !plain.isPrepared)
            for vector in group.tests {
                let (message, encodedSignature) = (bytes(vector.message), bytes(vector.signature))
                guard let signature = Signature(encodedSignature.span) else {
                    #expect(!vector.isValid, "\(vector)")
                    invalid += 1
                    continue
                }
                let digest = SHA256.hash(message.span)
                let verdict = try verifiers.verdict(encodedSignature, digest: digest.indices.map { digest[$0] })
                #expect(verdict == vector.isValid, "\(vector)")
                // Tokens have the lower half of s alone.
                let isLow = Number(Array(encodedSignature[32...])) <= Curve.half
                #expect(try plain.isValidSignature(signature, for: message.span) == (verdict && isLow), "\(vector)")
                #expect(try prepared.isValidSignature(signature, for: message.span) == (verdict && isLow), "\(vector)")
                if vector.isValid { valid += 1 } else { invalid += 1 }
                if vector.isValid && isLow { lowValid += 1 }
            }
        }
        #expect((valid, invalid, lowValid) == (347, 164, 206))
    }

    @Test func `100,000 random and changed signatures are judged alike`() async throws {
        let count = 100_000
        let seed = UInt64.random(in: 0 ... .max)
        let comparison = try SignatureComparison()
        let valid = try await withThrowingTaskGroup(of: Int.self) { (group) in
            for part in 0..<4 as Range<UInt64> {
                group.addTask {
                    var random = SeededGenerator(seed: seed &+ part)
                    return try comparison.compare(count / 4, &random)
                }
            }
            return try await group.reduce(0, +)
        }
        // Verdicts that are all the same would compare nothing.
        #expect(count / 4...count / 2 ~= valid, "seed \(seed)")
    }

    private static let edges: [Number] = {
        let (one, difference) = (Number(1), Curve.prime - Curve.order)
        return [
            Number(0), one, Number(2), Curve.half, Curve.half + one, Curve.order - one, Curve.order, Curve.order + one,
            difference - one, difference, difference + one, Curve.prime - one, Curve.prime,
            Number([UInt8](repeating: 0xFF, count: 32)),
        ]
    }()

    @Test func `r and s at their bounds are judged alike, whatever the digest and the key`() throws {
        for privateKey in [Number(1), Number(7), Curve.order - Number(1)] {
            let verifiers = try Verifiers(Point(privateKey).subjectPublicKeyInfo)
            for r in Self.edges {
                for s in Self.edges {
                    let isInRange = [r, s].allSatisfy { !$0.isZero && $0 < Curve.order }
                    // One is such that u₁·G = −u₂·Q, and the other is anything.
                    let infinite = (Number(0) - r * privateKey).reduced(by: Curve.order)
                    for digest in Self.edges + [infinite] {
                        let verdict = try verifiers.verdict(r.bytes! + s.bytes!, digest: digest.bytes!)
                        #expect(!verdict || isInRange)
                    }
                    #expect(try !verifiers.verdict(r.bytes! + s.bytes!, digest: infinite.bytes!))
                }
            }
        }
    }

    @Test func `the two products may be equal, one may be nothing, and their sum too`() throws {
        var random = SeededGenerator(seed: 1)
        for privateKey in [Number(1), Curve.order - Number(1)] + (0..<4).map({ (_) in scalar(&random) }) {
            let key = Point(privateKey)
            let verifiers = try Verifiers(key.subjectPublicKeyInfo)
            func verdict(_ u1: Number, _ u2: Number) throws -> Bool {
                let r = (Point(u1, u2, key).x ?? Number(5)).reduced(by: Curve.order)
                let s = r.divided(by: u2)
                return try verifiers.verdict(
                    r.bytes! + s.bytes!, digest: (u1 * s).reduced(by: Curve.order).bytes!)
            }
            for u2 in [Number(1), Curve.order - Number(1)] + (0..<4).map({ (_) in scalar(&random) }) {
                let equal = (u2 * privateKey).reduced(by: Curve.order)
                #expect(try verdict(equal, u2))
                #expect(try !verdict(Curve.order - equal, u2))
                #expect(try verdict(Number(0), u2))
                #expect(try verdict(scalar(&random), u2))
            }
        }
    }

    @Test func `an x of the order or more is compared as what it was reduced to`() throws {
        var random = SeededGenerator(seed: 2)
        let difference = Curve.prime - Curve.order
        // Points whose x is just above n, and just below p.
        let offsets = (0..<40).map { Number(UInt($0)) } + (1...40).map { difference - Number(UInt($0)) }
        var found = 0
        for offset in offsets {
            guard let sum = Point(x: Curve.order + offset), !offset.isZero else { continue }
            found += 1
            // Q such that u₁·G + u₂·Q is that point.
            let (u1, u2) = (scalar(&random), scalar(&random))
            let key = Point(
                (Number(0) - u1).reduced(by: Curve.order).divided(by: u2), Number(1).divided(by: u2), sum)
            let s = offset.divided(by: u2)
            let digest = (u1 * s).reduced(by: Curve.order)
            let verifiers = try Verifiers(key.subjectPublicKeyInfo)
            #expect(try verifiers.verdict(offset.bytes! + s.bytes!, digest: digest.bytes!), "\(offset)")
            // Not reduced it is out of range, though it is the x.
            #expect(try !verifiers.verdict((Curve.order + offset).bytes! + s.bytes!, digest: digest.bytes!))
        }
        #expect(found > 10)
    }

    @Test func `an x of 0 has no signature, not even by the number that is 0 modulo p`() throws {
        // Its r would be 0. p − n is the least r that can't have been n more.
        let sum = try #require(Point(x: Number(0)))
        let (u1, s, r) = (Number(3), Number(5), Curve.prime - Curve.order)
        let u2 = r.divided(by: s)
        let key = Point((Curve.order - u1).divided(by: u2), Number(1).divided(by: u2), sum)
        let verifiers = try Verifiers(key.subjectPublicKeyInfo)
        #expect(Point(u1, u2, key).x == Number(0))
        #expect(try !verifiers.verdict(r.bytes! + s.bytes!, digest: (u1 * s).reduced(by: Curve.order).bytes!))
    }

    private func scalar(_ random: inout SeededGenerator) -> Number {
        Number((0..<32).map { (_) in UInt8.random(in: 0...255, using: &random) }).reduced(by: Curve.order)
    }

    private func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal.utf8)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)!
        }
    }
}
