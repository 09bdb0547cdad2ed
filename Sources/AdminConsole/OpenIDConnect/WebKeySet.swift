import Cryptography
import Encoding
import FoundationEssentials

/// The keys that a provider signs with, as it publishes them (RFC 7517 §5). Keys of other kinds are left out.
struct WebKeySet: Decodable, Sendable {
    let keys: [(id: String?, key: WebKey)]

    private struct Member: Decodable {
        let kty: String
        let use, kid, alg, crv, x, y, n, e: String?

        var key: WebKey? {
            guard use ?? "sig" == "sig" else { return nil }
            let key: WebKey? =
                switch (kty, crv) {
                case ("EC", "P-256"): WebKey(p256: bytes(x), bytes(y))
                case ("OKP", "Ed25519"): WebKey(ed25519: bytes(x))
                case ("RSA", _): WebKey(rsa: bytes(n), exponent: bytes(e))
                default: nil
                }
            return alg == nil || alg == key?.algorithm.rawValue ? key : nil
        }

        /// Some providers write a zero byte before a coordinate, and some leave one out.
        private func bytes(_ text: String?) -> [UInt8] {
            var bytes: [UInt8] = []
            try? Base64URL.decode(Array((text ?? "").utf8).span, appendingTo: &bytes)
            guard kty == "EC" else { return bytes }
            let digits = bytes.drop { $0 == 0 }
            return [UInt8](repeating: 0, count: max(0, 32 - digits.count)) + digits
        }
    }

    private enum CodingKeys: CodingKey { case keys }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self).decode([Member].self, forKey: .keys)
        keys = members.compactMap { (member) in member.key.map { (member.kid, $0) } }
    }

    /// Whether one of the keys signed it. The header's algorithm must be the key's, and never chooses another.
    func signed(_ message: String, by signature: [UInt8], id: String?, algorithm: String) -> Bool {
        keys.contains { (candidate) in
            (id == nil || candidate.id == id) && candidate.key.algorithm.rawValue == algorithm
                && candidate.key.isValidSignature(signature, for: Array(message.utf8))
        }
    }
}
