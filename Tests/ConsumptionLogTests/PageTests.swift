import Consumption
import ConsumptionModel
import Files
import Glibc
import LinkToken
import TestSupport
import Testing

@testable import ConsumptionLog

@Suite(.timeLimit(.minutes(1))) struct `Pages of a log` {
    let directory = TemporaryDirectory()

    private func open() throws -> ConsumptionLog {
        try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
    }

    private func start(_ serials: Range<UInt32>, in log: ConsumptionLog) async throws {
        try await withThrowingTaskGroup(of: Void.self) { (group) in
            for serial in serials {
                group.addTask { _ = try await log.start(Nonce(serial), at: .second(serial), terms: .standard) }
            }
            try await group.waitForAll()
        }
    }

    private func records(of bytes: [UInt8]) throws -> [LinkEvent] {
        try directory.write(bytes, to: "copy.log")
        return try records(at: directory.path("copy.log"))
    }

    private func records(at path: String) throws -> [LinkEvent] {
        var records: [LinkEvent] = []
        try LogReader(path: path).forEachEvent { records.append($0) }
        return records
    }

    @Test func `put together they are the log, and each one of them ends a log`() async throws {
        let log = try open()
        try await start(0..<UInt32(LogPage.recordLimit + 10), in: log)
        let first = try #require(try await log.page(after: nil))
        #expect(first.remaining == 10 && first.end.records == UInt64(LogPage.recordLimit))
        #expect(try records(of: first.bytes).count == LogPage.recordLimit)
        let second = try #require(try await log.page(after: first.end))
        #expect(second.remaining == 0 && second.bytes.count == 10 * RecordCoding.size)
        #expect(try records(of: first.bytes + second.bytes) == records(at: log.path))
        await log.close()
    }

    @Test func `a position is good while the log grows, and in its next life`() async throws {
        var log = try open()
        let empty = try #require(try await log.page(after: nil))
        #expect(empty.end.records == 0 && empty.bytes.count == LogHeader.size)
        try await start(0..<3, in: log)
        let some = try #require(try await log.page(after: empty.end))
        #expect(some.end.records == 3)
        #expect(try await log.page(after: some.end)?.bytes.isEmpty == true)
        await log.close()
        log = try open()
        try await start(3..<4, in: log)
        let position = try #require(LogPosition(some.end.description))
        let rest = try #require(try await log.page(after: position))
        #expect(rest.end.records == 4)
        #expect(try records(of: empty.bytes + some.bytes + rest.bytes) == records(at: log.path))
        await log.close()
    }

    @Test func `a log that was compacted or restored, or another one, knows no position of before`() async throws {
        var log = try open()
        try await start(0..<2, in: log)
        let backup = try directory.read("consumption.log")
        try await start(2..<4, in: log)
        let position = try #require(try await log.page(after: nil)).end
        await log.close()
        let whole = try directory.read("consumption.log")

        // The copy is too short at first, and then has another event in the same place.
        try directory.write(backup, to: "consumption.log")
        log = try open()
        #expect(try await log.page(after: position) == nil)
        try await start(10..<14, in: log)
        #expect(try await log.page(after: position) == nil)
        await log.close()

        try directory.write(whole, to: "consumption.log")
        log = try open()
        #expect(try await log.page(after: position)?.remaining == 0)
        try await log.compact()
        #expect(try await log.page(after: position) == nil)
        #expect(try await log.page(after: nil)?.end.records == 4)
        await log.close()

        unlink(directory.log)
        log = try open()
        #expect(try await log.page(after: position) == nil)
        await log.close()
    }

    @Test func `what may be lost with the power is not in them`() async throws {
        let disk = MemoryFileSystem(seed: 1)
        let fails = Locked(false)
        let fileSystem = HookedFileSystem(disk: disk) { (operation) throws(FileError) in
            if operation == .sync, fails.withLock({ $0 }) { throw FileError("sync", "log", errno: EIO) }
        }
        let log = try ConsumptionLog.open(at: "log", mode: .existingOrNew, in: fileSystem)
        _ = try await log.start(Nonce(1), at: .second(1), terms: .standard)
        fails.withLock { $0 = true }
        await #expect(throws: ConsumptionError.self) {
            try await log.start(Nonce(2), at: .second(2), terms: .standard)
        }
        // The second event is in the file, and what was durable before is handed out all the same.
        let page = try #require(try await log.page(after: nil))
        #expect(page.end.records == 1 && page.remaining == 0)
        await log.close()
    }

    @Test func `a compaction at the same time leads to one log or the other`() async throws {
        let log = try open()
        try await start(0..<100, in: log)
        for serial in UInt32(0)..<100 { _ = try await log.reset(Nonce(serial), at: .second(200)) }
        let compaction = Task { for _ in 0..<20 { try await log.compact() } }
        for _ in 0..<50 {
            let page = try #require(try await log.page(after: nil))
            #expect(page.remaining == 0)
            #expect(try records(of: page.bytes).count == Int(page.end.records))
        }
        try await compaction.value
        await log.close()
    }

    @Test(arguments: [
        "", "x", "0123456789abcdef0123456789abcdef-1", "0123456789abcdef0123456789abcdef-01-00000000",
        "0123456789ABCDEF0123456789abcdef-1-00000000", "0123456789abcdef0123456789abcdef-+1-00000000",
        "0123456789abcdef0123456789abcdef-1-0000000g", "0123456789abcdef0123456789abcdef-1-00000000-",
    ]) func `what is no position is none`(text: String) {
        #expect(LogPosition(text) == nil)
    }
}
