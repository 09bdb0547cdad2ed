import Cryptography
import Encoding
import FoundationEssentials
import LinkToken

/// What a provider says about who signed in (OpenID Connect Core 1.0 §2).
///
/// It comes straight from the token endpoint, over TLS. A token that a browser brings is never read.
struct IDToken: Sendable {
    /// Between the clocks of the provider and of this machine, in seconds.
    private static let leeway: UInt64 = 60
    /// Seconds after which a token was issued for something else.
    private static let longestAge: UInt64 = 600

    private let header: Header
    /// What is signed, and the signature.
    private let signed: String
    private let signature: [UInt8]
    private let claims: Claims
    /// The values of the claim that has roles.
    let roles: [String]

    /// RFC 7515 §4.1.
    private struct Header: Decodable {
        let alg: String?
        let kid: String?
        /// Extensions that a reader must know. None is known here.
        let crit: [String]?
    }

    private struct Claims: Decodable {
        let iss: String
        let sub: String
        let aud: OneOrMore
        let azp: String?
        let exp: Double
        let iat: Double
        let nonce: String?
        let preferredUserName: String?

        enum CodingKeys: String, CodingKey {
            case iss, sub, aud, azp, exp, iat, nonce
            case preferredUserName = "preferred_username"
        }
    }

    /// A text, or an array of texts.
    private struct OneOrMore: Decodable {
        let values: [String]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            values = try (try? container.decode(String.self)).map { [$0] } ?? container.decode([String].self)
        }
    }

    /// What a claim with roles leads to: texts, or an object that it leads into.
    private struct Nested: Decodable {
        let value: OneOrMore?
        let members: [String: Nested]

        init(from decoder: any Decoder) throws {
            value = try? OneOrMore(from: decoder)
            members = value == nil ? (try? [String: Nested](from: decoder)) ?? [:] : [:]
        }

        func values(at name: Substring) -> [String] {
            if let exact = members[String(name)]?.value { return exact.values }
            for (member, nested) in members where name.hasPrefix(member + ".") {
                let found = nested.values(at: name.dropFirst(member.count + 1))
                if !found.isEmpty { return found }
            }
            return []
        }
    }

    /// - Throws: ``ConsoleRefusal/provider(reason:)`` unless it is a JWT (RFC 7519) with the claims that every one has.
    init(_ text: String, roleClaim: String) throws {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        var decoded: [[UInt8]] = []
        for part in parts {
            var bytes: [UInt8] = []
            try? Base64URL.decode(Array(part.utf8).span, appendingTo: &bytes)
            decoded.append(bytes)
        }
        guard decoded.count == 3, let header = try? JSONDecoder().decode(Header.self, from: Data(decoded[0])),
            let claims = try? JSONDecoder().decode(Claims.self, from: Data(decoded[1])),
            let all = try? JSONDecoder().decode(Nested.self, from: Data(decoded[1]))
        else { throw ConsoleRefusal.provider(reason: "its ID token can't be read") }
        (self.header, self.claims, signature) = (header, claims, decoded[2])
        signed = "\(parts[0]).\(parts[1])"
        roles = all.values(at: roleClaim[...])
    }

    /// Checks that one of the provider's keys signed it.
    ///
    /// - Throws: ``ConsoleRefusal/provider(reason:)``.
    func checkSignature(_ keys: WebKeySet) throws(ConsoleRefusal) {
        let isSigned =
            header.crit == nil
            && keys.signed(signed, by: signature, id: header.kid, algorithm: header.alg ?? "none")
        guard isSigned else {
            let algorithm = header.alg.map { String($0.prefix(20)) } ?? "none"
            throw .provider(
                reason: "none of its keys has signed its ID token, whose algorithm is \(algorithm); RS256, ES256 and"
                    + " EdDSA can be checked")
        }
    }

    /// Checks what §3.1.3.7 lists.
    ///
    /// - Throws: ``ConsoleRefusal/provider(reason:)``.
    func check(issuer: String, clientID: String, nonce: String, at now: UnixTime) throws(ConsoleRefusal) {
        func require(_ isMet: Bool, _ reason: String) throws(ConsoleRefusal) {
            guard isMet else { throw .provider(reason: "its ID token \(reason)") }
        }
        let now = Double(now.rawValue)
        try require(claims.iss == issuer, "is of another issuer")
        try require(claims.aud.values.contains(clientID), "is for another client")
        try require(claims.aud.values.count == 1 || claims.azp != nil, "is for several clients and doesn't say which")
        try require(claims.azp == nil || claims.azp == clientID, "was given to another client")
        try require(now < claims.exp + Double(Self.leeway), "has expired")
        try require(claims.iat <= now + Double(Self.leeway), "is from the future; check both clocks")
        try require(now <= claims.iat + Double(Self.longestAge), "is too old")
        try require(isEqualInConstantTime(claims.nonce ?? "", nonce), "is for another sign-in")
        let subject = claims.sub.utf8
        let isSubject = (1...255).contains(subject.count) && subject.allSatisfy { (0x21...0x7E).contains($0) }
        try require(isSubject, "names no subject")
    }

    /// The subject, which is the user's for good, after the name that the user may have chosen. No user with a password is
    /// called so, since it has a space.
    var userName: String {
        let name = claims.preferredUserName ?? ""
        return (Passwords.isUsable(name) ? name : "user") + " [\(claims.sub)]"
    }
}
