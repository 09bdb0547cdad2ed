import Cryptography
import Testing

@Suite struct DigestTests {
    /// FIPS 180-4 examples and the empty message.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `SHA-256 gives what FIPS 180-4 says`(message: String, digest: String) {
        #expect(hexadecimal(SHA256.hash(Array(message.utf8).span).span) == digest)
    }

    @Test func `a message hashed in pieces has the hash of the whole`() {
        let message = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for cut in [0, 1, 63, 64, 65, 999, 1000] {
            var hash = SHA256()
            hash.update(message.span.extracting(..<cut))
            hash.update(message.span.extracting(cut...))
            #expect(hexadecimal(hash.finalize().span) == hexadecimal(SHA256.hash(message.span).span))
        }
    }

    /// RFC 4231, test cases 1, 2 and 6.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0B, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func `HMAC-SHA-256 gives what RFC 4231 says`(key: [UInt8], message: String, tag: String) throws {
        let hmac = try HMACSHA256(key: SecretBytes(copying: key.span))
        for _ in 0..<2 { #expect(try hexadecimal(hmac.tag(for: Array(message.utf8).span).span) == tag) }
    }

    @Test func `comparison finds a difference in any byte and in length`() {
        let bytes = Array(UInt8(0)..<64)
        let (same, shorter) = (
            constantTimeEqual(bytes.span, bytes.span), constantTimeEqual(bytes.span, bytes.span.extracting(..<63))
        )
        #expect(same && !shorter)
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 0x80
            let differs = !constantTimeEqual(bytes.span, other.span)
            #expect(differs, "byte \(index)")
        }
    }

    @Test func `secrets don't print`() throws {
        let secret = SecretBytes(copying: Array("hunter2".utf8).span)
        let key = try PrivateKey.generate(.ed25519)
        let pem = try key.withPEM { (text) in text.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
        let body = pem.split(separator: "\n")[1]
        var dumped = ""
        dump((secret, key), to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), "\(key)", String(reflecting: key), dumped] {
            #expect(!text.contains("hunter2"))
            #expect(!text.contains(body))
        }
    }
}

func hexadecimal(_ bytes: Span<UInt8>) -> String {
    var text = ""
    for index in bytes.indices {
        text += bytes[index] < 16 ? "0" : ""
        text += String(bytes[index], radix: 16)
    }
    return text
}
