import Encoding
import Foundation
import TestSupport
import Testing

@Suite struct Base64Tests {
    @Test func `any bytes are written as Foundation writes them, and read back`() throws {
        var random = SeededGenerator(seed: 1)
        for count in 0..<70 {
            let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let expected = Data(bytes).base64EncodedString()
            let unpadded = expected.replacing("=", with: "")
            #expect(Base64.encode(bytes.span) == expected)
            #expect(Base64.encodeUnpadded(bytes.span) == unpadded)
            #expect(try Base64.decodeUnpadded(unpadded) == bytes)
            let text = Base64URL.encode(bytes.span)
            #expect(text == unpadded.replacing("+", with: "-").replacing("/", with: "_"))
            #expect(text.utf8.count == Base64URL.encodedCount(of: count))
            var read: [UInt8] = [7]
            try Base64URL.decode(Array(text.utf8).span, appendingTo: &read)
            #expect(read == [7] + bytes)
        }
    }

    @Test(arguments: [
        ("Zg==", Base64Error.notInAlphabet(offset: 2)), ("Zm 9", .notInAlphabet(offset: 2)),
        ("Z-", .notInAlphabet(offset: 1)), ("Z", .impossibleLength), ("Zm9vY", .impossibleLength),
        ("Zh", .trailingBits), ("Zm9", .trailingBits),
    ])
    func `a second text for the same bytes is refused`(text: String, error: Base64Error) {
        #expect(throws: error) { try Base64.decodeUnpadded(text) }
    }
}
