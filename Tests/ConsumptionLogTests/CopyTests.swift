import Consumption
import ConsumptionModel
import Glibc
import LinkToken
import TestSupport
import Testing

@testable import ConsumptionLog

@Suite(.timeLimit(.minutes(1))) struct `A copy of a log` {
    let disk = MemoryFileSystem(seed: 1)

    /// A header, and pages of records behind it, whose ends are not those of batches.
    private func pages(_ log: LogBytes) -> [[UInt8]] {
        let size = 7 * RecordCoding.size
        let records = Array(log.bytes[LogHeader.size...])
        return [Array(log.bytes[..<LogHeader.size]) + records.prefix(size)]
            + stride(from: size, to: records.count, by: size).map { Array(records[$0..<min($0 + size, records.count)]) }
    }

    private func records(of path: String, on disk: MemoryFileSystem) throws -> UInt64 {
        var count: UInt64 = 0
        try LogReader(path: path, in: disk).forEachEvent { (_) in count += 1 }
        return count
    }

    @Test func `page by page it becomes the log, and can be read in between`() throws {
        let log = try LogBytes(batches: [3, 20, 1, 9])
        let pages = pages(log)
        var copy = try LogCopy.begin(at: "copy", with: pages[0], in: disk)
        for (index, page) in pages.dropFirst().enumerated() {
            #expect(try records(of: "copy", on: disk) == UInt64(7 * (index + 1)))
            if index == 2 { copy = try #require(try LogCopy.open(at: "copy", in: disk)) }
            try copy.append(page)
        }
        let isWhole = disk.contents(of: "copy") == log.bytes
        #expect(isWhole)
        #expect(copy.position.records == 33)
        #expect(try LogCopy.open(at: "copy", in: disk)?.position == copy.position)
        #expect(try LogCopy.open(at: "none", in: disk) == nil)
    }

    @Test func `records of another log, of another place, or damaged ones are refused, and nothing is changed`() throws
    {
        let log = try LogBytes(batches: [7, 20])
        let pages = pages(log)
        let copy = try LogCopy.begin(at: "copy", with: pages[0], in: disk)
        let before = disk.contents(of: "copy")
        var damaged = pages[1]
        damaged[30] ^= 1
        var gap = pages[1]
        for index in 24..<48 { gap[index] = 0 }
        let cut = [Array(pages[1].dropLast()), Array(pages[1].dropFirst())]
        for page in [pages[2], Array(pages[0].suffix(pages[1].count)), damaged, gap] + cut {
            #expect(throws: ConsumptionError.self) { try copy.append(page) }
            let isUnchanged = disk.contents(of: "copy") == before
            #expect(isUnchanged)
        }
        try copy.append(pages[1])
        #expect(throws: ConsumptionError.self) { try LogCopy.begin(at: "none", with: [1, 2, 3], in: disk) }
        #expect(disk.names == ["copy"])
    }

    @Test(arguments: [MemoryFileSystem.Ending.killed, .powerLost, .powerLostInOrder, .powerLostAnyhow])
    func `after a crash it goes on with what was acknowledged, or is known to be unusable`(
        ending: MemoryFileSystem.Ending
    ) throws {
        let log = try LogBytes(batches: [3, 20, 1, 9, 30])
        let pages = pages(log)
        for seed in UInt64(0)..<20 {
            for crash in 0..<60 {
                let disk = MemoryFileSystem(seed: seed)
                disk.inject(.init(crashAfter: crash))
                var acknowledged: UInt64?
                do {
                    let copy = try LogCopy.begin(at: "copy", with: pages[0], in: disk)
                    acknowledged = copy.position.records
                    for page in pages.dropFirst() {
                        try copy.append(page)
                        acknowledged = copy.position.records
                    }
                } catch {
                    #expect(disk.hasCrashed)
                }
                disk.restart(ending)
                let copy: LogCopy
                do {
                    guard let found = try LogCopy.open(at: "copy", in: disk) else {
                        #expect(acknowledged == nil)
                        continue
                    }
                    copy = found
                } catch {
                    // A page of several batches may come through with a hole. It is fetched anew.
                    #expect(acknowledged == nil || ending != .killed, "\(error)")
                    continue
                }
                #expect(copy.position.records >= acknowledged ?? 0)
                let rest = log.bytes[LogBytes.offset(Int(copy.position.records))...]
                try copy.append(Array(rest))
                let isWhole = disk.contents(of: "copy") == log.bytes
                #expect(isWhole, "seed \(seed), operation \(crash)")
            }
        }
    }

    @Test func `it covers a log of which it knows every link, as a compacted one does`() throws {
        func record(_ serial: UInt32, _ event: LinkEvent.Kind) -> LinkEvent {
            LinkEvent(nonce: Nonce(serial), kind: event, time: .second(serial))
        }
        let events = [record(1, .started), record(1, .finished), record(2, .started), record(2, .reset)]
        func covers(_ new: [LinkEvent], _ old: [LinkEvent]) throws -> Bool {
            let disk = MemoryFileSystem(seed: 0)
            disk.put(try LogBytes(records: old).bytes, at: "old")
            return try LogCopy.begin(at: "new", with: LogBytes(records: new).bytes, in: disk).covers("old")
        }
        #expect(try covers(events, events))
        #expect(try covers(events + [record(3, .started)], events))
        // It was reset since: nothing is lost.
        #expect(try covers(events, Array(events.prefix(3))))
        #expect(try !covers(Array(events.dropFirst(2)), events))
        #expect(try !covers([record(1, .started)], events))
        #expect(try covers([record(1, .started), record(1, .finished)], events))
    }
}
