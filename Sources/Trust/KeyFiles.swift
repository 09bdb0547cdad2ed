import Cryptography
import Files
import FoundationEssentials
import Glibc

extension PrivateKey {
    /// A new key, with this module's error.
    static func generated(_ algorithm: SignatureAlgorithm) throws(TrustError) -> PrivateKey {
        do {
            return try .generate(algorithm)
        } catch {
            throw .cryptography(error)
        }
    }

    /// Reads PEM PKCS #8 from a file that nobody but its owner may read.
    public convenience init(contentsOf path: String, passphrase: SecretBytes? = nil) throws(CryptographyError) {
        try self.init(pem: SecretFile.read(path), passphrase: passphrase)
    }

    /// Writes a new file 0600, encrypted when there is a passphrase.
    public func write(to path: String, passphrase: SecretBytes? = nil) throws(CryptographyError) {
        try withPEM(passphrase: passphrase) { (pem) throws(CryptographyError) in try SecretFile.create(path, pem) }
    }

    /// Writes both halves under a common beginning of their names.
    func writeHalves(to stem: String, passphrase: SecretBytes?) throws(TrustError) {
        do throws(CryptographyError) {
            try write(to: stem + ".pem", passphrase: passphrase)
            try publicKey.write(to: stem + ".pub.pem")
        } catch {
            throw .cryptography(error)
        }
    }
}

extension PublicKey {
    /// Reads a PEM SubjectPublicKeyInfo.
    public convenience init(contentsOf path: String) throws(CryptographyError) {
        let pem: [UInt8]
        do throws(FileError) {
            pem = try readSmallFile(path, limit: 1 << 20)
        } catch {
            throw .file(error)
        }
        try self.init(pem: pem.span)
    }

    /// Writes the key where all may read it. A public key follows from its private one, so a file that is there already
    /// is replaced by the same bytes.
    public func write(to path: String) throws(CryptographyError) {
        let pem = Array(try pemRepresentation().utf8)
        do throws(FileError) {
            try DurableFile.replace(path, pem.span, mode: 0o644)
        } catch {
            throw .file(error)
        }
    }
}

extension Keyring {
    func privatePath(_ id: KeyID) -> String { directory + "/\(id).pem" }

    /// Reads a file that is named after the key in it, and checks that it is.
    func readPrivateKey(_ id: KeyID, from path: String, passphrase: SecretBytes?) throws(TrustError) -> PrivateKey {
        guard fileExists(path) else { throw .noPrivateKey(id) }
        let key: PrivateKey
        do {
            key = try PrivateKey(contentsOf: path, passphrase: passphrase)
        } catch {
            throw .cryptography(error)
        }
        guard key.id == id else { throw .damagedKeyring(path: path, reason: "it holds the key \(key.id)") }
        return key
    }

    func readPublicKey(_ id: KeyID, from path: String) throws(TrustError) -> PublicKey {
        let key: PublicKey
        do {
            key = try PublicKey(contentsOf: path)
        } catch {
            throw .cryptography(error)
        }
        guard key.id == id else { throw .damagedKeyring(path: path, reason: "it holds the key \(key.id)") }
        return key
    }

    /// Whether the file holds an encrypted private key.
    func isEncrypted(_ path: String) -> Bool {
        guard let pem = try? SecretFile.read(path) else { return false }
        return pem.withSpan { $0.contains("ENCRYPTED") }
    }

    /// Refuses to write a private key in the clear where the others are encrypted.
    func checkPassphraseGiven(_ passphrase: SecretBytes?, in index: KeyringIndex) throws(TrustError) {
        guard passphrase == nil else { return }
        let isOneEncrypted = index.keys.contains { isEncrypted(privatePath($0.id)) }
        if isOneEncrypted || isEncrypted(directory + "/root-\(index.root).pem") {
            throw .cryptography(.passphraseRequired)
        }
    }
}

extension Span<UInt8> {
    /// Whether the text occurs.
    func contains(_ text: StaticString) -> Bool {
        withUnsafeBufferPointer { (bytes) in
            text.withUTF8Buffer { (text) in bytes.indices.contains { bytes[$0...].starts(with: text) } }
        }
    }
}
