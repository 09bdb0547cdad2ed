import Cryptography
import Files
import Glibc
import LinkToken

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
        lock = try FileLock.acquired(path, O_RDONLY | O_DIRECTORY, .exclusive)
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
    /// - Returns: the distribution with the name that it got.
    /// - Throws: ``DistributionsError/refused(_:reason:)`` when its key verifies no more.
    func commit(_ distribution: Distribution) throws(DistributionsError) -> Distribution {
        var distribution = distribution
        let workspaceLock = try library.workspace.lock()
        defer { withExtendedLifetime(workspaceLock) {} }
        distribution.name = try library.freeName(distribution.name)
        try StoredDocument.write(distribution, to: path + "/manifest.json")
        let hold = try library.holdKey(distribution.keyID, of: distribution.id)
        defer { extendLifetime(hold) }
        let final = library.path(of: distribution.id)
        guard rename(path, final) == 0 else { throw .file(path: final, operation: "create", errno: errno) }
        isCommitted = true
        try syncDirectory(library.directory)
        return distribution
    }
}
