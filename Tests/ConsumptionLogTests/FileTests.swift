import Consumption
import ConsumptionModel
import Files
import Glibc
import LinkToken
import TestSupport
import Testing

@testable import ConsumptionLog

@Suite struct `Files and faults` {
    let directory = TemporaryDirectory()

    @Test func `a log is made for its owner alone and leaves nothing beside it`() async throws {
        try ConsumptionLog.create(at: directory.log)
        var status = stat()
        #expect(stat(directory.log, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(status.st_nlink == 1)
        #expect(directory.names == ["consumption.log"])
    }

    @Test func `an existing log is never overwritten and a missing one never made by chance`() throws {
        #expect(throws: ConsumptionError.missing(path: directory.log)) { try ConsumptionLog.open(at: directory.log) }
        #expect(directory.names == [])
        try ConsumptionLog.create(at: directory.log)
        #expect(throws: ConsumptionError.alreadyExists(path: directory.log)) {
            try ConsumptionLog.create(at: directory.log)
        }
    }

    @Test func `a log that can't be written when it is made leaves no draft behind`() throws {
        let disk = MemoryFileSystem(seed: 1)
        let fileSystem = HookedFileSystem(disk: disk) { (operation) throws(FileError) in
            if operation == .sync { throw FileError("sync", "log", errno: EIO) }
        }
        #expect(throws: ConsumptionError.self) { try LogOpening.create(at: "log", in: fileSystem) }
        #expect(disk.names == [])
    }

    @Test func `a log is locked from opening to closing`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        #expect(throws: ConsumptionError.inUse(path: directory.log)) { try ConsumptionLog.open(at: directory.log) }
        try await log.compact()
        #expect(throws: ConsumptionError.inUse(path: directory.log)) { try ConsumptionLog.open(at: directory.log) }
        await log.close()
        try await ConsumptionLog.open(at: directory.log).close()
    }

    @Test func `a log that can't be opened stays unlocked`() throws {
        let file = try SystemFileSystem().open(directory.log, .creating)
        try file.writeAll([1, 2, 3], at: 0)
        file.close()
        for _ in 0..<3 {
            #expect(throws: ConsumptionError.notALog(path: directory.log)) {
                try ConsumptionLog.open(at: directory.log)
            }
        }
    }

    @Test func `a directory is no log`() throws {
        #expect(throws: ConsumptionError.self) { try ConsumptionLog.open(at: directory.root) }
        #expect(throws: ConsumptionError.self) { try LogReader(path: directory.root).forEachEvent { _ in } }
    }

    @Test func `a file system that is mounted read-only says so`() async throws {
        // /proc takes no new files whoever asks, as a read-only mount does.
        #expect(throws: ConsumptionError.self) { try ConsumptionLog.create(at: "/proc/consumption.log") }
        #expect(ConsumptionError(FileError("open", "x", errno: EROFS), opening: "x") == .readOnly(path: "x"))
        #expect(ConsumptionError(FileError("open", "x", errno: EACCES), opening: "x") == .readOnly(path: "x"))
    }

    @Test(arguments: [ENOSPC, EIO])
    func `a full disk is named with where to look`(errno: Int32) {
        let text = "\(ConsumptionError.stopped(FileError("write", "/data/log", errno: errno)))"
        #expect(text.contains("/data/log"))
        #expect(text.contains(String(cString: strerror(errno))))
        #expect(text.contains("df -i") == (errno == ENOSPC))
    }

    @Test func `a failed write is final, for those who wait and for those who come`() async throws {
        let fileSystem = MemoryFileSystem(seed: 1)
        let log = try ConsumptionLog.open(at: "log", mode: .existingOrNew, in: fileSystem)
        _ = try await log.start(Nonce(1), at: .second(1), terms: .standard)
        fileSystem.inject(.init(failing: 1000, errno: EIO))
        await withTaskGroup(of: Void.self) { group in
            for serial in 2..<50 as Range<UInt32> {
                group.addTask {
                    await #expect(throws: ConsumptionError.self) {
                        try await log.start(Nonce(serial), at: .second(1), terms: .standard)
                    }
                }
            }
        }
        fileSystem.inject(.init())
        guard case .stopped = log.failure else {
            Issue.record("\(String(describing: log.failure))")
            return
        }
        await #expect(throws: ConsumptionError.self) {
            try await log.start(Nonce(1), at: .second(1), terms: .standard)
        }
        await #expect(throws: ConsumptionError.self) { try await log.counts(of: .first) }
        await #expect(throws: ConsumptionError.self) { try await log.compact() }
        await log.close()

        fileSystem.restart(.powerLost)
        let again = try ConsumptionLog.open(at: "log", in: fileSystem)
        #expect(try await again.state(of: Nonce(1)) == .started(at: .second(1)))
        await again.close()
    }

    @Test func `a log whose last reference is gone is written and unlocked`() async throws {
        do {
            let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
            _ = try await log.start(Nonce(1), at: .second(1), terms: .standard)
        }
        while true {
            do {
                let again = try ConsumptionLog.open(at: directory.log)
                #expect(try await again.state(of: Nonce(1)) == .started(at: .second(1)))
                await again.close()
                return
            } catch ConsumptionError.inUse {
                await Task.yield()
            }
        }
    }
}

@Suite struct `Compacting` {
    let directory = TemporaryDirectory()

    @Test func `it keeps starts, finishes and the history of what was reset`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        for serial in 0..<100 as Range<UInt32> {
            let agent = UserAgentClass.allCases[Int(serial) % UserAgentClass.allCases.count]
            _ = try await log.start(
                Nonce(serial), at: .second(serial), details: StartDetails(startedBy: agent), terms: .standard)
            if serial % 2 == 0 { _ = try await log.finish(Nonce(serial), at: .second(serial + 500)) }
        }
        _ = try await log.reset(Nonce(5), at: .second(899))
        _ = try await log.start(Nonce(5), at: .second(899), terms: .standard)
        _ = try await log.reset(Nonce(4), at: .second(900))
        _ = try await log.reset(Nonce(5), at: .second(901))
        _ = try await log.start(Nonce(5), at: .second(902), terms: .standard)
        let before = try DistributionHistory.read(.first, from: [directory.log])
        #expect(before[Serial(rawValue: 10)]?.details.startedBy == .scanner)
        for round in 0..<2 {
            let report = try await log.compact()
            // 99 starts, 49 finishes, and two resets with the starts and the finish that they undid.
            #expect(report.recordsBefore == (round == 0 ? 155 : 153))
            #expect(report.recordsAfter == 153)
            #expect(log.metrics.records == 153)
            let after = try DistributionHistory.read(.first, from: [directory.log])
            #expect(after.counts == before.counts)
            for serial in 0..<100 as Range<UInt32> {
                #expect(after[Serial(rawValue: serial)] == before[Serial(rawValue: serial)])
            }
            var resets: [LinkEvent] = []
            try LogReader(path: directory.log).forEachEvent { if $0.kind == .reset { resets.append($0) } }
            #expect(resets.map(\.nonce) == [Nonce(4), Nonce(5)])
        }
        _ = try await log.start(Nonce(100), at: .second(1000), terms: .standard)
        await log.close()
        let again = try ConsumptionLog.open(at: directory.log)
        #expect(try await again.state(of: Nonce(4)) == .unused)
        #expect(try await again.state(of: Nonce(5)) == .started(at: .second(902)))
        #expect(try await again.state(of: Nonce(6)) == .finished(startedAt: .second(6)))
        #expect(try await again.state(of: Nonce(100)) == .started(at: .second(1000)))
        await again.close()
        #expect(directory.names == ["consumption.log"])
    }

    @Test func `it runs while starts go on, and none is lost or given twice`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        let winners = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<32 as Range<UInt32> {
                group.addTask {
                    var started = 0
                    for step in 0..<300 as Range<UInt32> {
                        let nonce = Nonce((task % 16) * 300 + step)
                        let outcome = try await log.start(nonce, at: .second(step), terms: .standard)
                        if case .started = outcome { started += 1 }
                    }
                    return started
                }
            }
            group.addTask {
                for _ in 0..<20 { try await log.compact() }
                return 0
            }
            return try await group.reduce(0, +)
        }
        #expect(winners == 4800)
        await log.close()
        let again = try ConsumptionLog.open(at: directory.log)
        #expect(try await again.counts(of: .first) == ConsumptionCounts(started: 4800, finished: 0))
        await again.close()
    }

    @Test func `one runs at a time`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        log.isCompacting.store(true, ordering: .relaxed)
        await #expect(throws: ConsumptionError.compacting(path: directory.log)) { try await log.compact() }
        log.isCompacting.store(false, ordering: .relaxed)
        try await log.compact()
        await log.close()
    }

    @Test func `what a killed one left is removed by the next one, and by opening the log`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        _ = try await log.start(Nonce(1), at: .second(1), terms: .standard)
        let draft = "consumption.log.compacting"
        #expect(Compaction.draftPath(of: directory.log) == directory.path(draft))
        _ = try directory.write(Array("stale".utf8), to: draft)
        #expect(try await log.compact().recordsAfter == 1)
        #expect(directory.names == ["consumption.log"])
        await log.close()
        _ = try directory.write(Array("stale".utf8), to: draft)
        let again = try ConsumptionLog.open(at: directory.log)
        #expect(directory.names == ["consumption.log"])
        #expect(try await again.state(of: Nonce(1)) == .started(at: .second(1)))
        await again.close()
    }

    @Test func `one that fails before it takes over leaves the log serving`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        _ = try await log.start(Nonce(1), at: .second(1), terms: .standard)
        // Nothing but a directory can stand in the draft's way for the superuser, too.
        #expect(mkdir(Compaction.draftPath(of: directory.log), 0o700) == 0)
        await #expect(throws: ConsumptionError.self) { try await log.compact() }
        #expect(rmdir(Compaction.draftPath(of: directory.log)) == 0)
        #expect(try await log.start(Nonce(2), at: .second(2), terms: .standard) == .started(at: .second(2)))
        try await log.compact()
        await log.close()
    }
}

@Suite struct `Compacting what was damaged` {
    let disk = MemoryFileSystem(seed: 1)

    /// A log of two durable records in a batch each, of which the given one is read otherwise than it was written.
    private func open(damaging record: Int) async throws -> ConsumptionLog {
        let log = try ConsumptionLog.open(at: "log", mode: .existingOrNew, in: disk)
        for serial in 0..<2 as Range<UInt32> {
            _ = try await log.start(Nonce(serial), at: .second(1), terms: .standard)
        }
        try disk.open("log", .writing).writeAll([0xFF], at: LogBytes.offset(record))
        return log
    }

    @Test(arguments: [0, 1])
    func `a record that can't be read ends the compaction, and the log goes on`(record: Int) async throws {
        let log = try await open(damaging: record)
        let before = disk.contents(of: "log")
        let offset = UInt64(LogBytes.offset(record))
        let reason = record == 0 ? Damage.Reason.checksum : .missing
        await #expect(
            throws: ConsumptionError.damaged(path: "log", Damage(offset: offset, length: 24, reason: reason))
        ) { try await log.compact() }
        let isAsBefore = disk.contents(of: "log") == before
        #expect(isAsBefore)
        #expect(disk.names == ["log"])
        #expect(log.isAcceptingWrites)
        #expect(try await log.start(Nonce(2), at: .second(2), terms: .standard) == .started(at: .second(2)))
        #expect(try await log.state(of: Nonce(UInt32(record))) == .started(at: .second(1)))
        await log.close()
    }

    @Test(arguments: [false, true])
    func `so does one that was written since the compaction began`(switching: Bool) throws {
        disk.put(try LogBytes(batches: [2]).bytes, at: "log")
        var journal = try LogOpening.open("log", in: disk, step: 0).journal
        var compaction = try Compaction("log", in: disk)
        try compaction.writeSnapshot(upTo: 2)
        try journal.append([LinkEvent(nonce: Nonce(2), kind: .started, time: .second(2))])
        try disk.open("log", .writing).writeAll([0xFF], at: LogBytes.offset(2))
        #expect(
            throws: ConsumptionError.damaged(
                path: "log", Damage(offset: UInt64(LogBytes.offset(2)), length: 24, reason: .missing))
        ) {
            if switching { try compaction.switchOver(&journal).get() } else { try compaction.catchUp(to: 3) }
        }
        #expect(try journal.file.isNamed("log"))
        compaction.discard()
        #expect(disk.names == ["log"])
    }
}

@Suite struct `A log behind a symbolic link` {
    let links = TemporaryDirectory()
    let target = TemporaryDirectory()

    private func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    @Test func `compacting replaces the file that the link leads to, which stays locked by either name`() async throws {
        try ConsumptionLog.create(at: target.log)
        #expect(symlink(target.log, links.log) == 0)
        let log = try ConsumptionLog.open(at: links.log)
        #expect(log.path == target.log)
        _ = try await log.start(Nonce(1), at: .second(1), terms: .standard)
        for round in 0..<2 as Range<UInt32> {
            try await log.compact()
            _ = try await log.start(Nonce(2 + round), at: .second(2), terms: .standard)
            #expect(isLink(links.log) && !isLink(target.log))
            #expect(links.names == ["consumption.log"] && target.names == ["consumption.log"])
            for path in [links.log, target.log] {
                #expect(throws: ConsumptionError.inUse(path: target.log)) { try ConsumptionLog.open(at: path) }
            }
        }
        await log.close()
        let again = try ConsumptionLog.open(at: target.log)
        for serial in 1...3 as ClosedRange<UInt32> {
            #expect(try await again.start(Nonce(serial), at: .second(3), terms: .standard) != .started(at: .second(3)))
        }
        await again.close()
    }

    @Test func `a link that is pointed elsewhere while the log is open changes nothing`() async throws {
        try ConsumptionLog.create(at: target.log)
        try ConsumptionLog.create(at: target.path("other"))
        #expect(symlink(target.log, links.log) == 0)
        let log = try ConsumptionLog.open(at: links.log)
        _ = try await log.start(Nonce(1), at: .second(1), terms: .standard)
        #expect(unlink(links.log) == 0 && symlink(target.path("other"), links.log) == 0)
        try await log.compact()
        await log.close()
        #expect(try ConsumptionLog.check(at: target.log).records == 1)
        #expect(try ConsumptionLog.check(at: links.log).records == 0)
    }

    @Test func `a link that leads nowhere is neither followed nor replaced by a new log`() throws {
        #expect(symlink(target.log, links.log) == 0)
        #expect(throws: ConsumptionError.alreadyExists(path: links.log)) { try ConsumptionLog.create(at: links.log) }
        #expect(throws: ConsumptionError.missing(path: links.log)) {
            try ConsumptionLog.open(at: links.log, mode: .existingOrNew)
        }
        #expect(isLink(links.log) && target.names == [])
    }

    @Test func `a log that is made in a directory behind a link is beside nothing there`() async throws {
        #expect(symlink(target.root, links.path("directory")) == 0)
        let log = try ConsumptionLog.open(at: links.path("directory/consumption.log"), mode: .existingOrNew)
        #expect(log.path == target.log && target.names == ["consumption.log"])
        try await log.compact()
        #expect(target.names == ["consumption.log"] && isLink(links.path("directory")))
        await log.close()
    }
}

@Suite struct `Locking` {
    @Test func `a file that lost its name before it was locked is not taken for the log`() throws {
        let disk = MemoryFileSystem(seed: 1)
        disk.put(try LogBytes(batches: [1]).bytes, at: "log")
        disk.put(try LogBytes(batches: [1, 2]).bytes, at: "compacted")
        // As a compaction elsewhere may, right after the log was opened.
        let fileSystem = HookedFileSystem(disk: disk) { (operation) throws(FileError) in
            guard operation == .open(.writing), try disk.exists("compacted") else { return }
            try disk.rename("compacted", to: "log")
        }
        let opened = try LogOpening.open("log", in: fileSystem)
        #expect(opened.ending.records == 3)
        #expect(try opened.journal.file.isNamed("log"))
    }
}
