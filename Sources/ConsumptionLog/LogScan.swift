import Consumption
import LinkToken

/// Reads a log from its first record to its end and tells a torn tail from damage.
///
/// Batch k+1 is written only after batch k was synced. So whatever fails in the last batch may be the trace of a crash,
/// even where later sectors of it arrived before earlier ones; it was never acknowledged, and is dropped. And whatever
/// fails before the start of a later batch of which one record is sound had been synced: that is damage. Each record
/// holds its place in its batch, so any sound record tells where its batch begins.
struct LogScan {
    /// Where the sound records end.
    struct Ending: Equatable {
        /// How many records precede it.
        var records: UInt64 = 0
        /// The index of the first record of the last batch, which alone may have been written but not synced.
        var lastBatchStart: UInt64 = 0
        /// From there to the last byte that isn't zero: what a crash left behind.
        var tornBytes: UInt64 = 0

        var offset: Int { LogScan.offset(of: records) }
    }

    /// How to handle damage. The scan continues if the handler returns.
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

    /// Nil if the copy of the header is damaged, too.
    init?(byHeaderCopyOf file: any StorageFile) throws(ConsumptionError) {
        let block: [UInt8]
        do { block = try file.readAll(at: 0, count: LogHeader.size) } catch { throw .system(error) }
        guard case .damaged(let copy?) = LogHeader.decode(block) else { return nil }
        self.init(file, header: copy)
    }

    init(_ file: any StorageFile, header: LogHeader) {
        self.file = file
        self.header = header
    }

    /// Hands over the sound records in order.
    ///
    /// In a log that is in use, a record may be looked at before it is written, and later ones after. So before a gap
    /// counts as damage it is read once more.
    ///
    /// - Parameters:
    ///   - start: where to go on, for a reader that has read so far already. Nothing before it is looked at.
    ///   - limit: where to stop, for a log that is being written: everything before it was synced, so none of it can be
    ///     torn, and everything after it is ignored.
    ///   - onTail: takes the readable records of a torn tail, and their index.
    ///   - body: returns why the record contradicts the ones before it, or nil.
    func run(
        from start: Ending = Ending(),
        upTo limit: UInt64? = nil,
        onDamage: DamageHandler,
        onTail: (LinkEvent, UInt64) throws(ConsumptionError) -> Void = { _, _ in },
        _ body: (LinkEvent) throws(ConsumptionError) -> Damage.Reason?
    ) throws(ConsumptionError) -> Ending {
        var walk = Walk(ending: start)
        // Sound records behind a gap in their own batch. What becomes of them shows later.
        var held: [Found] = []
        var lookedAgainAt: UInt64?

        func deliver(_ found: Found) throws(ConsumptionError) {
            switch found.reading {
            case .record(let record, _):
                guard let reason = try body(record) else { return }
                try onDamage(Damage(at: found.index, reason, of: record.nonce))
            case .unknown(let nonce, _): try onDamage(Damage(at: found.index, .unknownEvent, of: nonce))
            case .zeroes, .unreadable: break
            }
        }
        // The gap had been synced, and so had the rest of its batch.
        func deliver(_ gap: Gap, before end: UInt64) throws(ConsumptionError) {
            for run in gap.runs where run.start < end {
                try onDamage(Damage(from: run.start, to: run.end, run.hasBytes ? .checksum : .zeroes))
            }
            for found in held { try deliver(found) }
            held = []
        }

        let chunk = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.chunkRecords * RecordCoding.size,
            alignment: 16
        )
        defer { chunk.deallocate() }
        let seed = header.seed
        let end = limit ?? .max
        var index = start.records
        reading: while index < end {
            let wanted = Int(min(end - index, UInt64(Self.chunkRecords))) * RecordCoding.size
            let filled = try read(into: UnsafeMutableRawBufferPointer(rebasing: chunk[..<wanted]), at: index)
            let whole = filled / RecordCoding.size
            for position in 0..<whole {
                let bytes = UnsafeRawPointer(chunk.baseAddress! + position * RecordCoding.size)
                let reading = RecordCoding.decode(bytes, at: index, seed: seed)
                switch reading {
                case .record(let record, let batchOffset) where walk.goesOn(index, batchOffset: batchOffset):
                    if let reason = try body(record) { try onDamage(Damage(at: index, reason, of: record.nonce)) }
                case .record(_, let batchOffset), .unknown(_, let batchOffset):
                    let found = Found(index: index, reading: reading)
                    switch walk.place(index, batchOffset: batchOffset) {
                    case .next:
                        try deliver(found)
                    case .misplaced:
                        try onDamage(Damage(at: index, .misplaced))
                        try deliver(found)
                    case .besideGap:
                        held.append(found)
                    case .behind(let gap):
                        if lookedAgainAt != gap.start, try isSoundNow(gap.start) {
                            lookedAgainAt = gap.start
                            walk.forgetGap()
                            held = []
                            index = gap.start
                            continue reading
                        }
                        try deliver(gap, before: index)
                        walk.begin(index, batchOffset: batchOffset)
                        try deliver(found)
                    }
                case .zeroes:
                    walk.miss(index, lastByte: nil)
                case .unreadable:
                    let last = (0..<RecordCoding.size).last { chunk[position * RecordCoding.size + $0] != 0 }
                    walk.miss(index, lastByte: last.map { UInt64(Self.offset(of: index) + $0) })
                }
                index += 1
            }
            if filled < wanted {
                let rest = whole * RecordCoding.size
                if let last = (rest..<filled).last(where: { chunk[$0] != 0 }) {
                    walk.miss(index, lastByte: UInt64(Self.offset(of: index) + last - rest))
                }
                break
            }
        }

        let required = limit ?? header.sealedRecords
        guard let gap = walk.gap else {
            if index < required { try onDamage(Damage(from: index, to: required, .missing)) }
            return walk.ending
        }
        if gap.start < required {
            let soundEnd = held.last.map { $0.index + 1 } ?? gap.start
            try deliver(gap, before: soundEnd)
            if soundEnd < required { try onDamage(Damage(from: soundEnd, to: required, .missing)) }
        } else {
            for found in held {
                if case .record(let record, _) = found.reading { try onTail(record, found.index) }
            }
            if gap.byteCount > UInt64(RecordCoding.largestBatch * RecordCoding.size) {
                let offset = UInt64(Self.offset(of: gap.start))
                try onDamage(Damage(offset: offset, length: gap.byteCount, reason: .tooLong))
            } else {
                walk.ending.tornBytes = gap.byteCount
            }
        }
        return walk.ending
    }

    /// A record whose checksum is right.
    private struct Found {
        var index: UInt64
        var reading: RecordCoding.Reading
    }

    /// 252 pages of 4,096 bytes, so that chunks begin at page boundaries.
    private static let chunkRecords = 43_008

    private func read(
        into buffer: UnsafeMutableRawBufferPointer, at index: UInt64
    ) throws(ConsumptionError) -> Int {
        do { return try file.readAll(into: buffer, at: Self.offset(of: index)) } catch { throw .system(error) }
    }

    private func isSoundNow(_ index: UInt64) throws(ConsumptionError) -> Bool {
        let bytes: [UInt8]
        let offset = Self.offset(of: index)
        do { bytes = try file.readAll(at: offset, count: RecordCoding.size) } catch { throw .system(error) }
        guard bytes.count == RecordCoding.size else { return false }
        let reading = bytes.withUnsafeBytes { RecordCoding.decode($0.baseAddress!, at: index, seed: header.seed) }
        guard case .record = reading else { return false }
        return true
    }
}

extension Damage {
    init(at index: UInt64, _ reason: Reason, of nonce: Nonce? = nil) {
        self.init(from: index, to: index + 1, reason, of: nonce)
    }

    fileprivate init(from index: UInt64, to end: UInt64, _ reason: Reason, of nonce: Nonce? = nil) {
        self.init(
            offset: UInt64(LogScan.offset(of: index)), length: (end - index) * UInt64(RecordCoding.size),
            reason: reason, nonce: nonce)
    }
}

/// A stretch of the log that begins with an unsound record and ends where later sound records decide what it is: damage
/// or a torn tail. Between its runs of unsound records there may be sound ones of the same batch.
private struct Gap {
    struct Run {
        var start: UInt64
        var end: UInt64
        /// Whether it contains something other than zeroes.
        var hasBytes: Bool
    }

    /// Never empty.
    private(set) var runs: [Run]
    /// The last byte that isn't zero.
    private var lastByte: UInt64?

    var start: UInt64 { runs[0].start }
    /// From its start to the last byte that isn't zero.
    var byteCount: UInt64 { lastByte.map { $0 + 1 - UInt64(LogScan.offset(of: start)) } ?? 0 }

    init(at index: UInt64, lastByte: UInt64?) {
        runs = [Run(start: index, end: index + 1, hasBytes: lastByte != nil)]
        self.lastByte = lastByte
    }

    mutating func miss(_ index: UInt64, lastByte: UInt64?) {
        if let lastByte { self.lastByte = lastByte }
        if runs[runs.count - 1].end == index {
            runs[runs.count - 1].end = index + 1
            if lastByte != nil { runs[runs.count - 1].hasBytes = true }
        } else {
            runs.append(Run(start: index, end: index + 1, hasBytes: lastByte != nil))
        }
    }

    mutating func take(_ index: UInt64) { lastByte = UInt64(LogScan.offset(of: index + 1) - 1) }
}

/// The rule, apart from reading: fed with which records are sound, it says which count.
private struct Walk {
    var ending: LogScan.Ending
    private(set) var gap: Gap?
    private var batchOffset: Int

    enum Place {
        /// Right behind the record before it: the next of its batch, or the first of another.
        case next
        /// Right behind the record before it, with a batch offset that does not follow.
        case misplaced
        /// Behind a gap, of the batch that the gap begins or is part of: written, but perhaps never acknowledged.
        case besideGap
        /// Of a later batch than the gap, which therefore had been synced.
        case behind(Gap)
    }

    init(ending: LogScan.Ending) {
        self.ending = ending
        batchOffset = Int(ending.records - ending.lastBatchStart) - 1
    }

    /// Whether a sound record is the next of the batch before it. Then it counts.
    @inline(__always)
    mutating func goesOn(_ index: UInt64, batchOffset: Int) -> Bool {
        guard gap == nil, batchOffset == self.batchOffset + 1 else { return false }
        self.batchOffset = batchOffset
        ending.records = index + 1
        return true
    }

    /// The place of a sound record. It counts unless it is behind a gap.
    mutating func place(_ index: UInt64, batchOffset: Int) -> Place {
        if goesOn(index, batchOffset: batchOffset) { return .next }
        guard let gap else {
            begin(index, batchOffset: batchOffset)
            return batchOffset == 0 ? .next : .misplaced
        }
        let start = Self.start(index, batchOffset)
        guard start == gap.start || start == ending.lastBatchStart && ending.records > 0 else { return .behind(gap) }
        self.gap?.take(index)
        return .besideGap
    }

    /// Continues from a record, whatever precedes it.
    mutating func begin(_ index: UInt64, batchOffset: Int) {
        gap = nil
        self.batchOffset = batchOffset
        ending.lastBatchStart = Self.start(index, batchOffset) ?? index
        ending.records = index + 1
    }

    /// A record that is not sound.
    @inline(__always)
    mutating func miss(_ index: UInt64, lastByte: UInt64?) {
        if gap == nil {
            gap = Gap(at: index, lastByte: lastByte)
        } else {
            gap?.miss(index, lastByte: lastByte)
        }
    }

    /// As if the gap had not been read yet.
    mutating func forgetGap() { gap = nil }

    /// Where a record's batch begins; nil if that would be before the first record.
    private static func start(_ index: UInt64, _ batchOffset: Int) -> UInt64? {
        UInt64(batchOffset) <= index ? index - UInt64(batchOffset) : nil
    }
}
