import Cryptography
import Files
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

    /// Seconds by which the clocks of machines that publish may differ.
    static let clockLeeway: UInt32 = 300

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
    /// Publishers take turns, and each asks for the distributions when it is its turn. So when every change is on the disk
    /// before its own publication, none is taken back by a publisher that was late.
    ///
    /// Publishing twice publishes once: nothing is written while nothing has changed and the bundle in place is fresh
    /// enough. Distributions whose links are all over are left out. Killed at any moment, it leaves the old bundle or
    /// the new one, and the sequence never goes back.
    ///
    /// No bundle is issued before the one in place. Where clocks differ by no more than five minutes, the new one has the
    /// time of the old one; where they differ by more, nothing is published unless `force` says that the clock is right.
    ///
    /// ```swift
    /// let publication = try keyring.publish(to: "bundle.json", signedBy: keyring.rootPrivateKey(), at: now) {
    ///     try workspace.distributions.published(at: now)
    /// }.get()
    /// ```
    ///
    /// - Parameters:
    ///   - path: where the bundle is. The one that is there is read, to tell whether anything changed.
    ///   - root: the root key, from the keyring or from elsewhere.
    ///   - validity: seconds until the next bundle is due at the latest.
    ///   - minimum: a sequence that the new one must exceed: what edges have, after the keyring came from a backup.
    ///   - force: publishes although the bundle in place was issued later than now: the clock was wrong then.
    ///   - now: when the bundle is issued.
    ///   - distributions: gives all of them, in any order. It is called while no other process changes the keyring.
    /// - Returns: what publishing gave, or why there were no distributions; nothing was published then.
    /// - Throws: ``TrustError/wrongRoot(found:pinned:)`` when the root key is not that of the keyring,
    ///   ``TrustError/revocationForgotten(_:)`` when the bundle in place revokes a key that the keyring does not,
    ///   ``TrustError/publishedInFuture(issuedAt:now:)`` when the bundle in place was issued later than now,
    ///   ``TrustError/sequenceTooHigh(_:limit:)``, ``TrustError/malformedBundle(reason:)`` when something is too long
    ///   for a bundle, and errors of opening.
    public mutating func publish<Failure: Error>(
        to path: String, signedBy root: PrivateKey, validity: UInt32 = TrustBundle.standardValidity,
        above minimum: UInt64 = 0, force: Bool = false, at now: UnixTime,
        _ distributions: () throws(Failure) -> [PublishedDistribution]
    ) throws(TrustError) -> Result<Publication, Failure> {
        let keyring = self
        return try change { (index) throws(TrustError) -> Result<Publication, Failure> in
            let expected = try keyring.readPublicKey(
                index.root, from: keyring.directory + "/root-\(index.root).pub.pem")
            guard root.publicKey == expected else { throw .wrongRoot(found: root.id, pinned: index.root) }
            try keyring.refreshRootCopy(root.publicKey)
            removeTemporaries(of: path)

            // A bundle that can't be read, or that an unknown root key signed, is replaced.
            var present: Publication?
            var issuedAt = now
            if let bytes = bytes(of: path) {
                if let verified = try? VerifiedBundle(opening: bytes.span, root: root.publicKey) {
                    present = Publication(bundle: verified, byteCount: bytes.count, isNew: false)
                    let earlier = verified.bundle.issuedAt
                    guard force || earlier <= now.adding(seconds: TrustBundle.clockLeeway) else {
                        throw .publishedInFuture(issuedAt: earlier, now: now)
                    }
                    if !force { issuedAt = max(now, earlier) }
                    try keyring.keepRevocations(of: verified.bundle, in: &index, at: now)
                    index.sequence = max(index.sequence, verified.bundle.sequence)
                } else if let id = index.nextRoot {
                    let next = try keyring.readPublicKey(id, from: keyring.directory + "/root-\(id).pub.pem")
                    guard (try? VerifiedBundle(opening: bytes.span, root: next)) == nil else {
                        throw .promotionForgotten(id)
                    }
                }
            }
            let current: [PublishedDistribution]
            do throws(Failure) {
                current = try distributions()
            } catch {
                return .failure(error)
            }
            var bundle = try keyring.composed(current, index: index, validity: validity, at: issuedAt)
            if let present, case let old = present.bundle.bundle, old.sequence == index.sequence,
                minimum < old.sequence, old.issuedAt <= issuedAt, !old.isRenewalDue(at: now),
                old.saysTheSame(as: bundle)
            {
                index.notePublication(at: now)
                return .success(present)
            }
            let last = max(index.sequence, minimum)
            guard last < BundleDocument.sequenceLimit else {
                throw .sequenceTooHigh(last, limit: BundleDocument.sequenceLimit)
            }
            index.sequence = last + 1
            bundle.sequence = index.sequence
            let bytes = try bundle.signed(by: root)
            // What edges would refuse must not leave the house.
            let verified = try VerifiedBundle(opening: bytes.span, root: root.publicKey)
            // The sequence is spent before anybody can see the bundle: one that was lost again is never given twice.
            try index.write(in: keyring.directory)
            do throws(FileError) {
                try DurableFile.replace(path, bytes.span, mode: 0o644)
            } catch {
                throw .file(error)
            }
            index.notePublication(at: now)
            return .success(Publication(bundle: verified, byteCount: bytes.count, isNew: true))
        }
    }

    /// Publishes distributions that nobody else changes.
    public mutating func publish(
        _ distributions: [PublishedDistribution], to path: String, signedBy root: PrivateKey,
        validity: UInt32 = TrustBundle.standardValidity, above minimum: UInt64 = 0, force: Bool = false,
        at now: UnixTime
    ) throws(TrustError) -> Publication {
        try publish(to: path, signedBy: root, validity: validity, above: minimum, force: force, at: now) {
            () throws(Never) in
            distributions
        }.get()
    }

    /// Keeps keys revoked that an earlier bundle revoked: a keyring from a backup may know nothing of it.
    private func keepRevocations(
        of earlier: TrustBundle, in index: inout KeyringIndex, at now: UnixTime
    ) throws(TrustError) {
        for old in earlier.keys where old.state == .revoked {
            if let record = index.keys.first(where: { $0.id == old.key.id }) {
                guard record.state == .revoked else { throw .revocationForgotten(record.id) }
                continue
            }
            do throws(CryptographyError) {
                try old.key.write(to: directory + "/\(old.key.id).pub.pem")
            } catch {
                throw .cryptography(error)
            }
            _ = try index.add(old.key, state: .revoked, at: now)
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
