import Consumption
import ConsumptionModel
import LinkToken

@testable import ConsumptionLog

/// The bytes of a log, to be damaged and opened.
struct LogBytes {
    static let path = "consumption.log"
    static let id = LogID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)

    var bytes: [UInt8]

    /// A log whose batches have so many starts each, of ascending serials.
    init(batches: [Int], sealed: Int = 0) throws {
        let fileSystem = MemoryFileSystem(seed: 0)
        try LogOpening.create(at: Self.path, id: Self.id, in: fileSystem)
        var journal = try LogOpening.open(Self.path, in: fileSystem, step: 0).journal
        var serial: UInt32 = 0
        for count in batches {
            try journal.append(
                (0..<count).map { _ in
                    defer { serial += 1 }
                    return LinkEvent(nonce: Nonce(serial), kind: .started, time: .second(serial))
                }
            )
        }
        bytes = fileSystem.contents(of: Self.path)!
        if sealed > 0 {
            bytes[..<LogHeader.size] = LogHeader(id: Self.id, sealedRecords: UInt64(sealed)).encoded()[...]
        }
    }

    init(records: [LinkEvent]) throws {
        let fileSystem = MemoryFileSystem(seed: 0)
        try LogOpening.create(at: Self.path, id: Self.id, in: fileSystem)
        var journal = try LogOpening.open(Self.path, in: fileSystem, step: 0).journal
        for record in records { try journal.append([record]) }
        bytes = fileSystem.contents(of: Self.path)!
    }

    static func offset(_ record: Int) -> Int { LogHeader.size + record * RecordCoding.size }

    subscript(record index: Int) -> ArraySlice<UInt8> {
        get { bytes[Self.offset(index)..<Self.offset(index + 1)] }
        set { bytes[Self.offset(index)..<Self.offset(index + 1)] = newValue }
    }

    mutating func flip(_ offset: Int, bit: Int = 0) { bytes[offset] ^= 1 << bit }

    /// Changes a byte of a record and puts its checksum right.
    mutating func set(_ byte: Int, of record: Int, to value: UInt8) {
        bytes[Self.offset(record) + byte] = value
        let seed = LogHeader(id: Self.id, sealedRecords: 0).seed
        bytes.withUnsafeMutableBytes {
            RecordCoding.seal($0.baseAddress! + Self.offset(record), at: UInt64(record), seed: seed)
        }
    }

    /// What started the surveys, in the order of the log.
    func starters() throws -> [UserAgentClass] {
        let fileSystem = MemoryFileSystem(seed: 0)
        fileSystem.put(bytes, at: Self.path)
        var starters: [UserAgentClass] = []
        try LogReader(path: Self.path, in: fileSystem).forEachEvent { starters.append($0.details.startedBy) }
        return starters
    }

    mutating func zero(record index: Int) { self[record: index] = ArraySlice(repeating: 0, count: RecordCoding.size) }

    /// How many records are there when the log is opened, how many bytes it drops, and what is in the file then.
    func opened() throws(ConsumptionError) -> (records: UInt64, tornBytes: UInt64, fileSystem: MemoryFileSystem) {
        let fileSystem = MemoryFileSystem(seed: 0)
        fileSystem.put(bytes, at: Self.path)
        let opened = try LogOpening.open(Self.path, in: fileSystem)
        return (opened.ending.records, opened.ending.tornBytes, fileSystem)
    }

    func checked() throws(ConsumptionError) -> LogReport {
        let fileSystem = MemoryFileSystem(seed: 0)
        fileSystem.put(bytes, at: Self.path)
        return try ConsumptionLog.check(at: Self.path, in: fileSystem)
    }

    /// What repairing it reports, and what the new log holds.
    func repaired() throws -> (report: LogRepairReport, records: [LinkEvent]) {
        let fileSystem = MemoryFileSystem(seed: 0)
        fileSystem.put(bytes, at: Self.path)
        let report = try ConsumptionLog.repair(at: Self.path, to: "repaired", in: fileSystem)
        var records: [LinkEvent] = []
        try LogReader(path: "repaired", in: fileSystem).forEachEvent { records.append($0) }
        return (report, records)
    }

    /// The damage that keeps the log from being opened.
    func damage() -> Damage? {
        do {
            _ = try opened()
            return nil
        } catch .damaged(_, let damage) {
            return damage
        } catch {
            return nil
        }
    }
}
