import Consumption
import Files

/// The file that is appended to: one write and one sync per batch.
///
/// Owned by one thread at a time, and of no use any more once an append has thrown; see ``reclaim()`` for the exception.
struct Journal {
    private(set) var file: any StorageFile
    private(set) var header: LogHeader
    private var seed: CRC32C
    /// How many records are written.
    private(set) var records: UInt64
    /// The size of the file: the records, and zeroes beyond them.
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

    /// Writes the records as one batch, syncs, and makes sure that this is still the file that the path names.
    ///
    /// - Throws: `ConsumptionError.stopped(_:)`, `ConsumptionError.outOfSpace(_:)` or
    ///   `ConsumptionError.displaced(path:_:)`. After it, nothing is known of these records and nothing may be appended:
    ///   pages whose sync failed count as clean, so a second sync would succeed without them (PostgreSQL's "fsyncgate",
    ///   2018).
    mutating func append(_ batch: [LinkEvent]) throws(ConsumptionError) {
        guard !batch.isEmpty else { return }
        let synced = records
        do throws(FileError) {
            try write(batch)
            try file.sync()
        } catch {
            records = synced
            throw ConsumptionError(error, appendingTo: path)
        }
        // Last: nothing may be acknowledged that is not in the file of that name. And a batch behind a cut makes the cut
        // show as damage when the log is opened again.
        try checkPlace()
    }

    /// Makes sure that the path names this file, and that the file is as long as it was made.
    ///
    /// - Throws: `ConsumptionError.displaced(path:_:)`, or `ConsumptionError.stopped(_:)` where nobody can tell.
    func checkPlace() throws(ConsumptionError) {
        try checkPlace { $0 == allocated }
    }

    private func checkPlace(hasLength isRight: (Int) -> Bool) throws(ConsumptionError) {
        let (isNamed, size): (Bool, Int)
        do throws(FileError) {
            (isNamed, size) = (try file.isNamed(path), try file.size())
        } catch {
            throw .stopped(error)
        }
        guard isNamed else { throw .displaced(path: path, .renamed) }
        guard isRight(size) else { throw .displaced(path: path, .resized) }
    }

    /// Writes without a sync, for a file that has no name yet.
    mutating func write(_ batch: [LinkEvent]) throws(FileError) {
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
    private mutating func extend(to size: Int) throws(FileError) {
        guard size > allocated else { return }
        guard step > 0 else {
            allocated = size
            return
        }
        do throws(FileError) {
            try writeZeroes(to: (size + step - 1) / step * step)
        } catch {
            guard error.isLackOfSpace else { throw error }
            // Some of the zeroes may have been written.
            allocated = max(size, try file.size())
        }
    }

    private mutating func writeZeroes(to size: Int) throws(FileError) {
        try file.writeAll([UInt8](repeating: 0, count: size - allocated)[...], at: allocated)
        allocated = size
    }

    /// Goes on after an append that found no room: gives up what it may have written of its batch, and writes zeroes ahead
    /// that the next batches have room in.
    ///
    /// - Returns: the links as the file has them. What was decided since its last batch is not among it.
    /// - Throws: `ConsumptionError.outOfSpace(_:)` if the disk is still full. Anything else is final.
    mutating func reclaim() throws(ConsumptionError) -> sending LinkTable {
        // Part of a batch, or of zeroes, may have been written.
        try checkPlace { $0 >= end }
        do throws(FileError) {
            try file.truncate(to: end)
            allocated = end
            if step > 0 { try writeZeroes(to: (end + 2 * step - 1) / step * step) }
            try file.sync()
        } catch {
            throw ConsumptionError(error, appendingTo: path)
        }
        return try LogSurvey(LogScan(file, header: header), upTo: records).soundTable()
    }

    /// Goes on in another file, which holds the same and has taken over the name.
    mutating func move(to other: Journal) {
        let path = path
        file.close()
        self = Journal(other.file, other.header, records: other.records, step: step)
        file.wasRenamed(to: path)
    }

    /// Gives the zeroes at the end back and closes the file.
    mutating func close() {
        // All that counts is synced, so this may fail without harm.
        try? file.truncate(to: end)
        try? file.sync()
        file.close()
    }
}

extension ConsumptionError {
    fileprivate init(_ failure: FileError, appendingTo path: String) {
        self = failure.isLackOfSpace ? .outOfSpace(failure) : .stopped(failure)
    }
}
