import Cryptography
import Encoding
import Foundation
import LinkToken
import Testing

private func load<Document: Decodable>(_ name: String) -> Document {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/\(name)")
    return try! JSONDecoder().decode(Document.self, from: Data(contentsOf: file))
}

struct TokenVectors: Decodable {
    static let shared: TokenVectors = load("token-vectors.json")

    struct Key: Decodable {
        var name, algorithm, privateKeyPEM, publicKeyPEM, keyID, state: String
    }

    struct TrustEntries: Decodable {
        struct Distribution: Decodable {
            var id: String
            var epoch: UInt16
            var revokedSerials: [UInt32]
            var expiry: UInt32?
            var links: [Link]?
        }
        struct Link: Decodable {
            var serial: UInt32
            var epoch: UInt16?
            var expiry, reopenedAt: UInt32?
        }
        var distributions: [Distribution]
    }

    struct Claims: Decodable {
        var distribution: String
        var serial: UInt32
        var epoch: UInt16
        var expiry: UInt32
        var embeddedDataHash: String?
        var contactID: String
    }

    struct Valid: Decodable, CustomTestStringConvertible {
        var name, token, key: String
        var claims: Claims
        var now: UInt32?
        var purpose: Purpose?
        var embeddedData: [[String]]?
        var salt: String?
        var testDescription: String { name }

        func verify() throws -> VerifiedLink {
            try TokenVectors.verify(token, purpose, now: now, embeddedData: embeddedData, salt: salt)
        }
    }

    struct Invalid: Decodable, CustomTestStringConvertible {
        var name, token, error: String
        var now: UInt32?
        var purpose: Purpose?
        var embeddedData: [[String]]?
        var salt: String?
        var testDescription: String { name }

        func verify() throws -> VerifiedLink {
            try TokenVectors.verify(token, purpose, now: now, embeddedData: embeddedData, salt: salt)
        }
    }

    /// What a token is shown for, where it is not to open its link.
    enum Purpose: String, Decodable {
        case reporting
    }

    var keys: [Key]
    var trust: TrustEntries
    var valid: [Valid]
    var invalid: [Invalid]

    static let verifier: Trust = {
        var keys: [KeyID: KeyTrust] = [:]
        for entry in shared.keys {
            let key = try! PublicKey(pem: Array(entry.publicKeyPEM.utf8).span)
            keys[key.id] =
                switch entry.state {
                case "retired": .retired(key)
                case "revoked": .revoked
                default: .verifying(key)
                }
        }
        let changes = shared.trust.distributions.map { (entry) in
            let links = (entry.links ?? []).map { (link) in
                (
                    Serial(rawValue: link.serial),
                    LinkChange(
                        epoch: link.epoch.map { Epoch(rawValue: $0) },
                        expiry: link.expiry.map { UnixTime(rawValue: $0) },
                        reopenedAt: link.reopenedAt.map { UnixTime(rawValue: $0) })
                )
            }
            return (
                DistributionID(entry.id)!,
                DistributionChanges(
                    epoch: Epoch(rawValue: entry.epoch), expiry: entry.expiry.map { UnixTime(rawValue: $0) },
                    revoked: Set(entry.revokedSerials.map { Serial(rawValue: $0) }),
                    links: Dictionary(uniqueKeysWithValues: links))
            )
        }
        return Trust(keys: keys, changes: Dictionary(uniqueKeysWithValues: changes))
    }()

    private static func verify(
        _ text: String, _ purpose: Purpose?, now: UInt32?, embeddedData: [[String]]?, salt: String?
    ) throws -> VerifiedLink {
        let token = try Token(parsing: text)
        if purpose == .reporting { return try token.authenticate(against: verifier, for: .reporting) }
        let link = try token.verify(against: verifier, at: UnixTime(rawValue: #require(now)))
        if let embeddedData {
            let data = try EmbeddedData(embeddedData.map { (name: $0[0], value: $0[1]) })
            try link.check(data, salt: EmbeddedData.Salt(hexadecimal: salt ?? ""))
        }
        return link
    }
}

struct EmbeddedDataVectors: Decodable {
    static let shared: EmbeddedDataVectors = load("embedded-data-vectors.json")

    struct Case: Decodable, CustomTestStringConvertible {
        var name: String
        var fields: [[String]]
        var distribution: String
        var serial: UInt32
        var salt: String
        var hash: String?
        var testDescription: String { name }
    }

    var cases: [Case]
}

struct SessionVectors: Decodable {
    static let shared: SessionVectors = load("session-vectors.json")

    struct Key: Decodable {
        var name, key: String
    }

    struct Valid: Decodable {
        var name, receipt, key, distribution: String
        var serial: UInt32
        var started: UInt32
        var epoch: UInt16
    }

    struct Invalid: Decodable, CustomTestStringConvertible {
        var name, receipt, error: String
        var testDescription: String { name }
    }

    struct Group: Decodable {
        var keys: [Key]
        var valid: [Valid]

        /// A keyring of all keys, with the named one first.
        func keyring(issuing name: String? = nil) throws -> SessionKeyring {
            let ordered = keys.filter { $0.name == name } + keys.filter { $0.name != name }
            let secrets = ordered.map { SecretBytes(copying: bytes(hexadecimal: $0.key).span) }
            return try SessionKeyring(current: secrets[0], previous: Array(secrets.dropFirst()))
        }
    }

    var keys: [Key]
    var valid: [Valid]
    var invalid: [Invalid]
    var sharedHint: Group

    var group: Group { Group(keys: keys, valid: valid) }
}

extension EmbeddedData.Salt {
    init(hexadecimal text: String) throws {
        self = text.isEmpty ? .inLink : .sealed(SecretBytes(copying: bytes(hexadecimal: text).span))
    }
}

func bytes(hexadecimal text: String) -> [UInt8] {
    var digits = text[...]
    var bytes: [UInt8] = []
    while let byte = UInt8(digits.prefix(2), radix: 16) {
        bytes.append(byte)
        digits = digits.dropFirst(2)
    }
    return bytes
}
