import Cryptography
import Files
import LinkToken

extension Keyring {
    /// Takes a key that was made elsewhere, as a pending key.
    ///
    /// A private key is a PEM of `openssl genpkey`; a public key is that of an HSM's owner, who signs links elsewhere.
    /// A key that is in the keyring already stays in its state, and gets the private half that it lacked. So importing
    /// `keys/ID.pem` itself adopts a private key that the index does not name.
    ///
    /// - Parameters:
    ///   - pem: PKCS #8, plain or encrypted, or SubjectPublicKeyInfo.
    ///   - pemPassphrase: opens the PEM.
    ///   - passphrase: encrypts the private half in the keyring.
    ///   - now: when it is taken in.
    /// - Throws: ``TrustError/keyIDTaken(_:)`` when another key has the ID,
    ///   ``TrustError/rootKeyCannotSignLinks(_:)``, and ``TrustError/cryptography(_:)`` when the PEM isn't such a key.
    public mutating func importKey(
        pem: SecretBytes, pemPassphrase: SecretBytes? = nil, passphrase: SecretBytes? = nil, at now: UnixTime
    ) throws(TrustError) -> KeyRecord {
        let publicKey: PublicKey
        var privateKey: PrivateKey?
        do throws(CryptographyError) {
            if pem.withSpan({ $0.contains("PRIVATE KEY-----") }) {
                let key = try PrivateKey(pem: pem, passphrase: pemPassphrase)
                privateKey = key
                publicKey = key.publicKey
            } else {
                publicKey = try pem.withSpan { (bytes) throws(CryptographyError) in try PublicKey(pem: bytes) }
            }
        } catch {
            throw .cryptography(error)
        }
        let keyring = self
        return try change { (index) throws(TrustError) in
            let record: KeyRecord
            if let known = index.keys.first(where: { $0.id == publicKey.id }) {
                let held = try keyring.readPublicKey(known.id, from: keyring.directory + "/\(known.id).pub.pem")
                guard held == publicKey else { throw .keyIDTaken(known.id) }
                record = known
            } else {
                record = try index.add(publicKey, state: .pending, at: now)
            }
            if let privateKey { try keyring.store(privateKey, passphrase: passphrase, index: index) }
            do throws(CryptographyError) {
                try publicKey.write(to: keyring.directory + "/\(record.id).pub.pem")
            } catch {
                throw .cryptography(error)
            }
            return record
        }
    }

    private func store(_ key: PrivateKey, passphrase: SecretBytes?, index: KeyringIndex) throws(TrustError) {
        let path = privatePath(key.id)
        // The same key, or a file under its name that holds another: then the error says so.
        if fileExists(path) {
            _ = try readPrivateKey(key.id, from: path, passphrase: passphrase)
            return
        }
        try checkPassphraseGiven(passphrase, in: index)
        do throws(CryptographyError) {
            try key.write(to: path, passphrase: passphrase)
        } catch {
            throw .cryptography(error)
        }
    }
}
