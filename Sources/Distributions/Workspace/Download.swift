import Consumption
import Cryptography
import Glibc
import LinkToken
import Trust

/// What came of minting a distribution's links again.
public struct Download: Hashable, Sendable {
    public let distribution: Distribution
    /// Rows by status.
    public let statuses: [LinkStatus: Int]
    /// The key that the links were minted with before, when it is another one now. The links are new ones then.
    public let replacedKey: KeyID?
    /// What a person should know of the links before they are sent.
    public let warnings: [LinkWarning]

    public var rows: Int { statuses.values.reduce(0, +) }
}

extension DistributionLibrary {
    /// Mints a distribution's links again and writes their spreadsheet with each contact's status. The links are the same,
    /// byte for byte, if the key is the same Ed25519 key.
    ///
    /// - Parameters:
    ///   - id: the distribution.
    ///   - uses: which links were started and finished, as far as known.
    ///   - statuses: mints only links with one of these statuses; all if empty.
    ///   - spreadsheet: the columns and format of the spreadsheet.
    ///   - key: the key to sign with (``key(for:in:passphrase:)``).
    ///   - path: where the spreadsheet is written. `-` is standard output.
    ///   - now: the time that statuses refer to.
    ///   - progress: called after each batch.
    /// - Throws: ``DistributionsError``; ``DistributionsError/output(path:fault:)`` for a file that must not be written.
    public func download(
        _ id: DistributionID, uses: DistributionHistory? = nil, statuses: Set<LinkStatus> = [],
        spreadsheet: SpreadsheetLayout = SpreadsheetLayout(), key: PrivateKey, output path: String,
        at now: UnixTime, progress: MintingProgress.Report? = nil
    ) async throws(DistributionsError) -> Download {
        try await mintAgain(
            id, uses: uses, statuses: statuses, spreadsheet: spreadsheet, key: key, output: path, at: now,
            progress: progress)
    }

    /// Mints new links for the same contacts, after the old ones leaked: the epoch rises, and with the next bundle every
    /// earlier link is refused as deleted. Recorded starts and finishes stay, and so do revoked links revoked.
    public func regenerate(
        _ id: DistributionID, uses: DistributionHistory? = nil, spreadsheet: SpreadsheetLayout = SpreadsheetLayout(),
        key: PrivateKey, output path: String, at now: UnixTime, progress: MintingProgress.Report? = nil
    ) async throws(DistributionsError) -> Download {
        try await mintAgain(
            id, uses: uses, spreadsheet: spreadsheet, key: key, output: path, at: now, progress: progress
        ) { (distribution) throws(DistributionsError) in
            distribution.epoch = try distribution.nextEpoch()
            distribution.deletedAt = nil
            distribution.clearLinkChanges { $0.epoch = nil }
            distribution.record(.regenerated(), at: now)
        }
    }

    /// Mints new links for single recipients, after theirs leaked or were revoked. With the next bundle their earlier
    /// links are refused as revoked; all other links stay as they are.
    ///
    /// - Parameters:
    ///   - id: the distribution.
    ///   - serials: the recipients' places. Only their links are written.
    ///   - uses: which links were started and finished, as far as known.
    ///   - spreadsheet: the columns and format of the spreadsheet.
    ///   - key: the key that signed the distribution's links.
    ///   - path: where the spreadsheet is written. `-` is standard output.
    ///   - now: the time that statuses refer to.
    ///   - progress: called after each batch.
    /// - Throws: as ``download(_:uses:statuses:spreadsheet:key:output:at:progress:)``, and
    ///   ``DistributionsError/refused(_:reason:)`` if the distribution was deleted.
    public func regenerate(
        _ id: DistributionID, serials: Set<Serial>, uses: DistributionHistory? = nil,
        spreadsheet: SpreadsheetLayout = SpreadsheetLayout(), key: PrivateKey, output path: String, at now: UnixTime,
        progress: MintingProgress.Report? = nil
    ) async throws(DistributionsError) -> Download {
        try await mintAgain(
            id, only: serials, uses: uses, spreadsheet: spreadsheet, key: key, output: path, at: now,
            progress: progress
        ) { (distribution) throws(DistributionsError) in
            try distribution.requireLinks()
            guard key.id == distribution.keyID else {
                throw .refused(
                    id, reason: "its key no longer signs links; download the distribution once, which renews all")
            }
            let epoch = try distribution.nextEpoch()
            for serial in serials {
                distribution.linkChanges[serial, default: .none].epoch = epoch
                distribution.revocations[serial] = nil
            }
            distribution.record(.regenerated(recipients: serials.count), at: now)
        }
    }

    /// Writes the spreadsheet of a distribution's links. What changes of the distribution is in its manifest before the
    /// spreadsheet has its name.
    ///
    /// - Parameters:
    ///   - serials: the links to write; nil for all.
    ///   - change: makes further changes, in addition to the key.
    private func mintAgain(
        _ id: DistributionID, only serials: Set<Serial>? = nil, uses: DistributionHistory?,
        statuses: Set<LinkStatus> = [], spreadsheet: SpreadsheetLayout,
        key: PrivateKey, output path: String, at now: UnixTime, progress: MintingProgress.Report?,
        _ change: (inout Distribution) throws(DistributionsError) -> Void = { (_) throws(DistributionsError) in }
    ) async throws(DistributionsError) -> Download {
        func changed(_ before: Distribution) throws(DistributionsError) -> Distribution {
            var after = before
            try change(&after)
            after.sign(with: key.id, at: now)
            return after
        }
        var before = try distribution(id)
        // Taken only if something is changed, so that others can work while a spreadsheet is written.
        let lock = try changed(before) == before ? nil : try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        if lock != nil { before = try distribution(id) }
        let after = try changed(before)
        var layout = spreadsheet
        layout.showsTimes = true
        let minting = try minting(
            of: after, layout: layout, only: serials, statuses: statuses, uses: uses, key: key, at: now)
        let output = try OutputFile(path, outsideOf: workspace, format: spreadsheet.format)
        let counts = try await minting.write(progress: progress) { try output.write($0) }
        try output.complete()
        let hold = lock == nil ? nil : try holdKey(key.id, of: id)
        defer { extendLifetime(hold) }
        if lock != nil { _ = try update(id) { $0 = after } }
        try output.commit()
        return Download(
            distribution: after, statuses: counts.statuses, replacedKey: before.keyID == key.id ? nil : before.keyID,
            warnings: counts.lengthWarnings)
    }

    /// Has a distribution's links signed with another key from now on, since its own verifies no more. With the same key
    /// nothing is changed.
    public func sign(
        _ id: DistributionID, with key: PrivateKey, at now: UnixTime
    ) throws(DistributionsError) -> Distribution {
        let before = try distribution(id)
        if before.keyID == key.id { return before }
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        let hold = try holdKey(key.id, of: id)
        defer { extendLifetime(hold) }
        return try update(id) { $0.sign(with: key.id, at: now) }
    }

    /// The key to mint a distribution's links with again: the key that signed them as long as edges accept it, otherwise
    /// the current signing key.
    ///
    /// - Throws: `TrustError.noPrivateKey(_:)` if edges accept the key but its private half is elsewhere.
    public func key(
        for distribution: Distribution, in keyring: Keyring, passphrase: SecretBytes? = nil
    ) throws(TrustError) -> PrivateKey {
        if let record = keyring.keys.first(where: { $0.id == distribution.keyID }), record.state.verifies {
            return try keyring.privateKey(record.id, passphrase: passphrase)
        }
        return try keyring.signingKey(passphrase: passphrase)
    }
}

extension Distribution {
    fileprivate mutating func sign(with key: KeyID, at now: UnixTime) {
        guard keyID != key else { return }
        keyID = key
        record(.keyReplaced, at: now)
    }
}
