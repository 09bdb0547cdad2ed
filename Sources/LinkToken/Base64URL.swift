/// Strict base64url without padding (RFC 4648 §5): exactly one text for any bytes.
package enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The value of each byte, or 0xFF. A table, so that the time of decoding a token does not depend on its letters'
    /// classes; tokens are not secret from the server that decodes them, so caches are no concern.
    private static let values: InlineArray<256, UInt8> = {
        var values = InlineArray<256, UInt8>(repeating: 0xFF)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    static func isLetter(_ byte: UInt8) -> Bool { values[Int(byte)] != 0xFF }

    /// Whether every byte is a letter of the alphabet.
    package static func hasOnlyLetters(_ text: Span<UInt8>) -> Bool {
        // Each use of a global asks whether it was initialized.
        let values = values
        return text.indices.allSatisfy { values[Int(text[$0])] != 0xFF }
    }

    package static func encodedCount(of count: Int) -> Int { (count * 4 + 2) / 3 }

    package static func encode(_ bytes: Span<UInt8>) -> String {
        String(unsafeUninitializedCapacity: encodedCount(of: bytes.count)) { (output) in
            alphabet.withUnsafeBufferPointer { (alphabet) in
                var position = 0
                var pending: UInt32 = 0
                var bits = 0
                for index in bytes.indices {
                    pending = pending << 8 | UInt32(bytes[index])
                    bits += 8
                    while bits >= 6 {
                        bits -= 6
                        output[position] = alphabet[Int(pending >> bits & 0x3F)]
                        position += 1
                    }
                }
                if bits > 0 {
                    output[position] = alphabet[Int(pending << (6 - bits) & 0x3F)]
                    position += 1
                }
                return position
            }
        }
    }

    /// Appends the decoded bytes.
    package static func decode(_ text: Span<UInt8>, appendingTo bytes: inout [UInt8]) throws(TextFault) {
        guard text.count % 4 != 1 else { throw .impossibleLength }
        let values = values
        try bytes.append(addingCapacity: text.count * 3 / 4) { (decoded) throws(TextFault) in
            var pending: UInt32 = 0
            var bits = 0
            for index in text.indices {
                let value = values[Int(text[index])]
                guard value != 0xFF else { throw .notInAlphabet(offset: index) }
                pending = pending << 6 | UInt32(value)
                bits += 6
                if bits >= 8 {
                    bits -= 8
                    decoded.append(UInt8(truncatingIfNeeded: pending >> bits))
                }
            }
            guard pending & (1 << bits - 1) == 0 else { throw .trailingBits }
        }
    }
}

/// What is wrong with the text of a token or a session receipt.
public enum TextFault: Error, Hashable, Sendable {
    case empty
    case tooLong(count: Int)
    /// A byte that is no letter of base64url: padding and white space among them.
    case notInAlphabet(offset: Int)
    /// No number of bytes encodes to that many letters.
    case impossibleLength
    /// The unused bits of the last letter are not zero.
    case trailingBits
}

extension TextFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "it is empty"
        case .tooLong(let count): "it is \(count) characters long"
        case .notInAlphabet(let offset): "character \(offset + 1) is not of the base64url alphabet"
        case .impossibleLength: "its last character is missing or one too many"
        case .trailingBits: "its last character was changed"
        }
    }
}
