import Cryptography
import Files
import LinkToken
import Trust

extension Workspace {
    /// The keys of the workspace.
    public func keyring() throws(TrustError) -> Keyring { try Keyring(opening: keyringDirectory) }

    /// Publishes what edges must know. The next trust bundle is in place when this returns.
    ///
    /// - Parameters:
    ///   - keyring: the workspace's keys.
    ///   - root: the root key, which signs the bundle.
    ///   - validity: seconds until the next bundle is due.
    ///   - minimum: a sequence number that the new bundle's must exceed.
    ///   - force: publishes even if the current bundle was issued later than now.
    ///   - now: the time of issue.
    /// - Throws: ``DistributionsError`` and `TrustError`.
    @discardableResult
    public func publish(
        _ keyring: Keyring, signedBy root: PrivateKey, validity: UInt32 = TrustBundle.standardValidity,
        above minimum: UInt64 = 0, force: Bool = false, at now: UnixTime
    ) throws -> Publication {
        var keyring = keyring
        return try keyring.publish(
            to: bundlePath, signedBy: root, validity: validity, above: minimum, force: force, at: now
        ) {
            () throws(DistributionsError) in try distributions.published(at: now)
        }.get()
    }

    /// Publishes if the root key is available.
    ///
    /// The passphrase is that of the signing keys; it opens the root key too if both are encrypted with the same one.
    ///
    /// - Returns: nil if the root key is kept elsewhere or has another passphrase. Edges don't know of the changes until
    ///   somebody publishes where the root key can be used.
    public func publishIfPossible(
        _ keyring: Keyring, passphrase: SecretBytes? = nil, at now: UnixTime
    ) throws -> Publication? {
        do {
            return try publish(keyring, signedBy: keyring.rootPrivateKey(passphrase: passphrase), at: now)
        } catch TrustError.noPrivateKey, TrustError.cryptography(.passphraseRequired),
            TrustError.cryptography(.passphraseWrong)
        {
            return nil
        } catch TrustError.cryptography(.file(let error)) where error.operation == "open" {
            return nil
        }
    }

    /// The sequence of the bundle that was published last, if edges have not been told something that has changed since.
    ///
    /// - Returns: nil if they were told everything, or if nothing was ever published here.
    /// - Throws: ``DistributionsError`` if the distributions can't be read.
    public func bundleLackingChanges(at now: UnixTime) throws(DistributionsError) -> UInt64? {
        guard let keyring = try? keyring(), let bundle = try? publishedBundle(keyring) else { return nil }
        let isTold = try distributions.published(at: now).allSatisfy { bundle.distribution($0.id) == $0 }
        return isTold ? nil : bundle.bundle.sequence
    }

    /// The bundle that was published last, with its signature checked.
    public func publishedBundle(_ keyring: Keyring) throws -> VerifiedBundle {
        let bytes = try readSmallFile(bundlePath, limit: VerifiedBundle.byteCountLimit)
        return try VerifiedBundle(opening: bytes.span, root: keyring.rootKey())
    }
}
