/// The file that is appended to: one write and one sync per batch.
///
/// Owned by one thread at a time, and of no use any more once an append has thrown.
struct Journal {
    private(set) var file: any StorageFile
    private(set) var header: LogHeader
    private var seed: CRC32C
    /// How many records are written.
    private(set) var records: UInt64
    /// The size of the file: zeroes beyond the records.
    private var allocated: Int
    /// How much is written ahead at a time; nothing for 0.
    private let step: Int
    private var buffer: [UInt8] = []

    static let defaultStep = 1 << 20

    var path: String { file.path }
    var end: Int { LogScan.offset(of: records) }

    init(_ file: any StorageFile, _ header: LogHeader, records: UInt64, step: Int = defaultStep) {
        self.file = file
        self.header = header
        self.records = records
        self.step = step
        seed = header.seed
        allocated = LogScan.offset(of: records)
    }

    /// Writes the records as one batch and syncs.
    ///
    /// - Throws: the failure, after which nothing is known of these records and nothing may be appended: pages whose
    ///   sync failed count as clean, so a second sync would succeed without them (PostgreSQL's "fsyncgate", 2018).
    mutating func append(_ batch: [LogRecord]) throws(SystemFailure) {
        guard !batch.isEmpty else { return }
        try write(batch)
        try file.sync()
    }

    /// Writes without a sync, for a file that has no name yet.
    mutating func write(_ batch: [LogRecord]) throws(SystemFailure) {
        assert(batch.count <= RecordCoding.largestBatch)
        let size = batch.count * RecordCoding.size
        if buffer.count < size { buffer = [UInt8](repeating: 0, count: size) }
        for (offset, record) in batch.enumerated() {
            let index = records + UInt64(offset)
            buffer.withUnsafeMutableBytes { bytes in
                let place = bytes.baseAddress! + offset * RecordCoding.size
                RecordCoding.encode(record, at: index, batchOffset: offset, seed: seed, into: place)
            }
        }
        try extend(to: end + size)
        try file.writeAll(buffer[..<size], at: end)
        records += UInt64(batch.count)
    }

    /// Writes zeroes ahead, a mebibyte at a time. Batches then overwrite blocks that exist, which needs no journal
    /// commit of the file system; the article has the figures. Without room for a mebibyte the batch itself is tried.
    private mutating func extend(to size: Int) throws(SystemFailure) {
        guard step > 0, size > allocated else { return }
        let target = (size + step - 1) / step * step
        do throws(SystemFailure) {
            try file.writeAll([UInt8](repeating: 0, count: target - allocated)[...], at: allocated)
            allocated = target
        } catch {
            guard error.errno == SystemFailure.noSpace else { throw error }
            allocated = size
        }
    }

    /// Goes on in another file, which holds the same and has taken over the name.
    mutating func move(to other: Journal) {
        file.close()
        self = Journal(other.file, other.header, records: other.records, step: step)
    }

    /// Gives the zeroes at the end back and closes the file.
    mutating func close() {
        // All that counts is synced, so this may fail without harm.
        try? file.truncate(to: end)
        try? file.sync()
        file.close()
    }
}
