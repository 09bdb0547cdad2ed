import TestSupport
import Testing

@testable import Trust

@Suite struct BundleFuzzTests {
    /// Bytes that mean something in JSON, and some that don't.
    private static let telling =
        Array("{}[]\",:\\u0d8ef-+.019nultrsa \n".utf8) + [0x00, 0x7F, 0x80, 0xC2, 0xED, 0xF0, 0xFF]

    private static let documents = BundleVectors.shared.valid.map { (vector) in
        Array(vector.bundle.utf8.drop { $0 != UInt8(ascii: "\n") }.dropFirst())
    }

    /// A trap would end the process, and the seed of the last test that began repeats it.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func `a document that was changed at random is read or refused, and what is read can be written again`(
        seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            var bytes = Self.documents.randomElement(using: &generator)!
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = Self.telling.randomElement(using: &generator)!
                case 1: bytes.insert(Self.telling.randomElement(using: &generator)!, at: place)
                case 2:
                    bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...40, using: &generator)))
                default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 60)], at: place)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            guard let bundle = try? BundleDocument.bundle(bytes, from: 0) else { continue }
            let again = try BundleDocument.bundle(try BundleDocument.json(of: bundle), from: 0)
            #expect(again.saysTheSame(as: bundle) && again.sequence == bundle.sequence, "seed \(seed)")
        }
    }
}
