import Encoding

/// A place in one log: behind so many of its events.
///
/// It stays valid while the log grows. It isn't valid in any other log, nor in what a compaction, a repair or a restored
/// copy made of this one. It holds the log's ID, which is different for every file, and the checksum of the event before
/// it, which differs if a copy was restored and then recorded other events.
public struct LogPosition: Hashable, Sendable {
    let log: LogID
    /// How many events precede it.
    public let records: UInt64
    /// Of the record before it; zero at the beginning.
    let checksum: UInt32

    init(_ log: LogID, records: UInt64, checksum: UInt32) {
        (self.log, self.records, self.checksum) = (log, records, checksum)
    }
}

extension LogPosition: CustomStringConvertible {
    /// The log's ID and the checksum in hexadecimal, and between them the number of events.
    public var description: String { "\(log)-\(records)-\(checksum.hexadecimal)" }

    /// Nil for anything but a ``description``.
    public init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 32, parts[2].count == 8,
            let high = UInt64(hexadecimal: parts[0].prefix(16)), let low = UInt64(hexadecimal: parts[0].dropFirst(16)),
            let records = UInt64(String(decoding: parts[1], as: UTF8.self)),
            let checksum = UInt32(hexadecimal: parts[2])
        else { return nil }
        self.init(LogID(high: high, low: low), records: records, checksum: checksum)
        guard description == text else { return nil }
    }
}

extension LogID: CustomStringConvertible {
    /// 32 lower-case hexadecimal digits.
    package var description: String { high.hexadecimal + low.hexadecimal }
}
