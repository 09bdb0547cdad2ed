import Cryptography
import Files
import FoundationEssentials
import Glibc
import LinkToken

/// The keys of a workspace: a directory of PEM files and an index of their states.
///
/// | file | what it is |
/// | --- | --- |
/// | `keyring.json` | the index: states, root keys, the last sequence |
/// | `ID.pem`, `ID.pub.pem` | the halves of a signing key; the private one 0600, absent where an HSM keeps it |
/// | `root-ID.pem`, `root-ID.pub.pem` | the same of a root key, which signs bundles and nothing else |
/// | `root.pub.pem` | the present root key, to copy to edges |
/// | `session.key` | 32 bytes that edges share to issue session receipts, 0600 |
///
/// A private key is durable before the index names it, and the index is replaced in one step, so a keyring works after
/// a crash at any moment. Changes are made under a lock, one process at a time. <doc:KeyLife> has the whole life.
public struct Keyring: Sendable {
    public let directory: String
    /// How long a change waits for those of other processes before it is refused as
    /// ``TrustError/keyringBusy(directory:)``.
    public var patience = standardPatience
    private(set) var index: KeyringIndex

    /// Ten seconds.
    public static let standardPatience: Duration = .seconds(10)

    /// In the order in which they were made.
    public var keys: [KeyRecord] { index.keys }

    /// The highest sequence that a bundle of this keyring was given; 0 before the first.
    public var sequence: UInt64 { index.sequence }

    /// - Throws: ``TrustError/noKeyring(directory:)`` or ``TrustError/damagedKeyring(path:reason:)``.
    public init(opening directory: String) throws(TrustError) {
        self.directory = directory
        index = try KeyringIndex.read(in: directory)
    }

    /// Makes a keyring with a root key, a session key and a first signing key.
    ///
    /// ```swift
    /// let keyring = try Keyring.create(in: "keys", algorithm: .ed25519, at: now)
    /// ```
    ///
    /// - Parameters:
    ///   - directory: made where it is missing, for its owner alone.
    ///   - algorithm: of both keys.
    ///   - passphrase: encrypts both private keys.
    ///   - now: when they are made.
    /// - Throws: ``TrustError/keyringExists(directory:)`` when there is one.
    public static func create(
        in directory: String, algorithm: SignatureAlgorithm, passphrase: SecretBytes? = nil, at now: UnixTime
    ) throws(TrustError) -> Keyring {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .file(FileError("create", directory, errno: errno == 0 ? EACCES : errno))
        }
        let hold = try KeyringHold(directory)
        guard !KeyringIndex.exists(in: directory) else { throw .keyringExists(directory: directory) }
        hold.removeTemporaries()
        // A run that was cut short may have left keys. No index names them and nothing was signed with them.
        let root = try PrivateKey.generated(algorithm)
        try root.writeHalves(to: directory + "/root-\(root.id)", passphrase: passphrase)
        let signing = try PrivateKey.generated(algorithm)
        try signing.writeHalves(to: directory + "/\(signing.id)", passphrase: passphrase)
        do throws(CryptographyError) {
            if !fileExists(directory + "/session.key") {
                let session = try SecretBytes(randomCount: SessionKeyring.keyByteCount)
                try session.withSpan { (bytes) throws(CryptographyError) in
                    try SecretFile.create(directory + "/session.key", bytes)
                }
            }
            try root.publicKey.write(to: directory + "/root.pub.pem")
        } catch {
            throw .cryptography(error)
        }
        var index = KeyringIndex(root: root.id)
        _ = try index.add(signing.publicKey, state: .signing, at: now)
        try index.write(in: directory)
        return try Keyring(opening: directory)
    }

    /// Makes a change under the lock, on what is on the disk now. Nothing is changed when the body throws.
    mutating func change<Result>(
        _ body: (inout KeyringIndex) throws(TrustError) -> Result
    ) throws(TrustError) -> Result {
        let hold = try KeyringHold(directory, patience: patience)
        hold.removeTemporaries()
        let present = try KeyringIndex.read(in: directory)
        var changed = present
        let result = try body(&changed)
        if changed != present { try changed.write(in: directory) }
        index = changed
        return result
    }
}

// MARK: Keys

extension Keyring {
    /// The one key that new links are signed with.
    ///
    /// - Throws: ``TrustError/noSigningKey`` or ``TrustError/noPrivateKey(_:)``.
    public func signingKey(passphrase: SecretBytes? = nil) throws(TrustError) -> PrivateKey {
        guard let record = index.signing else { throw .noSigningKey }
        return try privateKey(record.id, passphrase: passphrase)
    }

    /// The private half of a key in any state: a distribution is downloaded again with the key it was minted with.
    public func privateKey(_ id: KeyID, passphrase: SecretBytes? = nil) throws(TrustError) -> PrivateKey {
        _ = try index.key(id)
        return try readPrivateKey(id, from: privatePath(id), passphrase: passphrase)
    }

    /// The public half of a key, as `openssl pkey -pubin` reads it.
    public func publicKey(_ id: KeyID) throws(TrustError) -> PublicKey {
        _ = try index.key(id)
        return try readPublicKey(id, from: directory + "/\(id).pub.pem")
    }

    /// Whether this keyring can sign with the key. It can't where an HSM keeps the private half.
    public func hasPrivateKey(_ id: KeyID) -> Bool { fileExists(privatePath(id)) }

    /// What edges are told of every key.
    public func publishedKeys() throws(TrustError) -> [PublishedKey] {
        var published: [PublishedKey] = []
        for record in keys {
            published.append(PublishedKey(key: try publicKey(record.id), state: record.state))
        }
        return published
    }

    /// Private keys that the index does not name: a run that made a key was killed, or the index is older than the
    /// keys. Importing such a file adopts it.
    public func unlistedKeys() -> [KeyID] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.compactMap { (name) in
            guard name.hasSuffix(".pem"), !name.hasSuffix(".pub.pem") else { return nil }
            return KeyID(name.dropLast(4))
        }.filter { (id) in !keys.contains { $0.id == id } }.sorted { $0.rawValue < $1.rawValue }
    }

    /// The keys of the workspace's edges for session receipts.
    public func sessionKeyring() throws(TrustError) -> SessionKeyring {
        do {
            return try SessionKeyring(current: SecretFile.read(directory + "/session.key"))
        } catch {
            throw .cryptography(error)
        }
    }
}

// MARK: Root keys

extension Keyring {
    /// The public half of the root key.
    public func rootKey() throws(TrustError) -> PublicKey {
        try readPublicKey(index.root, from: directory + "/root-\(index.root).pub.pem")
    }

    /// The private half of the root key. It is on this machine only where bundles are signed.
    public func rootPrivateKey(passphrase: SecretBytes? = nil) throws(TrustError) -> PrivateKey {
        try readPrivateKey(index.root, from: directory + "/root-\(index.root).pem", passphrase: passphrase)
    }

    /// The root key that takes over once edges know it.
    public func nextRootKey() throws(TrustError) -> PublicKey? {
        guard let next = index.nextRoot else { return nil }
        return try readPublicKey(next, from: directory + "/root-\(next).pub.pem")
    }
}
