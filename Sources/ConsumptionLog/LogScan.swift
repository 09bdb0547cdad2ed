/// Reads a log from its first record to its end and tells a torn tail from damage.
///
/// Batch k+1 is written only after batch k was synced. So whatever fails in the last batch may be the trace of a crash,
/// even where later sectors of it arrived before earlier ones; it was never acknowledged, and is dropped. And whatever
/// fails before the start of a later batch of which one record is sound had been synced: that is damage. Each record
/// holds its place in its batch, so any sound record tells where its batch begins.
struct LogScan {
    /// Where the sound records end.
    struct Ending: Equatable {
        /// How many records stand before it.
        var records: UInt64 = 0
        /// The index of the first record of the last batch, which alone may have been written but not synced.
        var lastBatchStart: UInt64 = 0
        /// From there to the last byte that isn't zero: what a crash left behind.
        var tornBytes: UInt64 = 0

        var offset: Int { LogScan.offset(of: records) }
    }

    /// What is to happen with damage: the scan goes on after a handler that returns.
    typealias DamageHandler = (Damage) throws(ConsumptionError) -> Void

    let file: any StorageFile
    let header: LogHeader

    static func offset(of index: UInt64) -> Int { LogHeader.size + Int(index) * RecordCoding.size }

    /// Opens the header.
    init(_ file: any StorageFile) throws(ConsumptionError) {
        let block: [UInt8]
        do { block = try file.readAll(at: 0, count: LogHeader.size) } catch { throw .system(error) }
        switch LogHeader.decode(block) {
        case .header(let header): self.init(file, header: header)
        case .notALog: throw .notALog(path: file.path)
        case .unknownVersion(let version): throw .unknownVersion(path: file.path, version: version)
        case .damaged(let copy): throw .headerDamaged(path: file.path, copyIsSound: copy != nil)
        }
    }

    init(_ file: any StorageFile, header: LogHeader) {
        self.file = file
        self.header = header
    }

    /// Hands over the sound records in order.
    ///
    /// - Parameters:
    ///   - start: where to go on, for a reader that has read so far already. Nothing before it is looked at.
    ///   - limit: where to stop, for a log that is being written: what stands before was synced, so none of it can be
    ///     torn, and what stands beyond is not looked at.
    ///   - stopAtTail: whether the records beyond a gap of the last batch are left out, as a log that is opened must.
    ///   - body: false if the record contradicts the ones before it.
    func run(
        from start: Ending = Ending(),
        upTo limit: UInt64? = nil,
        stopAtTail: Bool = true,
        onDamage: DamageHandler,
        _ body: (LogRecord, UInt64) throws(ConsumptionError) -> Bool
    ) throws(ConsumptionError) -> Ending {
        var walk = Walk(ending: start)
        let seed = header.seed
        let chunk = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.chunkRecords * RecordCoding.size,
            alignment: 16
        )
        defer { chunk.deallocate() }
        var index = start.records
        let end = limit ?? .max
        while index < end {
            let wanted = Int(min(end - index, UInt64(Self.chunkRecords))) * RecordCoding.size
            let buffer = UnsafeMutableRawBufferPointer(rebasing: chunk[..<wanted])
            let filled: Int
            do { filled = try file.readAll(into: buffer, at: Self.offset(of: index)) } catch { throw .system(error) }
            let whole = filled / RecordCoding.size
            for position in 0..<whole {
                let bytes = UnsafeRawPointer(chunk.baseAddress! + position * RecordCoding.size)
                switch RecordCoding.decode(bytes, at: index, seed: seed) {
                case .record(let record, let batchOffset):
                    if try walk.takes(index, batchOffset: batchOffset, onDamage) || !stopAtTail {
                        if try !body(record, index) {
                            try onDamage(Self.damage(at: index, to: index + 1, .contradiction))
                        }
                    }
                case .unknown(let batchOffset):
                    if try walk.takes(index, batchOffset: batchOffset, onDamage) {
                        try onDamage(Self.damage(at: index, to: index + 1, .unknownEvent))
                    }
                case .zeroes:
                    walk.misses(index, lastByte: nil)
                case .unreadable:
                    let last = (0..<RecordCoding.size).last { chunk[position * RecordCoding.size + $0] != 0 }
                    walk.misses(index, lastByte: last.map { UInt64(Self.offset(of: index) + $0) })
                }
                index += 1
            }
            if filled < wanted {
                let rest = whole * RecordCoding.size
                if let last = (rest..<filled).last(where: { chunk[$0] != 0 }) {
                    walk.misses(index, lastByte: UInt64(Self.offset(of: index) + last - rest))
                }
                break
            }
        }
        return try walk.end(at: index, required: limit ?? header.sealedRecords, onDamage)
    }

    /// 252 pages of 4,096 bytes, so that chunks begin at page boundaries.
    private static let chunkRecords = 43_008

    fileprivate static func damage(at index: UInt64, to end: UInt64, _ reason: Damage.Reason) -> Damage {
        Damage(
            offset: UInt64(offset(of: index)),
            length: (end - index) * UInt64(RecordCoding.size),
            reason: reason
        )
    }
}

/// The rule, apart from reading: fed with which records are sound, it says which count.
private struct Walk {
    private(set) var ending: LogScan.Ending
    /// The first record that is not sound, and the last byte that isn't zero from there on.
    private var gap: Gap?
    private var batchOffset: Int

    private struct Gap {
        var start: UInt64
        var lastByte: UInt64?
        /// Whether something other than zeroes stands in it.
        var hasBytes: Bool
    }

    init(ending: LogScan.Ending) {
        self.ending = ending
        batchOffset = Int(ending.records - ending.lastBatchStart) - 1
    }

    /// A sound record. True if it counts.
    @inline(__always)
    mutating func takes(
        _ index: UInt64,
        batchOffset: Int,
        _ onDamage: LogScan.DamageHandler
    ) throws(ConsumptionError) -> Bool {
        if gap == nil, batchOffset == self.batchOffset + 1 {
            self.batchOffset = batchOffset
            ending.records = index + 1
            return true
        }
        return try takesAtBoundary(index, batchOffset: batchOffset, onDamage)
    }

    private mutating func takesAtBoundary(
        _ index: UInt64,
        batchOffset: Int,
        _ onDamage: LogScan.DamageHandler
    ) throws(ConsumptionError) -> Bool {
        let isPlaced = UInt64(batchOffset) <= index
        let start = isPlaced ? index - UInt64(batchOffset) : index
        if let gap {
            if isPlaced, start == gap.start || start == ending.lastBatchStart && ending.records > 0 {
                // The same batch goes on beyond the gap: written, but never acknowledged.
                self.gap?.lastByte = UInt64(LogScan.offset(of: index + 1) - 1)
                return false
            }
            try onDamage(LogScan.damage(at: gap.start, to: index, gap.hasBytes ? .checksum : .zeroes))
            self.gap = nil
        } else if !isPlaced || batchOffset != 0 {
            try onDamage(LogScan.damage(at: index, to: index + 1, .misplaced))
        }
        self.batchOffset = batchOffset
        ending.lastBatchStart = start
        ending.records = index + 1
        return true
    }

    /// A record that is not sound.
    @inline(__always)
    mutating func misses(_ index: UInt64, lastByte: UInt64?) {
        if gap == nil { gap = Gap(start: index, lastByte: nil, hasBytes: false) }
        if let lastByte {
            gap?.lastByte = lastByte
            gap?.hasBytes = true
        }
    }

    mutating func end(
        at index: UInt64,
        required: UInt64,
        _ onDamage: LogScan.DamageHandler
    ) throws(ConsumptionError) -> LogScan.Ending {
        let first = gap?.start ?? index
        if first < required {
            try onDamage(LogScan.damage(at: first, to: required, .missing))
        }
        if let gap, let last = gap.lastByte {
            ending.tornBytes = last + 1 - UInt64(LogScan.offset(of: gap.start))
            if ending.tornBytes > UInt64(RecordCoding.largestBatch * RecordCoding.size) {
                try onDamage(
                    Damage(
                        offset: UInt64(LogScan.offset(of: gap.start)),
                        length: ending.tornBytes,
                        reason: .tooLong
                    )
                )
            }
        }
        return ending
    }
}
