import Cryptography
import LinkToken

extension Keyring {
    /// Makes the root key that takes over later, of the same algorithm. Bundles carry it from the next on, under the
    /// signature of the present root key, so that edges learn it. One that was made before is kept.
    ///
    /// ```swift
    /// _ = try keyring.makeNextRoot(passphrase: passphrase)
    /// // publish, and wait until every edge has that bundle
    /// try keyring.promoteNextRoot(passphrase: passphrase, at: later)
    /// ```
    ///
    /// - Parameters:
    ///   - isReplacing: makes another although there is one, which is forgotten: whoever stole the root key may have both.
    ///   - passphrase: encrypts the private half. Required where the keyring's other keys are encrypted.
    public mutating func makeNextRoot(
        replacing isReplacing: Bool = false, passphrase: SecretBytes? = nil
    ) throws(TrustError) -> PublicKey {
        let keyring = self
        return try change { (index) throws(TrustError) in
            if let next = index.nextRoot, !isReplacing {
                return try keyring.readPublicKey(next, from: keyring.directory + "/root-\(next).pub.pem")
            }
            try keyring.checkPassphraseGiven(passphrase, in: index)
            let present = try keyring.readPublicKey(
                index.root, from: keyring.directory + "/root-\(index.root).pub.pem")
            while true {
                let root = try PrivateKey.generated(present.algorithm)
                if root.id == index.root || root.id == index.nextRoot
                    || index.keys.contains(where: { $0.id == root.id })
                {
                    continue
                }
                try root.writeHalves(to: keyring.directory + "/root-\(root.id)", passphrase: passphrase)
                index.nextRoot = root.id
                index.nextRootPublishedAt = nil
                return root.publicKey
            }
        }
    }

    /// Makes the next root key the root key: it signs every bundle from now on. An edge that has seen no bundle with the
    /// next root key refuses those, and must be given the new `root.pub.pem` by hand.
    ///
    /// - Parameters:
    ///   - root: its private half, where it is not in the keyring.
    ///   - settling: seconds since the next root key was first published, for edges that were off.
    ///   - force: continues regardless: the way out when the root key was stolen.
    ///   - passphrase: opens its private half in the keyring, to be sure that it can sign.
    ///   - now: when it is promoted.
    /// - Throws: ``TrustError/noNextRoot``, ``TrustError/nextRootNotSettled(_:until:)``,
    ///   ``TrustError/otherRootKey(_:expected:)``, and ``TrustError/noPrivateKey(_:)`` or
    ///   ``TrustError/cryptography(_:)`` when the private half can't be opened.
    public mutating func promoteNextRoot(
        _ root: PrivateKey? = nil, settling: UInt32 = standardRootSettling, force: Bool = false,
        passphrase: SecretBytes? = nil, at now: UnixTime
    ) throws(TrustError) -> PublicKey {
        let keyring = self
        return try change { (index) throws(TrustError) in
            guard let next = index.nextRoot else { throw .noNextRoot }
            let settled = index.nextRootPublishedAt?.adding(seconds: settling)
            guard force || settled.map({ $0 <= now }) ?? false else {
                throw .nextRootNotSettled(next, until: settled)
            }
            let key = try keyring.readPublicKey(next, from: keyring.directory + "/root-\(next).pub.pem")
            // A key that can't be opened must not become the one that every bundle depends on.
            let opened: PrivateKey
            if let root {
                opened = root
            } else {
                opened = try keyring.readPrivateKey(
                    next, from: keyring.directory + "/root-\(next).pem", passphrase: passphrase)
            }
            guard opened.publicKey == key else { throw .otherRootKey(opened.id, expected: next) }
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
