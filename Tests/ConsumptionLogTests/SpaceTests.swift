import Consumption
import ConsumptionModel
import Files
import Glibc
import LinkToken
import TestSupport
import Testing

@testable import ConsumptionLog

@Suite(.timeLimit(.minutes(1))) struct `A full disk` {
    let disk = MemoryFileSystem(seed: 1)

    private func lack(_ operation: String, _ errno: Int32 = ENOSPC) -> ConsumptionError {
        .outOfSpace(FileError(operation, "log", errno: errno))
    }

    private func waitForRoom(_ log: ConsumptionLog) async throws {
        while !log.isAcceptingWrites { try await Task.sleep(for: .milliseconds(10)) }
    }

    @Test(arguments: [ENOSPC, EDQUOT])
    func `it refuses until there is room, loses nothing that was answered, and goes on`(errno: Int32) async throws {
        let log = try ConsumptionLog.open(at: "log", mode: .existingOrNew, in: disk)
        _ = try await log.start(Nonce(1), at: .second(1), terms: .standard)
        disk.inject(.init(failing: 1000, errno: errno))
        for _ in 0..<3 {
            await #expect(throws: lack("write", errno)) {
                try await log.start(Nonce(2), at: .second(2), terms: .standard)
            }
        }
        #expect(log.failure == lack("write", errno))
        await #expect(throws: lack("write", errno)) { try await log.state(of: Nonce(1)) }
        await #expect(throws: lack("write", errno)) { try await log.compact() }

        disk.inject(.init())
        try await waitForRoom(log)
        #expect(try await log.start(Nonce(1), at: .second(3), terms: .standard) == .resumed(startedAt: .second(1)))
        // Nobody was told that it was started, so the next one is the first.
        #expect(try await log.start(Nonce(2), at: .second(3), terms: .standard) == .started(at: .second(3)))
        #expect(try await log.counts(of: .first) == ConsumptionCounts(started: 2, finished: 0))
        try await log.compact()
        await log.close()

        disk.restart(.powerLost)
        let again = try ConsumptionLog.open(at: "log", in: disk)
        #expect(again.recovery == ConsumptionLog.Recovery(records: 2, tornBytes: 0))
        await again.close()
    }

    /// As network file systems and thin volumes say it: the pages are dropped, and no later sync brings them back.
    @Test func `a sync without room is nothing that a later sync makes good`() async throws {
        let fails = Locked(false)
        let fileSystem = HookedFileSystem(disk: disk) { (operation) throws(FileError) in
            guard operation == .sync, fails.withLock({ exchange(&$0, with: false) }) else { return }
            throw FileError("sync", "log", errno: ENOSPC)
        }
        let log = try ConsumptionLog.open(at: "log", mode: .existingOrNew, in: fileSystem)
        _ = try await log.start(Nonce(1), at: .second(1), terms: .standard)
        fails.withLock { $0 = true }
        await #expect(throws: lack("sync")) { try await log.start(Nonce(2), at: .second(2), terms: .standard) }
        try await waitForRoom(log)
        #expect(try await log.state(of: Nonce(2)) == .unused)
        #expect(try await log.start(Nonce(3), at: .second(3), terms: .standard) == .started(at: .second(3)))
        disk.restart(.powerLost)
        let again = try ConsumptionLog.open(at: "log", in: disk)
        #expect(try await again.state(of: Nonce(1)) == .started(at: .second(1)))
        #expect(try await again.state(of: Nonce(2)) == .unused)
        #expect(try await again.state(of: Nonce(3)) == .started(at: .second(3)))
        await again.close()
    }

    @Test func `it can be closed meanwhile`() async throws {
        let log = try ConsumptionLog.open(at: "log", mode: .existingOrNew, in: disk)
        disk.inject(.init(failing: 1000, errno: ENOSPC))
        await #expect(throws: lack("write")) { try await log.start(Nonce(2), at: .second(2), terms: .standard) }
        await log.close()
        #expect(log.failure == .closed)
        disk.restart(.killed)
        try await ConsumptionLog.open(at: "log", in: disk).close()
    }

    @Test func `a log that another program changed meanwhile stops for good`() async throws {
        let log = try ConsumptionLog.open(at: "log", mode: .existingOrNew, in: disk)
        disk.inject(.init(failing: 1000, errno: ENOSPC))
        await #expect(throws: lack("write")) { try await log.start(Nonce(2), at: .second(2), terms: .standard) }
        disk.inject(.init())
        try disk.remove("log")
        while log.failure == lack("write") { try await Task.sleep(for: .milliseconds(10)) }
        #expect(log.failure == .displaced(path: "log", .renamed))
        await log.close()
    }

    @Test(.enabled(if: getuid() == 0, "mounting a small file system needs root"))
    func `a real one is used to its last block, and again when there is room`() async throws {
        let directory = TemporaryDirectory()
        try await ChildProcess.output(
            of: "mount", ["-t", "tmpfs", "-o", "size=1200k", "tmpfs", directory.root])
        try await always {
            _ = try? await ChildProcess.output(of: "umount", ["-l", directory.root])
        } after: {
            let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
            var started: [Nonce] = []
            var failure: ConsumptionError?
            for first in stride(from: 0, to: 100_000 as UInt32, by: 500) where failure == nil {
                await withTaskGroup(of: (Nonce, ConsumptionError?).self) { (group) in
                    for nonce in (first..<first + 500).map({ Nonce($0) }) {
                        group.addTask {
                            do throws(ConsumptionError) {
                                _ = try await log.start(nonce, at: .second(1), terms: .standard)
                                return (nonce, nil)
                            } catch {
                                return (nonce, error)
                            }
                        }
                    }
                    for await (nonce, error) in group {
                        if let error { failure = error } else { started.append(nonce) }
                    }
                }
            }
            guard case .outOfSpace = failure else {
                Issue.record("\(failure as Any)")
                return
            }
            #expect(started.count > 40_000)
            try await ChildProcess.output(of: "mount", ["-o", "remount,size=20m", directory.root])
            try await waitForRoom(log)
            #expect(try await log.counts(of: .first).started == started.count)
            _ = try await log.start(Nonce(.max), at: .second(2), terms: .standard)
            await log.close()
            let again = try ConsumptionLog.open(at: directory.log)
            for nonce in started { #expect(try await again.state(of: nonce) == .started(at: .second(1))) }
            await again.close()
        }
    }
}
