import Cryptography
import LinkToken

extension Keyring {
    /// Makes a pending key. It signs links once it was published and ``rotate(to:minimumAge:settling:force:passphrase:at:)``
    /// made it the signing key.
    ///
    /// - Parameters:
    ///   - algorithm: of the key.
    ///   - passphrase: encrypts the private half. Required where the keyring's other keys are encrypted.
    ///   - now: when it is made.
    /// - Throws: ``TrustError/cryptography(_:)``, ``TrustError/keyringBusy(directory:)`` and errors of opening.
    public mutating func makeKey(
        _ algorithm: SignatureAlgorithm, passphrase: SecretBytes? = nil, at now: UnixTime
    ) throws(TrustError) -> KeyRecord {
        let keyring = self
        return try change { (index) throws(TrustError) in
            try keyring.makeKey(algorithm, passphrase: passphrase, in: &index, state: .pending, at: now)
        }
    }

    private func makeKey(
        _ algorithm: SignatureAlgorithm, passphrase: SecretBytes?, in index: inout KeyringIndex, state: KeyState,
        at now: UnixTime
    ) throws(TrustError) -> KeyRecord {
        try checkPassphraseGiven(passphrase, in: index)
        while true {
            let key = try PrivateKey.generated(algorithm)
            // One in four thousand million for each key that there is.
            if index.keys.contains(where: { $0.id == key.id }) { continue }
            try key.writeHalves(to: directory + "/\(key.id)", passphrase: passphrase)
            return try index.add(key.publicKey, state: state, at: now)
        }
    }

    /// Takes a rotation as far as is safe now; calling it again continues.
    ///
    /// A key must be published before the first link is signed with it. So there is always a pending key that edges know
    /// already, as DNSSEC pre-publishes its keys (RFC 6781 §4.1.1.1): rotating makes it the signing key, lets the old
    /// one verify, and makes the next pending one, which the next bundle publishes. The very first rotation finds no
    /// pending key; it makes one, and another call after publishing rotates.
    ///
    /// ```swift
    /// switch try keyring.rotate(minimumAge: 90 * 86400, at: now) {
    /// case .rotated(let from, let to, _): print("links are signed with \(to) instead of \(from)")
    /// case .awaitingPublication, .settling, .notDue: break
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - id: the pending key to sign with: by default the oldest whose private half is here.
    ///   - minimumAge: seconds; a signing key that signs for less long is left as it is.
    ///   - settling: seconds since the key was first published, for edges to poll.
    ///   - force: rotates to a key that no bundle carries yet. Edges refuse its links until they have one that does.
    ///   - passphrase: opens the key that will sign, to be sure that it can, and encrypts the next.
    ///   - now: when it is done.
    /// - Throws: ``TrustError/impossibleTransition(_:from:to:)`` when the key named is not pending, and others.
    public mutating func rotate(
        to id: KeyID? = nil, minimumAge: UInt32 = 0, settling: UInt32 = Rotation.standardSettling, force: Bool = false,
        passphrase: SecretBytes? = nil, at now: UnixTime
    ) throws(TrustError) -> Rotation {
        let keyring = self
        return try change { (index) throws(TrustError) in
            let signing = index.signing
            let candidate: KeyRecord
            if let id {
                candidate = try index.key(id)
                guard candidate.state == .pending else {
                    throw .impossibleTransition(id, from: candidate.state, to: .signing)
                }
            } else if let oldest = keyring.oldestPending(in: index) {
                candidate = oldest
            } else {
                candidate = try keyring.makeKey(
                    signing?.algorithm ?? .ed25519, passphrase: passphrase, in: &index, state: .pending, at: now)
            }
            if let signing, case let due = signing.changedAt.adding(seconds: minimumAge), due > now {
                return .notDue(signing.id, until: due)
            }
            if !force {
                guard let published = candidate.publishedAt else { return .awaitingPublication(candidate.id) }
                let settled = published.adding(seconds: settling)
                guard settled <= now else { return .settling(candidate.id, until: settled) }
            }
            // A key that can't be opened must not become the one that everything depends on.
            if keyring.hasPrivateKey(candidate.id) {
                _ = try keyring.readPrivateKey(
                    candidate.id, from: keyring.privatePath(candidate.id), passphrase: passphrase)
            }
            try index.promote(candidate.id, at: now)
            let next =
                if let pending = keyring.oldestPending(in: index) {
                    pending
                } else {
                    try keyring.makeKey(
                        candidate.algorithm, passphrase: passphrase, in: &index, state: .pending, at: now)
                }
            return .rotated(from: signing?.id, to: candidate.id, next: next.id)
        }
    }

    /// Only a key whose private half is here: rotating by itself must leave a keyring that can sign.
    private func oldestPending(in index: KeyringIndex) -> KeyRecord? {
        index.keys.first { $0.state == .pending && hasPrivateKey($0.id) }
    }

    /// Ends a key's life: links that were signed with it work no longer once the next bundle is out.
    ///
    /// A key that is retired already stays so.
    ///
    /// - Parameters:
    ///   - id: a pending or verifying key.
    ///   - force: retires it although its links would stop working.
    ///   - now: when it is done.
    ///   - unexpiredLinks: how many of a key's links can still be started or resumed, as far as the caller knows. It is
    ///     called while no other process changes the keyring, so that no links are made in between (``KeyringHold``).
    /// - Returns: the key, or why its links could not be counted; nothing was changed then.
    /// - Throws: ``TrustError/keyInUse(_:unexpiredLinks:)``, ``TrustError/noSuchKey(_:)``, and
    ///   ``TrustError/impossibleTransition(_:from:to:)`` for a signing or revoked key.
    public mutating func retire<Failure: Error>(
        _ id: KeyID, force: Bool = false, at now: UnixTime, unexpiredLinks: (KeyID) throws(Failure) -> Int
    ) throws(TrustError) -> Result<KeyRecord, Failure> {
        try change { (index) throws(TrustError) -> Result<KeyRecord, Failure> in
            let record = try index.key(id)
            if record.state == .retired { return .success(record) }
            guard record.state.allows(.retired) else {
                throw .impossibleTransition(id, from: record.state, to: .retired)
            }
            let count: Int
            do throws(Failure) { count = try unexpiredLinks(id) } catch { return .failure(error) }
            guard count == 0 || force else { throw .keyInUse(id, unexpiredLinks: count) }
            try index.move(id, to: .retired, at: now)
            return .success(try index.key(id))
        }
    }

    /// Retires every verifying key of this keyring none of whose links can be started or resumed any more.
    ///
    /// A key whose private half is elsewhere is left alone: nobody here knows what was signed with it.
    ///
    /// - Parameters:
    ///   - now: when it is done.
    ///   - unexpiredLinks: as for ``retire(_:force:at:unexpiredLinks:)``.
    /// - Returns: the keys, or why their links could not be counted; nothing was changed then.
    public mutating func retireUnused<Failure: Error>(
        at now: UnixTime, unexpiredLinks: (KeyID) throws(Failure) -> Int
    ) throws(TrustError) -> Result<[KeyRecord], Failure> {
        let keyring = self
        return try change { (index) throws(TrustError) -> Result<[KeyRecord], Failure> in
            var unused: [KeyID] = []
            for record in index.keys where record.state == .verifying && keyring.hasPrivateKey(record.id) {
                let count: Int
                do throws(Failure) { count = try unexpiredLinks(record.id) } catch { return .failure(error) }
                if count == 0 { unused.append(record.id) }
            }
            var retired: [KeyRecord] = []
            for id in unused {
                try index.move(id, to: .retired, at: now)
                retired.append(try index.key(id))
            }
            return .success(retired)
        }
    }

    /// Revokes a stolen key: all its links stop working once the next bundle is out.
    ///
    /// When it was the signing key, a new one signs in its place. A pending key is not promoted: whoever could read the
    /// one file could read the other, so revoke those too. The new key is not known to edges before the next bundle,
    /// which brings both changes at once. A key that is revoked already stays so.
    ///
    /// - Parameters:
    ///   - id: a key in any state.
    ///   - passphrase: encrypts the key that takes over. It need not be that of the revoked key.
    ///   - now: when it is done.
    public mutating func revoke(
        _ id: KeyID, passphrase: SecretBytes? = nil, at now: UnixTime
    ) throws(TrustError) -> Revoking {
        let keyring = self
        return try change { (index) throws(TrustError) in
            let record = try index.key(id)
            guard record.state != .revoked else { return Revoking(revoked: record, replacement: nil) }
            try index.move(id, to: .revoked, at: now)
            var replacement: KeyRecord?
            if record.state == .signing {
                replacement = try keyring.makeKey(
                    record.algorithm, passphrase: passphrase, in: &index, state: .signing, at: now)
            }
            return Revoking(revoked: try index.key(id), replacement: replacement)
        }
    }
}

/// How far a rotation has come.
public enum Rotation: Hashable, Sendable {
    /// The key `to` signs now, and `next` waits to be published.
    case rotated(from: KeyID?, to: KeyID, next: KeyID)
    /// The key waits to be published. Publish, and rotate again.
    case awaitingPublication(KeyID)
    /// The key was published, and edges may not all have polled since. Rotate again then.
    case settling(KeyID, until: UnixTime)
    /// The key that signs is younger than asked for.
    case notDue(KeyID, until: UnixTime)

    /// Five minutes: several polls of an edge.
    public static let standardSettling: UInt32 = 300
}

/// What revoking a key did.
public struct Revoking: Hashable, Sendable {
    public let revoked: KeyRecord
    /// The key that signs now, when the revoked one did.
    public let replacement: KeyRecord?
}
