import Cryptography
import Encoding
import Foundation
import TestSupport
import Testing

/// Signatures that others make, checked as JSON Web Signatures are.
@Suite struct WebKeyTests {
    /// Keys and signatures of Python's `cryptography`, as hexadecimal text.
    private static let script = """
        import json, sys
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
        message = b"a.b"
        def number(n, size=None): return n.to_bytes(size or (n.bit_length() + 7) // 8, "big").hex()
        found = []
        for bits in (2048, 3072, 1024):
            key = rsa.generate_private_key(65537, bits)
            public = key.public_key().public_numbers()
            found.append(["RS256", number(public.n), number(public.e),
                          key.sign(message, padding.PKCS1v15(), hashes.SHA256()).hex()])
        for _ in range(24):
            key = ec.generate_private_key(ec.SECP256R1())
            public = key.public_key().public_numbers()
            r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
            found.append(["ES256", number(public.x, 32), number(public.y, 32), number(r, 32) + number(s, 32)])
        key = ed25519.Ed25519PrivateKey.generate()
        raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        found.append(["EdDSA", raw.hex(), "", key.sign(message).hex()])
        json.dump(found, sys.stdout)
        """

    private func bytes(_ hexadecimal: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = hexadecimal[...]
        while rest.count >= 2 {
            bytes.append(UInt8(rest.prefix(2), radix: 16)!)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    @Test func `signatures of another implementation are valid, and changed ones are not`() async throws {
        let text = try await ChildProcess.output(of: "/usr/bin/python3", ["-c", Self.script])
        let found = try JSONDecoder().decode([[String]].self, from: Data(text.utf8))
        #expect(found.count == 28)
        for entry in found {
            let (first, second, signature) = (bytes(entry[1]), bytes(entry[2]), bytes(entry[3]))
            let key: WebKey? =
                switch entry[0] {
                case "RS256": WebKey(rsa: first, exponent: second)
                case "ES256": WebKey(p256: first, second)
                default: WebKey(ed25519: first)
                }
            // RSA keys of 1024 bits are refused.
            guard first.count != 128 else {
                #expect(key == nil)
                continue
            }
            let known = try #require(key)
            let message = Array("a.b".utf8)
            #expect(known.algorithm.rawValue == entry[0] && known.isValidSignature(signature, for: message))
            #expect(!known.isValidSignature(signature, for: Array("a.c".utf8)))
            for index in [0, signature.count / 2, signature.count - 1] {
                var changed = signature
                changed[index] ^= 1
                #expect(!known.isValidSignature(changed, for: message))
            }
            for other in [
                [], Array(signature.dropLast()), signature + [0], [UInt8](repeating: 0, count: signature.count),
            ] {
                #expect(!known.isValidSignature(other, for: message))
            }
        }
    }

    @Test func `what is no key is none, and a point beside the curve signs nothing`() throws {
        #expect(WebKey(p256: [], []) == nil && WebKey(ed25519: [1]) == nil && WebKey(rsa: [], exponent: [3]) == nil)
        #expect(WebKey(rsa: [UInt8](repeating: 0xFF, count: 1025), exponent: [3]) == nil)
        let point = [UInt8](repeating: 7, count: 32)
        let beside = try #require(WebKey(p256: point, point))
        #expect(!beside.isValidSignature([UInt8](repeating: 1, count: 64), for: []))
    }
}
