import Consumption
import Glibc

/// The next part of a log, for a copy on another machine.
public struct LogPage: Hashable, Sendable {
    /// The most events in a page: 384 KiB, which a slow line carries before a server gives its client up.
    public static let recordLimit = 16_384
    /// The most bytes in a page.
    public static let byteLimit = LogHeader.size + recordLimit * RecordCoding.size

    /// What a copy consists of up to ``end``: at the beginning of a log its header, and then records, as the file has
    /// them. The header names the log and says that nothing is sealed, so every part of the copy that ends with a record is
    /// a log of its own.
    public let bytes: [UInt8]
    public let end: LogPosition
    /// How many durable events follow.
    public let remaining: UInt64
}

extension ConsumptionLog {
    /// The durable events behind a position, at most ``LogPage/recordLimit`` of them, also where the log has stopped.
    ///
    /// They are read from the file on a separate thread, while the log keeps recording.
    ///
    /// - Parameter position: the end of the page before, or nil for the beginning.
    /// - Returns: nil if the position isn't in this log, which was compacted, repaired or replaced since.
    /// - Throws: `ConsumptionError.displaced(path:_:)` or what opening a log throws.
    public func page(after position: LogPosition?) async throws(ConsumptionError) -> LogPage? {
        try await onThread { [self] () throws(ConsumptionError) in try readPage(after: position) }
    }

    private func readPage(after position: LogPosition?) throws(ConsumptionError) -> LogPage? {
        // A compaction gives another file the name a moment before the writer says so.
        for attempt in 0..<100 {
            if attempt > 0 { usleep(20_000) }
            let (log, durable) = writer.measurements.withLock { ($0.log, $0.records) }
            let file: any StorageFile
            do { file = try fileSystem.open(path, .reading) } catch { throw ConsumptionError(error, opening: path) }
            defer { file.close() }
            guard try LogScan(file).header.id == log else { continue }
            return try LogPage(file, of: log, after: position, upTo: durable)
        }
        throw .displaced(path: path, .renamed)
    }
}

extension LogPage {
    /// - Parameter durable: how many records of the file are durable. They don't change any more, whatever is appended.
    fileprivate init?(
        _ file: any StorageFile, of log: LogID, after position: LogPosition?, upTo durable: UInt64
    ) throws(ConsumptionError) {
        let start = position?.records ?? 0
        guard start <= durable else { return nil }
        let before = try Self.checksum(ofRecordBefore: start, in: file)
        if let position, position != LogPosition(log, records: start, checksum: before) { return nil }
        let count = min(durable - start, UInt64(Self.recordLimit))
        let records = try Self.read(file, at: LogScan.offset(of: start), count: Int(count) * RecordCoding.size)
        bytes = position == nil ? LogHeader(id: log, sealedRecords: 0).encoded() + records : records
        end = LogPosition(
            log, records: start + count,
            checksum: records.isEmpty ? before : RecordCoding.checksum(of: records.suffix(4)))
        remaining = durable - start - count
    }

    private static func checksum(
        ofRecordBefore index: UInt64, in file: any StorageFile
    ) throws(ConsumptionError) -> UInt32 {
        guard index > 0 else { return 0 }
        return RecordCoding.checksum(of: try read(file, at: LogScan.offset(of: index) - 4, count: 4)[...])
    }

    private static func read(_ file: any StorageFile, at offset: Int, count: Int) throws(ConsumptionError) -> [UInt8] {
        let bytes: [UInt8]
        do { bytes = try file.readAll(at: offset, count: count) } catch { throw .system(error) }
        guard bytes.count == count else { throw .displaced(path: file.path, .resized) }
        return bytes
    }
}

extension RecordCoding {
    /// The number that the last four bytes of a record hold.
    static func checksum(of bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
