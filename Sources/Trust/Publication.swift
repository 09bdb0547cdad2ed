import Cryptography
import FoundationEssentials
import Glibc
import LinkToken

/// What publishing gave.
public struct Publication: Sendable {
    /// The bundle that is in place now.
    public let bundle: VerifiedBundle
    /// Its size in bytes.
    public let byteCount: Int
    /// Whether it has a new sequence. It has none when nothing changed and the one in place is fresh enough.
    public let isNew: Bool
}

extension TrustBundle {
    /// 30 days.
    public static let standardValidity: UInt32 = 30 * 86400

    /// Whether so much of its validity has passed that publishing renews it: two thirds, as ACME clients do with
    /// certificates, which leaves ten of thirty days to notice that nobody publishes any more.
    func isRenewalDue(at now: UnixTime) -> Bool {
        let validity = UInt64(nextUpdate.rawValue) - UInt64(issuedAt.rawValue)
        return UInt64(now.rawValue) >= UInt64(issuedAt.rawValue) + validity / 3 * 2
    }

    /// Whether the two tell edges the same, but for sequence and times.
    func saysTheSame(as other: TrustBundle) -> Bool {
        nextRoot == other.nextRoot && distributions == other.distributions && keys.count == other.keys.count
            && zip(keys, other.keys).allSatisfy { $0.key == $1.key && $0.state == $1.state }
    }
}

extension Keyring {
    /// Publishes what edges must know: composes the next bundle, signs it and puts it in place in one step.
    ///
    /// Publishing twice publishes once: nothing is written while nothing has changed and the bundle in place is fresh
    /// enough. Distributions whose links are all over are left out. Killed at any moment, it leaves the old bundle or
    /// the new one, and the sequence never goes back.
    ///
    /// ```swift
    /// let publication = try keyring.publish(
    ///     distributions, to: "bundle.linkseal", signedBy: keyring.rootPrivateKey(), at: now)
    /// ```
    ///
    /// - Parameters:
    ///   - distributions: all of them, in any order.
    ///   - path: where the bundle is. The one that is there is read, to tell whether anything changed.
    ///   - root: the root key, from the keyring or from elsewhere.
    ///   - validity: seconds until the next bundle is due at the latest.
    ///   - minimum: a sequence that the new one must exceed: what edges have, after the keyring came from a backup.
    ///   - now: when the bundle is issued.
    /// - Throws: ``TrustError/wrongRoot(found:pinned:)`` when the root key is not that of the keyring,
    ///   ``TrustError/malformedBundle(reason:)`` when something is too long for a bundle, and errors of opening.
    public mutating func publish(
        _ distributions: [PublishedDistribution], to path: String, signedBy root: PrivateKey,
        validity: UInt32 = TrustBundle.standardValidity, above minimum: UInt64 = 0, at now: UnixTime
    ) throws(TrustError) -> Publication {
        let keyring = self
        return try change { (index) throws(TrustError) in
            let expected = try keyring.readPublicKey(
                index.root, from: keyring.directory + "/root-\(index.root).pub.pem")
            guard root.publicKey == expected else { throw .wrongRoot(found: root.id, pinned: index.root) }
            try keyring.refreshRootCopy(root.publicKey)
            removeTemporaries(of: path)
            var bundle = try keyring.composed(distributions, index: index, validity: validity, at: now)

            // A bundle that can't be read, or that another root key signed, is replaced.
            if let bytes = bytes(of: path), let present = try? VerifiedBundle(opening: bytes.span, root: root.publicKey)
            {
                index.sequence = max(index.sequence, present.bundle.sequence)
                let isFresh = !present.bundle.isRenewalDue(at: now) && present.bundle.sequence == index.sequence
                if isFresh, minimum < present.bundle.sequence, present.bundle.saysTheSame(as: bundle) {
                    index.notePublication(at: now)
                    return Publication(bundle: present, byteCount: bytes.count, isNew: false)
                }
            }
            index.sequence = max(index.sequence, minimum) + 1
            bundle.sequence = index.sequence
            let bytes = try bundle.signed(by: root)
            // What edges would refuse must not leave the house.
            let verified = try VerifiedBundle(opening: bytes.span, root: root.publicKey)
            // The sequence is spent before anybody can see the bundle: one that was lost again is never given twice.
            try index.write(in: keyring.directory)
            do throws(CryptographyError) {
                try DurableFile.replace(path, bytes.span, mode: 0o644)
            } catch {
                throw .cryptography(error)
            }
            index.notePublication(at: now)
            return Publication(bundle: verified, byteCount: bytes.count, isNew: true)
        }
    }

    private func composed(
        _ distributions: [PublishedDistribution], index: KeyringIndex, validity: UInt32, at now: UnixTime
    ) throws(TrustError) -> TrustBundle {
        var keys: [PublishedKey] = []
        for record in index.keys {
            let key = try readPublicKey(record.id, from: directory + "/\(record.id).pub.pem")
            keys.append(PublishedKey(key: key, state: record.state))
        }
        var nextRoot: PublicKey?
        if let next = index.nextRoot {
            nextRoot = try readPublicKey(next, from: directory + "/root-\(next).pub.pem")
        }
        return TrustBundle(
            sequence: 0, issuedAt: now, nextUpdate: now.adding(seconds: validity), keys: keys,
            distributions: distributions.filter { $0.isNeeded(at: now) }.sorted { $0.id < $1.id }, nextRoot: nextRoot)
    }
}

private func bytes(of path: String) -> [UInt8]? {
    (try? Data(contentsOf: URL(filePath: path))).map(Array.init)
}

/// Removes what publishers that were killed left beside the bundle. The keyring's lock is held.
private func removeTemporaries(of path: String) {
    let url = URL(filePath: path)
    let directory = url.deletingLastPathComponent()
    for name in (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    where name.hasPrefix(url.lastPathComponent + ".tmp-") {
        unlink(directory.path + "/" + name)
    }
}
