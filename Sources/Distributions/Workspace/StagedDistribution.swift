import Cryptography
import Glibc
import LinkToken
import Trust

/// A distribution that is being made, in a directory that no library lists. It goes with the value unless committed.
final class StagedDistribution {
    let salt: EmbeddedData.Salt
    private let path: String
    /// By which others know that somebody still works on it.
    private let lock: FileLock
    private let library: DistributionLibrary
    private var isCommitted = false

    init(_ id: DistributionID, isSealed: Bool, in library: DistributionLibrary) throws(DistributionsError) {
        self.library = library
        let path = "\(library.directory)/staging-\(id)"
        self.path = path
        let workspaceLock = try library.workspace.lock()
        defer { withExtendedLifetime(workspaceLock) {} }
        try makeDirectory(path)
        lock = try FileLock(path, O_RDONLY | O_DIRECTORY, .exclusive)
        guard isSealed else {
            salt = .inLink
            return
        }
        do {
            let secret = try SecretBytes(randomCount: 32)
            try secret.withSpan { (bytes) throws(CryptographyError) in try SecretFile.create(path + "/salt", bytes) }
            salt = .sealed(secret)
        } catch {
            throw DistributionsError(wrapping: error)
        }
    }

    deinit {
        if !isCommitted { try? removeTree(path) }
    }

    func contactWriter(embeddedNames: [String]) throws(DistributionsError) -> StoredContactWriter {
        try StoredContactWriter(path + "/contacts.csv", embeddedNames: embeddedNames)
    }

    /// The distribution is there, whole and durable, when this returns.
    ///
    /// - Throws: ``DistributionsError/refused(_:reason:)`` when its key verifies no more. A key is retired once no
    ///   distribution needs it, and nobody could know of this one before.
    func commit(_ distribution: Distribution) throws(DistributionsError) {
        try StoredDocument.write(distribution, to: path + "/manifest.json")
        let workspaceLock = try library.workspace.lock()
        defer { withExtendedLifetime(workspaceLock) {} }
        let hold = try holdKeyring()
        defer { extendLifetime(hold) }
        if let key = try key(distribution.keyID), !key.state.verifies {
            throw .refused(
                distribution.id,
                reason: "its key \(key.id) was \(key.state.rawValue) while links were minted; generate it again")
        }
        let final = library.path(of: distribution.id)
        guard rename(path, final) == 0 else { throw .file(path: final, operation: "create", errno: errno) }
        isCommitted = true
        try syncDirectory(library.directory)
    }

    /// Nil where there is no keyring: the caller has its key from elsewhere.
    private func holdKeyring() throws(DistributionsError) -> KeyringHold? {
        let directory = library.workspace.keyringDirectory
        guard access(directory, F_OK) == 0 else { return nil }
        do {
            return try KeyringHold(directory)
        } catch {
            throw DistributionsError(wrapping: error)
        }
    }

    private func key(_ id: KeyID) throws(DistributionsError) -> KeyRecord? {
        do throws(TrustError) {
            return try library.workspace.keyring().keys.first { $0.id == id }
        } catch .noKeyring {
            return nil
        } catch {
            throw DistributionsError(wrapping: error)
        }
    }
}
