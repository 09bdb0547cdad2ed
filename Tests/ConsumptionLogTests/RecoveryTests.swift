import Consumption
import ConsumptionModel
import Files
import LinkToken
import TestSupport
import Testing

@testable import ConsumptionLog

@Suite struct `Recovery` {
    @Test func `a log that was closed tidily has no torn tail`() throws {
        let opened = try LogBytes(batches: [1, 5, 2]).opened()
        #expect(opened.records == 8)
        #expect(opened.tornBytes == 0)
    }

    @Test func `a torn tail is dropped at every byte and the rest survives`() throws {
        let whole = try LogBytes(batches: [3, 2])
        for size in LogBytes.offset(3)..<LogBytes.offset(5) {
            var torn = whole
            torn.bytes.removeLast(whole.bytes.count - size)
            let opened = try torn.opened()
            #expect(opened.records == UInt64((size - LogHeader.size) / RecordCoding.size))
            // Zeroes at the end can't be told from room that was never written to.
            let rest = torn.bytes[LogBytes.offset(Int(opened.records))...]
            let tornBytes = rest.lastIndex { $0 != 0 }.map { $0 + 1 - rest.startIndex } ?? 0
            #expect(opened.tornBytes == UInt64(tornBytes))
        }
    }

    @Test func `a torn tail can't come back`() throws {
        var torn = try LogBytes(batches: [3, 4])
        torn.flip(LogBytes.offset(4))
        let opened = try torn.opened()
        #expect(opened.records == 4)
        #expect(opened.tornBytes == 3 * 24)
        #expect(opened.fileSystem.contents(of: LogBytes.path)!.count == LogBytes.offset(4))
        opened.fileSystem.restart(.powerLost)
        #expect(opened.fileSystem.contents(of: LogBytes.path)!.count == LogBytes.offset(4))
    }

    @Test func `records of a torn batch don't join the batch that is written over it`() throws {
        var torn = try LogBytes(batches: [2, 40])
        for record in 2..<23 { torn.zero(record: record) }
        let fileSystem = try torn.opened().fileSystem
        fileSystem.restart(.powerLost)
        var journal = try LogOpening.open(LogBytes.path, in: fileSystem, step: 0).journal
        try journal.append((100..<121).map { LinkEvent(nonce: Nonce($0), kind: .started, time: .second($0)) })
        fileSystem.restart(.powerLost)
        #expect(try LogOpening.open(LogBytes.path, in: fileSystem).ending.records == 23)
    }

    @Test func `later sectors of the last batch that arrived before earlier ones are a torn tail`() throws {
        var torn = try LogBytes(batches: [2, 100])
        for record in 2..<50 { torn.zero(record: record) }
        let opened = try torn.opened()
        #expect(opened.records == 2)
        #expect(opened.tornBytes == 100 * 24)
    }

    @Test func `damage is what can't be read, and not the sound records between it`() throws {
        var damaged = try LogBytes(batches: [2, 9, 1])
        damaged.flip(LogBytes.offset(4))
        damaged.zero(record: 7)
        damaged.zero(record: 8)
        let report = try damaged.checked()
        #expect(
            report.damages == [
                Damage(offset: UInt64(LogBytes.offset(4)), length: 24, reason: .checksum),
                Damage(offset: UInt64(LogBytes.offset(7)), length: 48, reason: .zeroes),
            ])
        #expect(report.records == 9 && report.counts.started == 9)
        #expect(report.tornBytes == 0 && report.tornRecords == 0)
    }

    /// Its checksum is bound to its place, so no crash left it there.
    @Test func `a last record that does not continue the batch before it is damage`() throws {
        for offset in [3, 200] as [UInt8] {
            var damaged = try LogBytes(batches: [1, 1])
            damaged.set(19, of: 1, to: offset)
            #expect(damaged.damage() == Damage(offset: UInt64(LogBytes.offset(1)), length: 24, reason: .misplaced))
        }
    }

    @Test func `preallocated zeroes are the end and no damage`() throws {
        var log = try LogBytes(batches: [2, 3])
        log.bytes += [UInt8](repeating: 0, count: 1 << 20)
        let opened = try log.opened()
        #expect(opened.records == 5)
        #expect(opened.tornBytes == 0)
    }

    @Test func `every flipped bit of an acknowledged batch is damage at its record`() throws {
        let sound = try LogBytes(batches: [2, 1])
        for offset in LogBytes.offset(0)..<LogBytes.offset(2) {
            for bit in 0..<8 {
                var damaged = sound
                damaged.flip(offset, bit: bit)
                let damage = try #require(damaged.damage(), "offset \(offset), bit \(bit)")
                #expect(damage.offset == UInt64(LogBytes.offset((offset - LogHeader.size) / 24)))
                #expect(damage.reason == .checksum)
            }
        }
    }

    @Test func `zeroes in place of an acknowledged record are damage`() throws {
        var damaged = try LogBytes(batches: [1, 1, 1])
        damaged.zero(record: 1)
        #expect(damaged.damage() == Damage(offset: UInt64(LogBytes.offset(1)), length: 24, reason: .zeroes))
    }

    @Test func `damage in the batch before a torn one is damage and not a torn tail`() throws {
        var damaged = try LogBytes(batches: [1, 4, 4])
        damaged.flip(LogBytes.offset(4))
        damaged.flip(LogBytes.offset(5))
        damaged.flip(LogBytes.offset(6))
        #expect(damaged.damage()?.offset == UInt64(LogBytes.offset(4)))
    }

    @Test func `records of another log or another place never count`() throws {
        var moved = try LogBytes(batches: [1, 1, 1, 1])
        moved[record: 1] = moved[record: 2]
        #expect(moved.damage()?.offset == UInt64(LogBytes.offset(1)))

        var foreign = try LogBytes(batches: [1, 1, 1])
        foreign.bytes[..<LogHeader.size] = LogHeader(id: LogID(high: 1, low: 2), sealedRecords: 0).encoded()[...]
        let opened = try foreign.opened()
        #expect(opened.records == 0)
        #expect(opened.tornBytes == 72)
    }

    @Test func `more bytes after the last record than a batch can leave are damage`() throws {
        var log = try LogBytes(batches: [1])
        log.bytes += [UInt8](repeating: 7, count: RecordCoding.largestBatch * RecordCoding.size)
        #expect(try log.opened().records == 1)
        log.bytes.append(7)
        #expect(log.damage()?.reason == .tooLong)
        let report = try log.checked()
        #expect(report.damages.map(\.reason) == [.tooLong])
        #expect(report.tornBytes == 0, "what is damage is not dropped")
    }

    @Test func `what was synced before the file got its name can't be torn`() throws {
        var log = try LogBytes(batches: [4], sealed: 4)
        #expect(try log.opened().records == 4)
        log.bytes.removeLast(1)
        #expect(log.damage() == Damage(offset: UInt64(LogBytes.offset(3)), length: 24, reason: .missing))
    }

    @Test func `records that contradict each other are refused`() throws {
        let start = LinkEvent(nonce: Nonce(1), kind: .started, time: .second(1))
        let finish = LinkEvent(nonce: Nonce(1), kind: .finished, time: .second(2))
        let reset = LinkEvent(nonce: Nonce(1), kind: .reset, time: .second(3))
        let later = LinkEvent(nonce: Nonce(1), kind: .started, time: .second(2))
        #expect(try LogBytes(records: [start, finish, reset, start]).opened().records == 4)
        let earlier = LinkEvent(nonce: Nonce(1), kind: .started, time: .second(0))
        #expect(try LogBytes(records: [start, finish, finish, earlier]).opened().records == 4, "another log knew them")
        for records in [[start, start], [finish], [reset], [start, finish, start], [start, later]] {
            let damage = try LogBytes(records: records).damage()
            #expect(damage?.reason == (records == [finish] ? .startMissing : .contradiction))
            #expect(damage?.offset == UInt64(LogBytes.offset(records.count - 1)))
            #expect(damage?.nonce == Nonce(1))
        }
    }

    @Test func `what started a survey is read back, and a starter of a later version is unknown`() throws {
        let classes = UserAgentClass.allCases
        var log = try LogBytes(
            records: classes.map {
                LinkEvent(
                    nonce: Nonce(UInt32($0.rawValue)), kind: .started, time: .second(1),
                    details: StartDetails(startedBy: $0))
            })
        #expect(try log.starters() == classes)
        for (index, agent) in classes.enumerated() { #expect(log[record: index].dropFirst(17).first == agent.rawValue) }
        log.set(17, of: 2, to: 250)
        #expect(try log.starters() == classes.map { $0 == classes[2] ? .unknown : $0 })
    }

    @Test func `nothing but a start says what started a survey`() throws {
        let nonce = Nonce(1)
        let finish = LinkEvent(nonce: nonce, kind: .finished, time: .second(2), details: StartDetails(startedBy: .tool))
        #expect(finish.details.startedBy == .unknown)
        var log = try LogBytes(records: [LinkEvent(nonce: nonce, kind: .started, time: .second(1)), finish])
        #expect(try log.opened().records == 2)
        log.set(17, of: 1, to: 1)
        #expect(log.damage()?.reason == .unknownEvent)
    }

    @Test func `the largest batch and the one after it are read`() throws {
        let opened = try LogBytes(batches: [65_536, 1]).opened()
        #expect(opened.records == 65_537)
    }

    @Test func `a batch that a process before failed to sync is written again`() throws {
        let fileSystem = MemoryFileSystem(seed: 3)
        fileSystem.put(try LogBytes(batches: [1]).bytes, at: LogBytes.path)
        var journal = try LogOpening.open(LogBytes.path, in: fileSystem, step: 0).journal
        fileSystem.inject(.init(failing: 1000))
        let record = LinkEvent(nonce: Nonce(1), kind: .started, time: .second(1))
        try? journal.write([record])
        fileSystem.inject(.init())
        try journal.file.writeAll(LogBytes(batches: [1, 1])[record: 1], at: LogBytes.offset(1))
        fileSystem.inject(.init(failing: 1000))
        #expect(throws: FileError.self) { try journal.file.sync() }

        fileSystem.restart(.killed)
        #expect(try LogOpening.open(LogBytes.path, in: fileSystem).ending.records == 2)
        fileSystem.restart(.powerLost)
        #expect(try LogOpening.open(LogBytes.path, in: fileSystem).ending.records == 2)
    }
}

@Suite struct `One verdict` {
    /// A log with batches of many sizes, of which bytes were changed, records zeroed, copied and given values that no version
    /// writes, and the end cut off or extended.
    private static func ruined(by generator: inout SeededGenerator) throws -> LogBytes {
        let batches = (0..<generator.below(6)).map { _ in 1 + generator.below(generator.chance(200) ? 60 : 6) }
        let count = batches.reduce(0, +)
        var log = try LogBytes(batches: batches, sealed: generator.chance(200) ? batches.first ?? 0 : 0)
        guard count > 0 else { return log }
        for _ in 0..<generator.below(5) {
            let (record, other) = (generator.below(count), generator.below(count))
            switch generator.below(6) {
            case 0: log.flip(LogBytes.offset(record) + generator.below(24), bit: generator.below(8))
            case 1: log.zero(record: record)
            case 2: log[record: record] = log[record: other]
            case 3: log.set(16, of: record, to: UInt8(generator.below(5)))
            case 4: log.set(19, of: record, to: UInt8(generator.below(8)))
            default: for index in min(record, other)...max(record, other) { log.zero(record: index) }
            }
        }
        switch generator.below(4) {
        case 0: log.bytes.removeLast(generator.below(count * RecordCoding.size))
        case 1: log.bytes += [UInt8](repeating: UInt8(generator.below(2)), count: generator.below(200))
        default: break
        }
        return log
    }

    @Test func `checking, opening, reading and repairing agree about every log`() throws {
        var (sound, torn, damaged) = (0, 0, 0)
        for seed in 0..<20_000 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let log = try Self.ruined(by: &generator)
            let report = try log.checked()
            let repaired = try log.repaired()
            #expect(UInt64(repaired.records.count) == repaired.report.records, "seed \(seed)")
            #expect(repaired.report.survey.damages == report.damages, "seed \(seed)")
            #expect(Set(repaired.records.map(\.nonce)).isSuperset(of: report.linksWithoutStart), "seed \(seed)")
            if let damage = log.damage() {
                #expect(report.damages.first == damage, "seed \(seed)")
                #expect(repaired.report.records >= report.records, "seed \(seed)")
                damaged += 1
            } else {
                let opened = try log.opened()
                #expect(report.isSound, "seed \(seed)")
                #expect(opened.records == report.records, "seed \(seed)")
                #expect(opened.tornBytes == report.tornBytes, "seed \(seed)")
                let survey = repaired.report.survey
                let kept = report.tornRecords - survey.dropped.count + survey.linksWithoutStart.count
                #expect(repaired.report.records == report.records + UInt64(kept), "seed \(seed)")
                sound += 1
                if report.tornRecords > 0 { torn += 1 }
            }
        }
        #expect(min(sound, damaged) > 4000 && torn > 400, "\(sound) sound, \(torn) torn, \(damaged) damaged")
    }
}

@Suite struct `The header` {
    static let path = LogBytes.path

    @Test func `it is as the format's article says`() throws {
        let bytes = try LogBytes(batches: [1]).bytes
        let header: [UInt8] =
            Array("linkseal log\r\n".utf8) + [0x1A, 0x0A] + [0, 0, 0, 1] + [0, 0, 0, 0]
            + [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10]
            + [UInt8](repeating: 0, count: 8)
        #expect(Array(bytes[..<48]) == header)
        #expect(bytes[..<2048] == bytes[2048..<4096] || Array(bytes[..<2048]) == Array(bytes[2048..<4096]))
        let record: [UInt8] =
            [0, 0, 0, 0, 0, 0, 0, 0xA1] + [0, 0, 0, 0] + [0x69, 0x55, 0xB9, 0x00] + [1, 0, 0, 0]
        #expect(Array(bytes[4096..<4116]) == record)
        var sum = CRC32C()
        let input = Array(header[24..<40]) + [UInt8](repeating: 0, count: 8) + record
        input.withUnsafeBytes { sum.update($0) }
        #expect(Array(bytes[4116..<4120]) == withUnsafeBytes(of: sum.value.bigEndian) { Array($0) })
    }

    @Test func `any flipped bit of its fields is refused, and its copy saves a repair`() throws {
        let sound = try LogBytes(batches: [1])
        for offset in 16..<64 {
            var damaged = sound
            damaged.flip(offset)
            #expect(throws: ConsumptionError.headerDamaged(path: Self.path, copyIsSound: true)) {
                try damaged.opened()
            }
            damaged.flip(LogHeader.copyOffset + offset)
            #expect(throws: ConsumptionError.headerDamaged(path: Self.path, copyIsSound: false)) {
                try damaged.opened()
            }
        }
    }

    @Test func `an unknown version is refused`() throws {
        var log = try LogBytes(batches: [1])
        log.bytes[19] = 2
        var sum = CRC32C()
        log.bytes[..<60].withUnsafeBytes { sum.update($0) }
        withUnsafeBytes(of: sum.value.bigEndian) { log.bytes[60..<64] = ArraySlice($0) }
        #expect(throws: ConsumptionError.unknownVersion(path: Self.path, version: 2)) { try log.opened() }
    }

    @Test(arguments: [[], Array("contact,email\r\n".utf8), [UInt8](repeating: 0, count: 8192)])
    func `a file that is something else is refused and left alone`(content: [UInt8]) throws {
        let fileSystem = MemoryFileSystem(seed: 0)
        fileSystem.put(content, at: Self.path)
        #expect(throws: ConsumptionError.notALog(path: Self.path)) { try LogOpening.open(Self.path, in: fileSystem) }
        #expect(fileSystem.contents(of: Self.path) == content)
    }

    @Test func `a log cut inside its header is refused`() throws {
        var log = try LogBytes(batches: [])
        log.bytes.removeLast(1)
        #expect(throws: ConsumptionError.headerDamaged(path: Self.path, copyIsSound: false)) { try log.opened() }
    }
}

@Suite struct `CRC-32C` {
    /// RFC 3720, appendix B.4, and the check value of the polynomial.
    @Test(
        arguments: [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            (Array(0..<32), 0x46DD_794E),
            (Array((0..<32).reversed()), 0x113F_DB5C),
            (
                [
                    0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0x14,
                    0, 0,
                    0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0,
                ], 0xD996_3A56
            ),
            (Array("123456789".utf8), 0xE306_9283),
            ([], 0),
        ] as [([UInt8], UInt32)])
    func `it agrees with the published vectors, in one piece and in many`(bytes: [UInt8], expected: UInt32) {
        var whole = CRC32C()
        bytes.withUnsafeBytes { whole.update($0) }
        #expect(whole.value == expected)
        var pieces = CRC32C()
        for byte in bytes { withUnsafeBytes(of: byte) { pieces.update($0) } }
        #expect(pieces.value == expected)
    }
}
