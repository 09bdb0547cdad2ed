import LinkToken

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

    /// As many as keep a core busy for some 20 ms.
    private static let batchSize = 512

    private struct Batch: Sendable {
        let first: UInt32
        let contacts: [Contact]
    }

    private struct Rows: Sendable {
        let bytes: [UInt8]
        let contactCount: Int
        let statuses: [LinkStatus: Int]
    }

    /// Writes the rows of all contacts that `next` gives; their serials count from 0. Erased ones keep their place and
    /// have no row.
    ///
    /// - Returns: the number of contacts, and of rows by status.
    func write(
        to output: OutputFile, total: Int?, progress: MintingProgress.Report?,
        next: () throws(DistributionsError) -> Contact?
    ) async throws(DistributionsError) -> (contacts: Int, statuses: [LinkStatus: Int]) {
        try await write(total: total, progress: progress, next: next) { try output.write($0) }
    }

    /// The same into whatever takes bytes. It is waited for, so a slow taker slows the minting and fills no memory.
    func write(
        total: Int?, progress: MintingProgress.Report?, next: () throws(DistributionsError) -> Contact?,
        to take: ([UInt8]) async throws -> Void
    ) async throws(DistributionsError) -> (contacts: Int, statuses: [LinkStatus: Int]) {
        var template = SpreadsheetWriter(layout, embeddedNames: distribution.embeddedNames)
        let header = template.header()
        let writer = template
        let clock = ContinuousClock()
        let start = clock.now
        var read: UInt32 = 0
        var done = 0
        var counts: [LinkStatus: Int] = [:]
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
                counts.merge(rows.statuses, uniquingKeysWith: +)
                done += rows.contactCount
                let elapsed = clock.now - start
                progress?(MintingProgress(done: done, total: total, elapsed: elapsed / .seconds(1)))
            }
        } catch {
            throw DistributionsError(wrapping: error)
        }
        return (done, counts)
    }

    private func rows(of batch: Batch, _ writer: SpreadsheetWriter) throws -> Rows {
        var writer = writer
        var counts: [LinkStatus: Int] = [:]
        for (offset, contact) in batch.contacts.enumerated() where !contact.isErased {
            let serial = Serial(rawValue: batch.first + UInt32(offset))
            let use = uses?[serial] ?? .none
            let status = distribution.status(of: serial, use: use, at: now)
            guard statuses.isEmpty || statuses.contains(status) else { continue }
            counts[status, default: 0] += 1
            writer.write(
                contact, status: status, link: try minter.link(for: contact, serial: serial),
                expiration: distribution.expiry.time, use: use)
        }
        return Rows(bytes: writer.take(), contactCount: batch.contacts.count, statuses: counts)
    }
}

extension DistributionsError {
    init(wrapping error: any Error) {
        switch error {
        case let error as DistributionsError: self = error
        case is CancellationError: self = .cancelled
        default: self = .cryptography(CryptographyFailure(error))
        }
    }
}
