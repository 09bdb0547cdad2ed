/// The first block of a log. It names the format and the log and is written once, before the file has its name, in 4,096
/// bytes of its own that no record is ever written into. There is a copy at offset 2,048.
package struct LogHeader: Hashable, Sendable {
    package static let size = 4096
    static let copyOffset = 2048
    /// What the fields and their checksum take; the rest of the block is zero.
    private static let fieldSize = 64
    static let version: UInt32 = 1
    /// As in PNG, the line ends tell a file that was carried as text.
    static let magic = Array("linkseal log\r\n\u{1A}\n".utf8)

    /// 128 random bits. Every record's checksum begins with them.
    package var id: LogID
    /// How many records were synced before the file got its name: what fails among them is damage, never a torn tail.
    package var sealedRecords: UInt64

    package init(id: LogID, sealedRecords: UInt64) {
        self.id = id
        self.sealedRecords = sealedRecords
    }

    /// The checksum of a record up to its index.
    package var seed: CRC32C {
        var sum = CRC32C()
        sum.update(eight: UInt64(littleEndian: id.high.bigEndian))
        sum.update(eight: UInt64(littleEndian: id.low.bigEndian))
        return sum
    }

    package func encoded() -> [UInt8] {
        var half = Self.magic
        half.append(bigEndian: Self.version)
        half.append(bigEndian: UInt32(0))
        half.append(bigEndian: id.high)
        half.append(bigEndian: id.low)
        half.append(bigEndian: sealedRecords)
        half += [UInt8](repeating: 0, count: Self.fieldSize - 4 - half.count)
        half.append(bigEndian: Self.checksum(of: half[...]))
        half += [UInt8](repeating: 0, count: Self.copyOffset - half.count)
        return half + half
    }

    /// What the first block of a file turns out to be.
    enum Reading {
        case header(LogHeader)
        case notALog
        case unknownVersion(UInt32)
        case damaged(copy: LogHeader?)
    }

    static func decode(_ block: [UInt8]) -> Reading {
        if block.count < size {
            return block.starts(with: magic) ? .damaged(copy: nil) : .notALog
        }
        let first = half(block[..<fieldSize])
        let copy = half(block[copyOffset..<copyOffset + fieldSize])
        switch (first, copy) {
        case (.header(let header), _): return .header(header)
        case (.unknownVersion(let version), _), (_, .unknownVersion(let version)): return .unknownVersion(version)
        case (_, .header(let header)): return .damaged(copy: header)
        case (.notALog, .notALog): return .notALog
        default: return .damaged(copy: nil)
        }
    }

    private static func half(_ bytes: ArraySlice<UInt8>) -> Reading {
        guard bytes.starts(with: magic) else { return .notALog }
        let sum = UInt32(truncatingIfNeeded: bytes.bigEndian(at: fieldSize - 4, count: 4))
        guard sum == checksum(of: bytes.dropLast(4)) else { return .damaged(copy: nil) }
        let version = UInt32(bytes.bigEndian(at: 16, count: 4))
        guard version == self.version else { return .unknownVersion(version) }
        return .header(
            LogHeader(
                id: LogID(high: bytes.bigEndian(at: 24, count: 8), low: bytes.bigEndian(at: 32, count: 8)),
                sealedRecords: bytes.bigEndian(at: 40, count: 8)
            )
        )
    }

    private static func checksum(of bytes: ArraySlice<UInt8>) -> UInt32 {
        var sum = CRC32C()
        bytes.withUnsafeBytes { sum.update($0) }
        return sum.value
    }
}

/// The identity of a log file: 128 random bits, new with every file, so also after compaction and repair.
package struct LogID: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// From the system's CSPRNG (`getrandom`, by way of Swift's system generator).
    package static func random() -> LogID {
        LogID(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
    }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func bigEndian(at offset: Int, count: Int) -> UInt64 {
        self[startIndex + offset..<startIndex + offset + count].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
