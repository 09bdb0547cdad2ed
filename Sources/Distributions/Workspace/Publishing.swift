import Cryptography
import Files
import LinkToken
import Trust

extension Workspace {
    /// The keys of the workspace.
    public func keyring() throws(TrustError) -> Keyring { try Keyring(opening: keyringDirectory) }

    /// Publishes what edges must know: the next trust bundle is in place when this returns.
    ///
    /// - Parameters:
    ///   - validity: seconds until the next is due at the latest.
    ///   - minimum: a sequence that the new one must exceed.
    ///   - force: publishes although the bundle in place was issued later than now.
    /// - Throws: ``DistributionsError`` and ``Trust/TrustError``.
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

    /// Publishes where the root key is at hand.
    ///
    /// - Parameter passphrase: opens the root key if it is encrypted with the one of the keys that sign links.
    /// - Returns: nil where the root key is kept elsewhere or needs another passphrase: edges don't know yet then, and
    ///   somebody has to publish where it can be used.
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

    /// The bundle that was published last, with its signature checked.
    public func publishedBundle(_ keyring: Keyring) throws -> VerifiedBundle {
        let bytes = try readSmallFile(bundlePath, limit: VerifiedBundle.byteCountLimit)
        return try VerifiedBundle(opening: bytes.span, root: keyring.rootKey())
    }
}
