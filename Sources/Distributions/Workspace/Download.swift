import Cryptography
import Glibc
import LinkToken
import Trust

/// What came of a download.
public struct Download: Hashable, Sendable {
    public let distribution: Distribution
    /// Rows by status.
    public let statuses: [LinkStatus: Int]
    /// The key that the links were minted with before, when it does not sign links that verify any more. The links
    /// are new ones then.
    public let replacedKey: KeyID?
    /// What a person should know of the links before they are sent.
    public let warnings: [LinkWarning]

    public var rows: Int { statuses.values.reduce(0, +) }
}

extension DistributionLibrary {
    /// Mints a distribution's links again and writes their spreadsheet with each contact's status: the same links, byte
    /// for byte, as long as the key is the same and of Ed25519.
    ///
    /// - Parameters:
    ///   - uses: what is known of the links' use.
    ///   - statuses: only links of these, all when empty.
    ///   - key: the distribution's key (``key(for:in:)``), or the present one when that verifies no more.
    ///   - output: where the spreadsheet goes. `-` is standard output.
    /// - Throws: ``DistributionsError``; ``DistributionsError/output(path:fault:)`` for a file that must not be written.
    public func download(
        _ id: DistributionID, uses: LinkUses? = nil, statuses: Set<LinkStatus> = [],
        spreadsheet: SpreadsheetOptions = SpreadsheetOptions(), key: PrivateKey, output path: String,
        at now: UnixTime, progress: MintingProgress.Report? = nil
    ) async throws(DistributionsError) -> Download {
        let before = try distribution(id)
        var distribution = before
        let isReplaced = before.keyID != key.id
        // Taken only where something is changed: others may go on working while a spreadsheet is written.
        let lock = isReplaced ? try workspace.lock() : nil
        defer { withExtendedLifetime(lock) {} }
        distribution.keyID = key.id
        let (output, written) = try await mint(
            distribution, uses: uses, statuses: statuses, spreadsheet: spreadsheet, key: key, output: path, at: now,
            progress: progress)
        let hold = isReplaced ? try holdKey(key.id, of: id) : nil
        defer { extendLifetime(hold) }
        if isReplaced { _ = try update(id) { $0.keyID = key.id } }
        try output.commit()
        return Download(
            distribution: distribution, statuses: written.statuses, replacedKey: isReplaced ? before.keyID : nil,
            warnings: written.lengthWarnings)
    }

    /// Mints new links for the same contacts, after the old ones leaked: the epoch rises, and with the next bundle every
    /// earlier link is refused as deleted. Recorded starts and finishes stay, and so do revoked links revoked.
    public func regenerate(
        _ id: DistributionID, uses: LinkUses? = nil, spreadsheet: SpreadsheetOptions = SpreadsheetOptions(),
        key: PrivateKey, output path: String, at now: UnixTime, progress: MintingProgress.Report? = nil
    ) async throws(DistributionsError) -> Download {
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        var distribution = try distribution(id)
        guard let epoch = distribution.epoch.next, epoch.next != nil else {
            throw .refused(id, reason: "its links were made anew too often; generate a new distribution")
        }
        distribution.epoch = epoch
        distribution.deletedAt = nil
        distribution.keyID = key.id
        let (output, written) = try await mint(
            distribution, uses: uses, statuses: [], spreadsheet: spreadsheet, key: key, output: path, at: now,
            progress: progress)
        let hold = try holdKey(key.id, of: id)
        defer { extendLifetime(hold) }
        _ = try update(id) { $0 = distribution }
        try output.commit()
        return Download(
            distribution: distribution, statuses: written.statuses, replacedKey: nil, warnings: written.lengthWarnings)
    }

    /// The key that a distribution's links are minted with again: the one that signed them while it verifies, else the
    /// one that signs now.
    ///
    /// - Throws: ``Trust/TrustError/noPrivateKey(_:)`` when the key verifies and its private half is elsewhere.
    public func key(
        for distribution: Distribution, in keyring: Keyring, passphrase: SecretBytes? = nil
    ) throws(TrustError) -> PrivateKey {
        if let record = keyring.keys.first(where: { $0.id == distribution.keyID }), record.state.verifies {
            return try keyring.privateKey(record.id, passphrase: passphrase)
        }
        return try keyring.signingKey(passphrase: passphrase)
    }

    private func mint(
        _ distribution: Distribution, uses: LinkUses?, statuses: Set<LinkStatus>, spreadsheet: SpreadsheetOptions,
        key: PrivateKey, output path: String, at now: UnixTime, progress: MintingProgress.Report?
    ) async throws(DistributionsError) -> (OutputFile, SpreadsheetMinting.Written) {
        var reader = try StoredContactReader(contactsPath(of: distribution.id))
        let minting = SpreadsheetMinting(
            distribution: distribution,
            minter: try LinkMinter(distribution, key: key, salt: try salt(of: distribution)),
            layout: try spreadsheet.layout(
                embeddedNames: distribution.embeddedNames, contactFields: distribution.contactFields, withTimes: true),
            uses: uses, statuses: statuses, now: now, scratchDirectory: workspace.dataDirectory)
        let output = try OutputFile(path, outsideOf: workspace, format: spreadsheet.format)
        let written = try await minting.write(to: output, total: distribution.contacts, progress: progress) {
            () throws(DistributionsError) -> Contact? in
            try reader.next()
        }
        guard written.contacts == distribution.contacts else {
            throw .damaged(
                path: contactsPath(of: distribution.id),
                reason: "it has \(written.contacts) rows where the manifest says \(distribution.contacts)")
        }
        try output.complete()
        return (output, written)
    }
}
