import Cryptography
import Encoding
import Foundation
import LinkToken
import Testing

/// The vectors were made by another implementation, in Python, from the specification alone.
@Suite struct VectorTests {
    @Test(arguments: TokenVectors.shared.valid)
    func `a valid token says what the vector says`(vector: TokenVectors.Valid) throws {
        let link = try vector.verify()
        let claims = link.claims
        #expect(claims.nonce.distribution.description == vector.claims.distribution)
        #expect(claims.nonce.serial.rawValue == vector.claims.serial)
        #expect(claims.epoch.rawValue == vector.claims.epoch)
        #expect(claims.expiry.rawValue == vector.claims.expiry)
        #expect(claims.embeddedDataHash?.description == vector.claims.embeddedDataHash)
        #expect(Array(claims.contactID.text.utf8) == Array(vector.claims.contactID.utf8))
        #expect(link.keyID.description == TokenVectors.shared.keys.first { $0.name == vector.key }?.keyID)
    }

    @Test(arguments: TokenVectors.shared.valid)
    func `minting the claims of an Ed25519 vector gives its token`(vector: TokenVectors.Valid) throws {
        let entry = try #require(TokenVectors.shared.keys.first { $0.name == vector.key })
        let key = try PrivateKey(pem: SecretBytes(copying: Array(entry.privateKeyPEM.utf8).span))
        #expect(key.algorithm.rawValue == entry.algorithm && key.id.description == entry.keyID)
        #expect(try key.publicKey.pemRepresentation() == entry.publicKeyPEM)
        let claims = try Token(parsing: vector.token).unverifiedClaims
        let minted = try Token(minting: claims, with: key)
        if key.algorithm == .ed25519 {
            #expect(minted.text == vector.token)
        } else {
            #expect(minted.text.utf8.count == vector.token.utf8.count)
            #expect(try Token(parsing: minted.text).unverifiedClaims == claims)
        }
    }

    @Test(arguments: TokenVectors.shared.invalid)
    func `an invalid token is refused with the code of the vector`(vector: TokenVectors.Invalid) {
        let error = #expect(throws: LinkRefusal.self) { try vector.verify() }
        #expect(error?.code == vector.error)
    }

    @Test func `the vectors cover every refusal that a token can meet`() {
        let codes = Set(TokenVectors.shared.invalid.map(\.error))
        #expect(
            codes == [
                "text_invalid", "version_unknown", "layout_invalid", "key_unknown", "key_not_verifying",
                "signature_invalid", "link_deleted", "link_revoked", "link_expired", "embedded_data_mismatch",
            ])
    }

    @Test(arguments: EmbeddedDataVectors.shared.cases)
    func `embedded data has the hash of the vector`(vector: EmbeddedDataVectors.Case) throws {
        let nonce = Nonce(
            distribution: try #require(DistributionID(vector.distribution)), serial: Serial(rawValue: vector.serial))
        let fields = vector.fields.map { (name: $0[0], value: $0[1]) }
        guard let hash = vector.hash else {
            #expect(throws: DuplicateFieldError.self) { try EmbeddedData(fields) }
            return
        }
        let salt = try EmbeddedData.Salt(hexadecimal: vector.salt)
        #expect(try EmbeddedData(fields).commitment(for: nonce, salt: salt).description == hash)
        #expect(try EmbeddedData(fields.reversed()).commitment(for: nonce, salt: salt).description == hash)
    }

    @Test(arguments: [SessionVectors.shared.group, SessionVectors.shared.sharedHint])
    func `a session receipt verifies, and is issued byte for byte, as the vector says`(
        group: SessionVectors.Group
    ) throws {
        for vector in group.valid {
            let receipt = try group.keyring().verify(vector.receipt)
            #expect(receipt.nonce.distribution.description == vector.distribution, "\(vector.name)")
            #expect(receipt.nonce.serial.rawValue == vector.serial && receipt.startedAt.rawValue == vector.started)
            #expect(receipt.epoch.rawValue == vector.epoch)
            #expect(try group.keyring(issuing: vector.key).issue(receipt) == vector.receipt)
        }
    }

    @Test(arguments: [0, 31, 33])
    func `a session key of another length is refused, first or not`(count: Int) throws {
        let wrong = SecretBytes(copying: [UInt8](repeating: 7, count: count).span)
        let right = SecretBytes(copying: [UInt8](repeating: 7, count: SessionKeyring.keyByteCount).span)
        #expect(throws: CryptographyError.self) { try SessionKeyring(current: wrong) }
        #expect(throws: CryptographyError.self) { try SessionKeyring(current: right, previous: [wrong]) }
    }

    @Test(arguments: SessionVectors.shared.invalid)
    func `an invalid session receipt is refused with the code of the vector`(
        vector: SessionVectors.Invalid
    ) throws {
        let keyring = try SessionVectors.shared.group.keyring()
        let error = #expect(throws: SessionRefusal.self) { try keyring.verify(vector.receipt) }
        #expect(error?.code == vector.error, "\(vector.name)")
    }
}
