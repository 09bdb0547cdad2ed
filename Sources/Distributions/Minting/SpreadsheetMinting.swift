import LinkToken
import Workbooks

/// Mints the links of contacts on all cores and writes their spreadsheet, in order and in bounded memory.
struct SpreadsheetMinting {
    let distribution: Distribution
    let minter: LinkMinter
    let layout: SpreadsheetLayout
    /// What is known of the links' use; nothing when they are new.
    var uses: LinkUses?
    /// Only links of these statuses, all when empty.
    var statuses: Set<LinkStatus> = []
    let now: UnixTime
    /// Where a workbook is put together, in files without a name.
    let scratchDirectory: String

    /// As many as keep a core busy for some 20 ms.
    private static let batchSize = 512

    private struct Batch: Sendable {
        let first: UInt32
        let contacts: [Contact]
    }

    private struct Rows: Sendable {
        let bytes: [UInt8]
        let written: Written
    }

    /// What was written.
    struct Written: Sendable {
        /// Contacts, those without a row included.
        var contacts = 0
        /// Rows by status.
        var statuses: [LinkStatus: Int] = [:]
        var lengths: LinkLengths
        /// Rows without a value, by field in the link.
        var emptyFields: [String: Int] = [:]

        init(lengthLimit: Int) {
            lengths = LinkLengths(limit: lengthLimit)
        }

        var rows: Int { statuses.values.reduce(0, +) }

        var lengthWarnings: [LinkWarning] { lengths.exceeding > 0 ? [.longLinks(lengths)] : [] }

        mutating func merge(_ other: Written) {
            contacts += other.contacts
            statuses.merge(other.statuses, uniquingKeysWith: +)
            lengths.merge(other.lengths)
            emptyFields.merge(other.emptyFields, uniquingKeysWith: +)
        }
    }

    /// Writes the rows of all contacts that `next` gives; their serials count from 0. Erased ones keep their place and
    /// have no row.
    func write(
        to output: OutputFile, total: Int?, progress: MintingProgress.Report?,
        next: () throws(DistributionsError) -> Contact?
    ) async throws(DistributionsError) -> Written {
        try await write(total: total, progress: progress, next: next) { try output.write($0) }
    }

    /// The same into whatever takes bytes. It is waited for, so a slow taker slows the minting and fills no memory. A
    /// workbook comes when all is minted, since it is an archive.
    func write(
        total: Int?, progress: MintingProgress.Report?, next: () throws(DistributionsError) -> Contact?,
        to take: ([UInt8]) async throws -> Void
    ) async throws(DistributionsError) -> Written {
        guard layout.format == .xlsx else {
            return try await writeRows(total: total, progress: progress, next: next, to: take)
        }
        let sheet = try LinkSheet(named: distribution.name, layout, in: scratchDirectory)
        let written = try await writeRows(total: total, progress: progress, next: next) { try sheet.append($0) }
        do {
            try sheet.finish()
            while let bytes = try sheet.nextBytes() { try await take(bytes) }
        } catch {
            throw DistributionsError(wrapping: error)
        }
        return written
    }

    private func writeRows(
        total: Int?, progress: MintingProgress.Report?, next: () throws(DistributionsError) -> Contact?,
        to take: ([UInt8]) async throws -> Void
    ) async throws(DistributionsError) -> Written {
        var template = SpreadsheetWriter(layout, embeddedNames: distribution.embeddedNames)
        let header = template.header()
        let writer = template
        let clock = ContinuousClock()
        let start = clock.now
        var read: UInt32 = 0
        var written = Written(lengthLimit: layout.linkLengthLimit)
        do {
            try await take(header)
            try await orderedParallelMap {
                var contacts: [Contact] = []
                contacts.reserveCapacity(Self.batchSize)
                while contacts.count < Self.batchSize, let contact = try next() { contacts.append(contact) }
                guard !contacts.isEmpty else { return nil }
                let (end, overflow) = read.addingReportingOverflow(UInt32(contacts.count))
                guard !overflow else {
                    throw DistributionsError.invalid(
                        what: "contact list", value: distribution.origin.source, expected: "fewer contacts")
                }
                defer { read = end }
                return Batch(first: read, contacts: contacts)
            } transform: { batch in
                try rows(of: batch, writer)
            } emit: { (rows: Rows) in
                try await take(rows.bytes)
                written.merge(rows.written)
                let elapsed = clock.now - start
                progress?(MintingProgress(done: written.contacts, total: total, elapsed: elapsed / .seconds(1)))
            }
        } catch {
            throw DistributionsError(wrapping: error)
        }
        return written
    }

    private func rows(of batch: Batch, _ writer: SpreadsheetWriter) throws -> Rows {
        var writer = writer
        var written = Written(lengthLimit: layout.linkLengthLimit)
        written.contacts = batch.contacts.count
        for (offset, contact) in batch.contacts.enumerated() where !contact.isErased {
            let serial = Serial(rawValue: batch.first + UInt32(offset))
            let use = uses?[serial] ?? .none
            let status = distribution.status(of: serial, use: use, at: now)
            guard statuses.isEmpty || statuses.contains(status) else { continue }
            let link = try minter.link(for: contact, serial: serial)
            writer.write(contact, status: status, link: link, expiration: distribution.expiry.time, use: use)
            written.statuses[status, default: 0] += 1
            written.lengths.add(link)
            for field in minter.data.fields where minter.data.isInLink && field.value(of: contact).isEmpty {
                written.emptyFields[field.name, default: 0] += 1
            }
        }
        return Rows(bytes: writer.take(), written: written)
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
