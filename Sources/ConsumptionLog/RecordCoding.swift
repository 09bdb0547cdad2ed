import Consumption
import LinkToken

/// The 24 bytes of a record. The format's article holds the table.
package enum RecordCoding {
    package static let size = 24
    /// The batch offset has 16 bits.
    static let largestBatch = 65_536

    /// What 24 bytes turn out to be.
    enum Reading {
        case record(LinkEvent, batchOffset: Int)
        /// The checksum is right, but no version that this one knows writes such a value. The nonce is nil if that is
        /// what can't be one.
        case unknown(Nonce?, batchOffset: Int)
        case zeroes
        case unreadable
    }

    @inline(__always)
    static func encode(
        _ record: LinkEvent,
        at index: UInt64,
        batchOffset: Int,
        seed: CRC32C,
        into bytes: UnsafeMutableRawPointer
    ) {
        let distribution = record.nonce.distribution.rawValue.bigEndian
        let place = UInt64(record.nonce.serial.rawValue) << 32 | UInt64(record.time.rawValue)
        let kind = UInt32(record.kind.rawValue) << 8 | UInt32(record.details.startedBy.rawValue)
        let rest = kind << 16 | UInt32(batchOffset)
        bytes.storeBytes(of: distribution, as: UInt64.self)
        bytes.storeBytes(of: place.bigEndian, toByteOffset: 8, as: UInt64.self)
        bytes.storeBytes(of: rest.bigEndian, toByteOffset: 16, as: UInt32.self)
        seal(bytes, at: index, seed: seed)
    }

    /// Puts the checksum of 24 bytes right.
    @inline(__always)
    package static func seal(_ bytes: UnsafeMutableRawPointer, at index: UInt64, seed: CRC32C) {
        let sum = checksum(
            bytes.loadUnaligned(as: UInt64.self),
            bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
            bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self),
            at: index,
            seed: seed
        )
        bytes.storeBytes(of: sum.bigEndian, toByteOffset: 20, as: UInt32.self)
    }

    @inline(__always)
    static func decode(_ bytes: UnsafeRawPointer, at index: UInt64, seed: CRC32C) -> Reading {
        let distribution = bytes.loadUnaligned(as: UInt64.self)
        let place = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        let last = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        if distribution | place | last == 0 { return .zeroes }
        let rest = UInt32(truncatingIfNeeded: UInt64(littleEndian: last)).littleEndian
        let sum = UInt32(truncatingIfNeeded: UInt64(bigEndian: last))
        guard checksum(distribution, place, rest, at: index, seed: seed) == sum else { return .unreadable }
        let fields = UInt32(bigEndian: rest)
        let batchOffset = Int(fields & 0xFFFF)
        guard let id = DistributionID(rawValue: UInt64(bigEndian: distribution)) else {
            return .unknown(nil, batchOffset: batchOffset)
        }
        let serial = Serial(rawValue: UInt32(UInt64(bigEndian: place) >> 32))
        let time = UnixTime(rawValue: UInt32(truncatingIfNeeded: UInt64(bigEndian: place)))
        let nonce = Nonce(distribution: id, serial: serial)
        guard
            let event = LinkEvent.Kind(rawValue: UInt8(fields >> 24)),
            case let agent = UInt8(truncatingIfNeeded: fields >> 16), event == .started || agent == 0,
            time.isRecordable
        else { return .unknown(nonce, batchOffset: batchOffset) }
        // A later version may know more classes; what was started counts all the same.
        let details = StartDetails(startedBy: UserAgentClass(rawValue: agent) ?? .unknown)
        let record = LinkEvent(nonce: nonce, kind: event, time: time, details: details)
        return .record(record, batchOffset: batchOffset)
    }

    /// Over the log's ID (already in the seed), the record's index and its first 20 bytes, so that stale bytes of
    /// another log or another place never pass for a record.
    @inline(__always)
    private static func checksum(
        _ first: UInt64,
        _ second: UInt64,
        _ third: UInt32,
        at index: UInt64,
        seed: CRC32C
    ) -> UInt32 {
        var sum = seed
        sum.update(eight: UInt64(littleEndian: index.bigEndian))
        sum.update(eight: UInt64(littleEndian: first))
        sum.update(eight: UInt64(littleEndian: second))
        sum.update(four: UInt32(littleEndian: third))
        return sum.value
    }
}
