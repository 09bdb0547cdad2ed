import Consumption
import Cryptography
import Glibc
import LinkToken
import Workbooks

/// Mints the links of a distribution. Whatever makes links makes them here: contacts come with their places, those whose
/// links aren't wanted are left out, the others get their link, and the rows are written.
///
/// ```swift
/// let minting = try library.minting(of: distribution, statuses: [.emailNotSent], key: key, at: now)
/// _ = try await minting.write { try await response.write($0) }
/// ```
///
/// The same contacts and the same Ed25519 key give the same bytes, whether they are written to a file or sent. No link
/// lies on a disk meanwhile, and a million links take no more memory than ten thousand.
public struct LinkMinting: Sendable {
    let distribution: Distribution
    let minter: LinkMinter
    private let layout: SpreadsheetLayout
    private let columns: [SpreadsheetColumn]
    private let serials: Set<Serial>?
    private let statuses: Set<LinkStatus>
    private let uses: DistributionHistory?
    private let now: UnixTime
    private let library: DistributionLibrary
    /// Where a workbook is put together, in files without a name.
    private let scratchDirectory: String

    /// As many as keep a core busy for some 20 ms.
    private static let batchSize = 512

    /// - Parameters:
    ///   - serials: only these links; all if nil.
    ///   - statuses: only links of these, all when empty.
    ///   - uses: what is known of the links' use; nothing when they are new.
    init(
        _ distribution: Distribution, layout: SpreadsheetLayout = SpreadsheetLayout(), only serials: Set<Serial>? = nil,
        statuses: Set<LinkStatus> = [],
        uses: DistributionHistory? = nil, key: PrivateKey, salt: EmbeddedData.Salt, in library: DistributionLibrary,
        at now: UnixTime
    ) throws(DistributionsError) {
        self.distribution = distribution
        self.layout = layout
        self.serials = serials
        self.statuses = statuses
        self.uses = uses
        self.now = now
        columns = try layout.columns(
            embeddedNames: distribution.embeddedNames, contactFields: distribution.contactFields)
        minter = try LinkMinter(distribution, key: key, salt: salt)
        self.library = library
        scratchDirectory = library.workspace.dataDirectory
    }

    /// The link of a contact, at its place in the distribution.
    public func link(of contact: Contact, at serial: Serial) throws(DistributionsError) -> String {
        do {
            return try minter.link(for: contact, serial: serial)
        } catch {
            throw DistributionsError(wrapping: error)
        }
    }

    /// A link for testing, which can be started any number of times and is counted nowhere.
    ///
    /// - Parameter contact: the person whose ID and data the link carries; nil for one with the ID `test` and no data.
    /// - Throws: ``DistributionsError/refused(_:reason:)`` if the distribution was deleted.
    public func testLink(like contact: Contact?) throws(DistributionsError) -> String {
        try distribution.requireLinks()
        let nobody = Contact(id: try? ContactID("test"), embeddedData: distribution.embeddedNames.map { _ in "" })
        return try link(of: contact ?? nobody, at: .firstForTesting)
    }

    /// The links one after the other, for services that send them out.
    public func links() throws(DistributionsError) -> MintedLinks {
        MintedLinks(of: self, try RecipientReader(of: distribution, in: library))
    }

    /// Mints the links on all cores and gives their spreadsheet to whatever takes bytes.
    ///
    /// - Parameters:
    ///   - progress: called after each batch.
    ///   - take: gets the bytes in order, some tens of kibibytes at a time. Minting waits for it, so a slow consumer
    ///     doesn't fill the memory. A workbook is an archive, so its bytes come only when everything is minted.
    /// - Throws: ``DistributionsError``, which also wraps what `take` throws; ``DistributionsError/cancelled``.
    public func write(
        progress: MintingProgress.Report? = nil, to take: ([UInt8]) async throws -> Void
    ) async throws(DistributionsError) -> MintedCounts {
        var reader = try RecipientReader(of: distribution, in: library)
        return try await write(
            total: distribution.contacts, progress: progress,
            next: { () throws(DistributionsError) -> (Contact, Serial)? in
                try reader.next().map { ($0, reader.serial) }
            }, to: take)
    }

    /// The same for contacts that aren't in the distribution's file yet.
    ///
    /// - Parameters:
    ///   - total: how many they are, if that is known.
    ///   - next: gives one after the other, with its place.
    func write(
        total: Int?, progress: MintingProgress.Report?,
        next: () throws(DistributionsError) -> (Contact, Serial)?, to take: ([UInt8]) async throws -> Void
    ) async throws(DistributionsError) -> MintedCounts {
        guard layout.format == .xlsx else {
            return try await writeRows(total: total, progress: progress, next: next, to: take)
        }
        let sheet = try LinkSheet(named: distribution.name, columns, in: scratchDirectory)
        let counts = try await writeRows(total: total, progress: progress, next: next) { try sheet.append($0) }
        do {
            try sheet.finish()
            while let bytes = try sheet.nextBytes() { try await take(bytes) }
        } catch {
            throw DistributionsError(wrapping: error)
        }
        return counts
    }

    private struct Batch: Sendable {
        var contacts: [(contact: Contact, serial: Serial)] = []
    }

    private struct Rows: Sendable {
        let bytes: [UInt8]
        let counts: MintedCounts
        /// The place of the last contact.
        let last: Serial
    }

    private func writeRows(
        total: Int?, progress: MintingProgress.Report?,
        next: () throws(DistributionsError) -> (Contact, Serial)?, to take: ([UInt8]) async throws -> Void
    ) async throws(DistributionsError) -> MintedCounts {
        var template = SpreadsheetWriter(layout, columns)
        let header = template.header()
        let writer = template
        let clock = ContinuousClock()
        let start = clock.now
        var counts = MintedCounts(lengthLimit: layout.linkLengthLimit)
        do {
            try await take(header)
            try await orderedParallelMap {
                var batch = Batch()
                batch.contacts.reserveCapacity(Self.batchSize)
                while batch.contacts.count < Self.batchSize, let placed = try next() { batch.contacts.append(placed) }
                return batch.contacts.isEmpty ? nil : batch
            } transform: { (batch) in
                try rows(of: batch, writer)
            } emit: { (rows: Rows) in
                try await take(rows.bytes)
                counts.merge(rows.counts)
                progress?(
                    MintingProgress(done: Int(rows.last.rawValue) + 1, total: total, elapsed: clock.now - start))
            }
        } catch {
            throw DistributionsError(wrapping: error)
        }
        return counts
    }

    private func rows(of batch: Batch, _ writer: SpreadsheetWriter) throws -> Rows {
        var writer = writer
        var counts = MintedCounts(lengthLimit: layout.linkLengthLimit)
        for (contact, serial) in batch.contacts {
            guard let minted = try mint(contact, at: serial) else {
                counts.leftOut[distribution.status(of: serial, use: uses?[serial], at: now), default: 0] += 1
                continue
            }
            writer.write(minted)
            counts.add(minted)
            for field in minter.data.fields where minter.data.isInLink && field.value(of: contact).isEmpty {
                counts.emptyFields[field.name, default: 0] += 1
            }
        }
        return Rows(bytes: writer.take(), counts: counts, last: batch.contacts.last!.serial)
    }

    /// Nil for a link that isn't wanted.
    fileprivate func mint(_ contact: Contact, at serial: Serial) throws -> MintedLink? {
        guard serials?.contains(serial) ?? true else { return nil }
        let use = uses?[serial]
        let status = distribution.status(of: serial, use: use, at: now)
        guard statuses.isEmpty || statuses.contains(status) else { return nil }
        return MintedLink(
            contact: contact, serial: serial, status: status, expiry: distribution.expiry(of: serial).time, use: use,
            link: try minter.link(for: contact, serial: serial))
    }
}

extension DistributionLibrary {
    /// Prepares to mint a distribution's links again.
    ///
    /// - Parameters:
    ///   - distribution: the distribution.
    ///   - layout: the columns and format of the spreadsheet.
    ///   - serials: mints only these links; all if nil.
    ///   - statuses: mints only links with one of these statuses; all if empty.
    ///   - uses: which links were started and finished, as far as known.
    ///   - key: the distribution's key (``DistributionLibrary/key(for:in:passphrase:)``).
    ///   - now: the time that statuses refer to.
    /// - Throws: ``DistributionsError/refused(_:reason:)`` if its links were minted with another key;
    ///   ``DistributionsError/invalid(what:value:expected:)`` for columns that don't exist.
    public func minting(
        of distribution: Distribution, layout: SpreadsheetLayout = SpreadsheetLayout(),
        only serials: Set<Serial>? = nil,
        statuses: Set<LinkStatus> = [], uses: DistributionHistory? = nil, key: PrivateKey, at now: UnixTime
    ) throws(DistributionsError) -> LinkMinting {
        guard key.id == distribution.keyID else {
            throw .refused(
                distribution.id,
                reason: "its key no longer signs links; download the distribution once, which renews them"
            )
        }
        return try LinkMinting(
            distribution, layout: layout, only: serials, statuses: statuses, uses: uses, key: key,
            salt: salt(of: distribution),
            in: self, at: now)
    }
}

/// A contact's link.
public struct MintedLink: Sendable {
    public let contact: Contact
    /// Its place in the distribution.
    public let serial: Serial
    public let status: LinkStatus
    /// When it expires: what it says, unless that was changed since.
    let expiry: UnixTime
    let use: LinkHistory?
    public let link: String
}

/// The links of a distribution one after the other.
public struct MintedLinks {
    private let minting: LinkMinting
    private var reader: RecipientReader

    fileprivate init(of minting: LinkMinting, _ reader: RecipientReader) {
        self.minting = minting
        self.reader = reader
    }

    /// Nil at the end.
    public mutating func next() throws(DistributionsError) -> MintedLink? {
        do {
            while let contact = try reader.next() {
                if let minted = try minting.mint(contact, at: reader.serial) { return minted }
            }
        } catch {
            throw DistributionsError(wrapping: error)
        }
        return nil
    }
}

extension DistributionsError {
    init(wrapping error: any Error) {
        switch error {
        case let error as DistributionsError: self = error
        case is CancellationError: self = .cancelled
        case let error as WorkbookError: self = .workbook(file: "the spreadsheet", fault: error)
        default: self = .cryptography(reason: "\(error)")
        }
    }
}

/// Maps inputs on all cores. Results come out in the order of the inputs, and only a bounded number of either is in
/// memory at once, whichever side is slow.
///
/// - Parameters:
///   - next: gives the inputs one after the other, nil at the end. Runs on the calling task.
///   - transform: runs on any thread.
///   - emit: takes the results in order. Runs on the calling task.
/// - Throws: the first error of any of the three, and `CancellationError`.
func orderedParallelMap<Input: Sendable, Output: Sendable>(
    next: () throws -> Input?,
    transform: @escaping @Sendable (Input) throws -> Output,
    emit: (Output) async throws -> Void
) async throws {
    let window = 2 * max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) + 2
    try await withThrowingTaskGroup(of: (Int, Output).self) { group in
        var added = 0
        var emitted = 0
        var waiting: [Int: Output] = [:]
        var hasMore = true
        while true {
            while hasMore, added - emitted < window {
                try Task.checkCancellation()
                guard let input = try next() else {
                    hasMore = false
                    break
                }
                let index = added
                added += 1
                group.addTask { (index, try transform(input)) }
            }
            guard emitted < added, let (index, output) = try await group.next() else { return }
            waiting[index] = output
            while let output = waiting.removeValue(forKey: emitted) {
                try await emit(output)
                emitted += 1
            }
        }
    }
}
