/// Base64 (RFC 4648 §4), read strictly: each sequence of bytes has exactly one text.
package enum Base64 {
    /// With padding, as `data:` URLs and the hashes of a Content-Security-Policy are written.
    package static func encode(_ bytes: Span<UInt8>) -> String {
        let text = Base64Alphabet.standard.encode(bytes)
        return text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    }

    /// Without padding, as the PHC string format writes it.
    package static func encodeUnpadded(_ bytes: Span<UInt8>) -> String { Base64Alphabet.standard.encode(bytes) }

    package static func decodeUnpadded(_ text: some StringProtocol) throws(Base64Error) -> [UInt8] {
        var bytes: [UInt8] = []
        try Base64Alphabet.standard.decode(Array(text.utf8).span, appendingTo: &bytes)
        return bytes
    }
}

/// Base64url without padding (RFC 4648 §5), read strictly: each sequence of bytes has exactly one text.
package enum Base64URL {
    private static let alphabet = Base64Alphabet.url

    package static func isLetter(_ byte: UInt8) -> Bool { alphabet.values[Int(byte)] != Base64Alphabet.noValue }

    /// Whether every byte is a letter of the alphabet.
    package static func hasOnlyLetters(_ text: Span<UInt8>) -> Bool {
        // Each use of a global asks whether it was initialized.
        let values = alphabet.values
        return text.indices.allSatisfy { values[Int(text[$0])] != Base64Alphabet.noValue }
    }

    /// The number of letters that so many bytes are written with.
    package static func encodedCount(of count: Int) -> Int { Base64Alphabet.encodedCount(of: count) }

    package static func encode(_ bytes: Span<UInt8>) -> String { alphabet.encode(bytes) }

    /// Appends the decoded bytes.
    package static func decode(_ text: Span<UInt8>, appendingTo bytes: inout [UInt8]) throws(Base64Error) {
        try alphabet.decode(text, appendingTo: &bytes)
    }
}

/// Why a text isn't base64.
public enum Base64Error: Error, Hashable, Sendable {
    /// A byte that isn't a letter of the alphabet, such as padding or white space.
    case notInAlphabet(offset: Int)
    /// No number of bytes encodes to that many letters.
    case impossibleLength
    /// The unused bits of the last letter are not zero.
    case trailingBits
}

extension Base64Error: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notInAlphabet(let offset): "character \(offset + 1) is not in the base64 alphabet"
        case .impossibleLength: "its last character is missing or one too many"
        case .trailingBits: "its last character was changed"
        }
    }
}

/// The 64 letters and their values.
private struct Base64Alphabet {
    static let noValue: UInt8 = 0xFF
    static let standard = Base64Alphabet(lastLetters: "+/")
    static let url = Base64Alphabet(lastLetters: "-_")

    let letters: [UInt8]
    /// The value of each byte. A table, so that the time of decoding a token does not depend on its letters' classes;
    /// tokens are not secret from the server that decodes them, so cache timing is not a concern.
    let values: InlineArray<256, UInt8>

    private init(lastLetters: String) {
        letters = Array(("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + lastLetters).utf8)
        var values = InlineArray<256, UInt8>(repeating: Self.noValue)
        for (value, letter) in letters.enumerated() { values[Int(letter)] = UInt8(value) }
        self.values = values
    }

    static func encodedCount(of count: Int) -> Int { (count * 4 + 2) / 3 }

    func encode(_ bytes: Span<UInt8>) -> String {
        String(unsafeUninitializedCapacity: Self.encodedCount(of: bytes.count)) { (output) in
            letters.withUnsafeBufferPointer { (letters) in
                var position = 0
                var pending: UInt32 = 0
                var bits = 0
                for index in bytes.indices {
                    pending = pending << 8 | UInt32(bytes[index])
                    bits += 8
                    while bits >= 6 {
                        bits -= 6
                        output[position] = letters[Int(pending >> bits & 0x3F)]
                        position += 1
                    }
                }
                if bits > 0 {
                    output[position] = letters[Int(pending << (6 - bits) & 0x3F)]
                    position += 1
                }
                return position
            }
        }
    }

    func decode(_ text: Span<UInt8>, appendingTo bytes: inout [UInt8]) throws(Base64Error) {
        guard text.count % 4 != 1 else { throw .impossibleLength }
        let values = values
        try bytes.append(addingCapacity: text.count * 3 / 4) { (decoded) throws(Base64Error) in
            var pending: UInt32 = 0
            var bits = 0
            for index in text.indices {
                let value = values[Int(text[index])]
                guard value != Self.noValue else { throw .notInAlphabet(offset: index) }
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
