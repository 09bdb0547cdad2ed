import Cryptography
import LinkToken

extension Keyring {
    /// Makes the root key that takes over later, of the same algorithm. Bundles carry it from the next on, under the signature of the present
    /// root key, so that edges learn it. One that was made before is kept.
    ///
    /// ```swift
    /// _ = try keyring.makeNextRoot(passphrase: passphrase)
    /// // publish, and wait until every edge has that bundle
    /// try keyring.promoteNextRoot(at: later)
    /// ```
    public mutating func makeNextRoot(passphrase: SecretBytes? = nil) throws(TrustError) -> PublicKey {
        let keyring = self
        return try change { (index) throws(TrustError) in
            if let next = index.nextRoot {
                return try keyring.readPublicKey(next, from: keyring.directory + "/root-\(next).pub.pem")
            }
            try keyring.checkPassphraseGiven(passphrase, in: index)
            let present = try keyring.readPublicKey(
                index.root, from: keyring.directory + "/root-\(index.root).pub.pem")
            while true {
                let root = try PrivateKey.generated(present.algorithm)
                if root.id == index.root || index.keys.contains(where: { $0.id == root.id }) { continue }
                try root.writeHalves(to: keyring.directory + "/root-\(root.id)", passphrase: passphrase)
                index.nextRoot = root.id
                return root.publicKey
            }
        }
    }

    /// Makes the next root key the root key: it signs every bundle from now on. An edge that has seen no bundle with the
    /// next root key refuses those, and must be given the new `root.pub.pem` by hand.
    ///
    /// - Parameters:
    ///   - settling: seconds since the next root key was first published, for edges that were off.
    ///   - force: goes on regardless: the way out when the root key was stolen.
    ///   - now: when it is promoted.
    /// - Throws: ``TrustError/noNextRoot``, ``TrustError/nextRootNotSettled(_:until:)``.
    public mutating func promoteNextRoot(
        settling: UInt32 = standardRootSettling, force: Bool = false, at now: UnixTime
    ) throws(TrustError) -> PublicKey {
        let keyring = self
        return try change { (index) throws(TrustError) in
            guard let next = index.nextRoot else { throw .noNextRoot }
            let settled = index.nextRootPublishedAt?.adding(seconds: settling)
            guard force || settled.map({ $0 <= now }) ?? false else {
                throw .nextRootNotSettled(next, until: settled)
            }
            let key = try keyring.readPublicKey(next, from: keyring.directory + "/root-\(next).pub.pem")
            index.root = next
            index.nextRoot = nil
            index.nextRootPublishedAt = nil
            // Durable before the copy for edges is changed, which follows from it.
            try index.write(in: keyring.directory)
            try keyring.refreshRootCopy(key)
            return key
        }
    }

    /// Seven days: as long as an edge serves without a fresh bundle.
    public static let standardRootSettling: UInt32 = 7 * 86400

    /// Brings `root.pub.pem` in line with the index, where a run was killed between the two.
    func refreshRootCopy(_ root: PublicKey) throws(TrustError) {
        let path = directory + "/root.pub.pem"
        if let copy = try? PublicKey(contentsOf: path), copy == root { return }
        do throws(CryptographyError) {
            try root.write(to: path)
        } catch {
            throw .cryptography(error)
        }
    }
}
