import Cryptography
import LinkToken
import Trust

/// The spreadsheet of a distribution's links, ready to be minted again into whatever takes bytes.
///
/// ```swift
/// let spreadsheet = try library.linkSpreadsheet(of: distribution, key: key, at: now)
/// _ = try await spreadsheet.write { try await response.write($0) }
/// ```
///
/// It has the same bytes as the file that ``DistributionLibrary/generate(_:key:at:progress:)`` writes, or, with times,
/// as that of ``DistributionLibrary/download(_:uses:statuses:spreadsheet:key:output:at:progress:)``. No link lies on a
/// disk meanwhile.
public struct LinkSpreadsheet: Sendable {
    private let minting: SpreadsheetMinting
    private let contactsPath: String

    init(
        of distribution: Distribution, in library: DistributionLibrary, uses: LinkUses?, statuses: Set<LinkStatus>,
        withTimes: Bool, options: SpreadsheetOptions, key: PrivateKey, at now: UnixTime
    ) throws(DistributionsError) {
        contactsPath = library.contactsPath(of: distribution.id)
        minting = SpreadsheetMinting(
            distribution: distribution,
            minter: try LinkMinter(distribution, key: key, salt: try library.salt(of: distribution)),
            layout: try options.layout(
                embeddedNames: distribution.embeddedNames, contactFields: distribution.contactFields,
                withTimes: withTimes),
            uses: uses, statuses: statuses, now: now, scratchDirectory: library.workspace.dataDirectory)
    }

    /// - Parameter take: gets the bytes in order, some tens of kibibytes at a time, and is waited for.
    /// - Returns: the number of rows.
    /// - Throws: ``DistributionsError``, what `take` throws among them in words.
    public func write(to take: ([UInt8]) async throws -> Void) async throws(DistributionsError) -> Int {
        var reader = try StoredContactReader(contactsPath)
        return try await minting.write(
            total: minting.distribution.contacts, progress: nil,
            next: { () throws(DistributionsError) -> Contact? in try reader.next() }, to: take
        ).rows
    }
}

extension DistributionLibrary {
    /// Makes ready to mint a distribution's links again.
    ///
    /// - Parameters:
    ///   - uses: what is known of the links' use.
    ///   - statuses: only links of these, all when empty.
    ///   - withTimes: whether the columns Started At and Finished At are there.
    ///   - key: the distribution's key (``key(for:in:passphrase:)``). When its links have to be signed with another one
    ///     from now on, since its own verifies no more, that is recorded.
    /// - Throws: everything that can be known beforehand.
    public func linkSpreadsheet(
        of id: DistributionID, uses: LinkUses? = nil, statuses: Set<LinkStatus> = [], withTimes: Bool = false,
        options: SpreadsheetOptions = SpreadsheetOptions(), key: PrivateKey, at now: UnixTime
    ) throws(DistributionsError) -> LinkSpreadsheet {
        var distribution = try distribution(id)
        if distribution.keyID != key.id {
            let lock = try workspace.lock()
            defer { withExtendedLifetime(lock) {} }
            let hold = try holdKey(key.id, of: id)
            defer { extendLifetime(hold) }
            distribution = try update(id) { $0.keyID = key.id }
        }
        return try LinkSpreadsheet(
            of: distribution, in: self, uses: uses, statuses: statuses, withTimes: withTimes, options: options,
            key: key, at: now)
    }

    /// The contact at a place of a distribution. Nil where there is none, or an erased one.
    public func contact(at serial: Serial, of id: DistributionID) throws(DistributionsError) -> Contact? {
        var found: Contact?
        try forEachContact(of: id) { (contact, place) in
            if place == serial { found = contact }
            return place < serial
        }
        return found
    }

    /// The link of one contact of a distribution.
    ///
    /// - Parameter key: the distribution's key (``key(for:in:passphrase:)``).
    /// - Throws: ``DistributionsError/refused(_:reason:)`` when that is not what its links were minted with.
    public func link(
        of contact: Contact, at serial: Serial, of distribution: Distribution, key: PrivateKey
    ) throws(DistributionsError) -> String {
        guard key.id == distribution.keyID else {
            throw .refused(
                distribution.id, reason: "its key signs no more; download the distribution once, which renews its links"
            )
        }
        let minter = try LinkMinter(distribution, key: key, salt: try salt(of: distribution))
        do {
            return try minter.link(for: contact, serial: serial)
        } catch {
            throw DistributionsError(wrapping: error)
        }
    }
}
