import Consumption
import ConsumptionModel
import Files
import Glibc
import LinkToken
import Synchronization
import TestSupport
import Testing

@testable import ConsumptionLog

/// What other programs do to a log that is open.
enum Tampering: CaseIterable {
    case remove, replaceByCopy, moveAway, empty, cut, append

    var displacement: Displacement {
        switch self {
        case .remove, .replaceByCopy, .moveAway: .renamed
        case .empty, .cut, .append: .resized
        }
    }

    func tamper(with path: String) throws {
        func succeeds(_ result: Int32) throws { try #require(result == 0, "\(String(cString: strerror(errno)))") }
        switch self {
        case .remove: try succeeds(unlink(path))
        case .moveAway: try succeeds(rename(path, path + ".away"))
        case .empty: try succeeds(truncate(path, 0))
        case .cut: try succeeds(truncate(path, off_t(LogBytes.offset(1))))
        case .append:
            let file = try SystemFileSystem().open(path, .writing)
            try file.writeAll([7], at: file.size())
        case .replaceByCopy:
            let source = try SystemFileSystem().open(path, .reading)
            let copy = try SystemFileSystem().open(path + ".copy", .creating)
            try copy.writeAll(source.readAll(at: 0, count: source.size())[...], at: 0)
            try succeeds(rename(path + ".copy", path))
        }
    }
}

@Suite struct `A log that another program changes` {
    let directory = TemporaryDirectory()

    private func open() async throws -> ConsumptionLog {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        for serial in 1...3 as ClosedRange<UInt32> {
            _ = try await log.start(Nonce(serial), at: .second(1), terms: .standard)
        }
        return log
    }

    @Test(arguments: Tampering.allCases)
    func `it acknowledges nothing more, and stops for good`(tampering: Tampering) async throws {
        let log = try await open()
        try tampering.tamper(with: directory.log)
        let displaced = ConsumptionError.displaced(path: log.path, tampering.displacement)
        await #expect(throws: displaced) { try await log.start(Nonce(9), at: .second(2), terms: .standard) }
        #expect(log.failure == displaced)
        await #expect(throws: displaced) { try await log.finish(Nonce(1), at: .second(2)) }
        await #expect(throws: displaced) { try await log.state(of: Nonce(1)) }
        await #expect(throws: displaced) { try await log.compact() }
        await log.close()
    }

    @Test(.timeLimit(.minutes(1)), arguments: Tampering.allCases)
    func `it stops where nobody calls it, too`(tampering: Tampering) async throws {
        let log = try await open()
        try tampering.tamper(with: directory.log)
        while log.failure == nil { try await Task.sleep(for: .milliseconds(10)) }
        #expect(log.failure == .displaced(path: log.path, tampering.displacement))
        await log.close()
    }

    @Test func `of two processes with the log and its copy only the one with the name acknowledges`() async throws {
        let log = try await open()
        try Tampering.replaceByCopy.tamper(with: directory.log)
        let other = try ConsumptionLog.open(at: directory.log)
        #expect(try await other.start(Nonce(9), at: .second(2), terms: .standard) == .started(at: .second(2)))
        await #expect(throws: ConsumptionError.self) {
            try await log.start(Nonce(9), at: .second(2), terms: .standard)
        }
        await log.close()
        await other.close()
        #expect(try ConsumptionLog.check(at: directory.log).records == 4)
    }

    @Test func `what was written behind a cut shows as damage when the log is opened again`() async throws {
        let log = try await open()
        try Tampering.cut.tamper(with: directory.log)
        await #expect(throws: ConsumptionError.self) {
            try await log.start(Nonce(9), at: .second(2), terms: .standard)
        }
        await log.close()
        let damage = Damage(offset: UInt64(LogBytes.offset(1)), length: 48, reason: .zeroes)
        #expect(throws: ConsumptionError.damaged(path: log.path, damage)) {
            try ConsumptionLog.open(at: directory.log)
        }
    }

    @Test func `a compaction does not replace the file that another program put there`() async throws {
        let log = try await open()
        try directory.write("something else", to: "other")
        #expect(rename(directory.path("other"), directory.log) == 0)
        await #expect(throws: ConsumptionError.self) { try await log.compact() }
        #expect(try String(decoding: directory.read("consumption.log"), as: UTF8.self) == "something else")
        await log.close()
        #expect(directory.names == ["consumption.log"])
    }

    /// What the path names is looked up behind the sync: whatever happens before that is noticed.
    @Test func `a file that loses its name during the sync acknowledges nothing`() async throws {
        let disk = MemoryFileSystem(seed: 1)
        disk.put(try LogBytes(batches: [1]).bytes, at: "log")
        let removes = Atomic(false)
        let fileSystem = HookedFileSystem(disk: disk) { (operation) throws(FileError) in
            if operation == .sync, removes.load(ordering: .relaxed) { try disk.remove("log") }
        }
        let log = try ConsumptionLog.open(at: "log", in: fileSystem)
        removes.store(true, ordering: .relaxed)
        await #expect(throws: ConsumptionError.displaced(path: "log", .renamed)) {
            try await log.start(Nonce(9), at: .second(2), terms: .standard)
        }
        await log.close()
    }

    @Test func `its own compactions and errors after them are about the file of its name`() async throws {
        let disk = MemoryFileSystem(seed: 1)
        let log = try ConsumptionLog.open(at: "log", mode: .existingOrNew, in: disk)
        for round in 0..<3 as Range<UInt32> {
            _ = try await log.start(Nonce(round), at: .second(2), terms: .standard)
            try await log.compact()
        }
        disk.inject(.init(failing: 1000, errno: EIO))
        await #expect(throws: ConsumptionError.stopped(FileError("write", "log", errno: EIO))) {
            try await log.start(Nonce(9), at: .second(2), terms: .standard)
        }
        await log.close()
    }
}
