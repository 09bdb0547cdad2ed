import Consumption
import ConsumptionModel
import Glibc
import LinkToken
import TestSupport
import Testing

@testable import ConsumptionLog

@Suite(.timeLimit(.minutes(1))) struct `Taking another log over` {
    let directory = TemporaryDirectory()

    private func histories(_ links: [(UInt32, start: UInt32, finish: UInt32?)]) -> LinkHistories {
        var histories = LinkHistories()
        for (serial, start, finish) in links {
            let finishedAt = finish.map { UnixTime.second($0) }
            histories.add(
                LinkHistory(
                    startedAt: .second(start), details: StartDetails(startedBy: .scanner), finishedAt: finishedAt),
                of: Nonce(serial))
        }
        return histories
    }

    private func history() throws -> DistributionHistory {
        try DistributionHistory.read(.first, from: [directory.log])
    }

    private func expect(
        _ serial: UInt32, _ start: UInt32, by agent: UserAgentClass, _ finish: UInt32?,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let expected = LinkHistory(
            startedAt: .second(start), details: StartDetails(startedBy: agent), finishedAt: finish.map { .second($0) })
        #expect(try history()[Serial(rawValue: serial)] == expected, sourceLocation: sourceLocation)
    }

    @Test func `the earlier start and the earlier finish count, and taking the same over again writes nothing`()
        async throws
    {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        for serial in 1...5 as ClosedRange<UInt32> {
            _ = try await log.start(
                Nonce(serial), at: .second(100), details: StartDetails(startedBy: .tool), terms: .standard)
        }
        for serial in [3, 4, 5] as [UInt32] { _ = try await log.finish(Nonce(serial), at: .second(200)) }
        let other = histories([
            (1, 50, nil), (2, 150, 160), (3, 50, 190), (4, 150, 210), (5, 100, 200), (6, 70, 80), (7, 70, nil),
        ])
        let report = try await log.takeOver(other)
        #expect(report.links == 7 && report.added == 2 && report.changed == 3)
        func check() throws {
            try expect(1, 50, by: .scanner, nil)
            try expect(2, 100, by: .tool, 160)
            try expect(3, 50, by: .scanner, 190)
            try expect(4, 100, by: .tool, 200)
            try expect(5, 100, by: .tool, 200)
            try expect(6, 70, by: .scanner, 80)
            try expect(7, 70, by: .scanner, nil)
            #expect(try history().counts == ConsumptionCounts(started: 7, finished: 5))
        }
        try check()
        #expect(try await log.counts(of: .first) == ConsumptionCounts(started: 7, finished: 5))
        #expect(try await log.state(of: Nonce(1)) == .started(at: .second(50)))
        #expect(try await log.state(of: Nonce(3)) == .finished(startedAt: .second(50)))
        #expect(try await log.start(Nonce(6), at: .second(300), terms: .standard) == .refused(.alreadyFinished))

        let records = log.metrics.records
        let again = try await log.takeOver(other)
        #expect(again.added == 0 && again.changed == 0 && log.metrics.records == records)
        try await log.compact()
        #expect(log.metrics.records == 12)
        try check()
        await log.close()
        let reopened = try ConsumptionLog.open(at: directory.log)
        #expect(try await reopened.counts(of: .first) == ConsumptionCounts(started: 7, finished: 5))
        #expect(try await reopened.takeOver(other).changed == 0)
        await reopened.close()
    }

    @Test func `what a reset undid is not brought back, also after a compaction, and what began later is taken`()
        async throws
    {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        for serial in 1...3 as ClosedRange<UInt32> {
            _ = try await log.start(Nonce(serial), at: .second(100), terms: .standard)
            _ = try await log.reset(Nonce(serial), at: .second(200))
        }
        _ = try await log.start(Nonce(2), at: .second(300), details: StartDetails(startedBy: .tool), terms: .standard)
        // The other log knows a start of link 1 that was earlier still, and a later one of link 3.
        let other = histories([(1, 90, 150), (2, 100, 150), (3, 201, 202)])
        for compacts in [false, true] {
            if compacts { try await log.compact() }
            let report = try await log.takeOver(other)
            #expect(report.added == (compacts ? 0 : 1) && report.changed == 0)
            #expect(try await log.state(of: Nonce(1)) == .unused)
            #expect(try await log.state(of: Nonce(2)) == .started(at: .second(300)))
            #expect(try await log.state(of: Nonce(3)) == .finished(startedAt: .second(201)))
        }
        await log.close()
    }

    @Test func `of several resets the last one counts, also for a start of its very second`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        for second in [100, 300] as [UInt32] {
            _ = try await log.start(Nonce(1), at: .second(second), terms: .standard)
            _ = try await log.reset(Nonce(1), at: .second(second + 100))
        }
        for compacts in [false, true] {
            if compacts { try await log.compact() }
            for undone in [250, 350, 400] as [UInt32] {
                #expect(try await log.takeOver(histories([(1, undone, nil)])).added == 0, "\(undone)")
            }
        }
        #expect(try await log.state(of: Nonce(1)) == .unused)
        #expect(try await log.takeOver(histories([(1, 401, nil)])).added == 1)
        await log.close()
    }

    @Test func `a finished link whose earlier start is taken over stays finished`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        _ = try await log.start(Nonce(1), at: .second(100), terms: .standard)
        _ = try await log.finish(Nonce(1), at: .second(200))
        #expect(try await log.takeOver(histories([(1, 50, nil)])).changed == 1)
        #expect(try await log.state(of: Nonce(1)) == .finished(startedAt: .second(50)))
        #expect(try history()[Serial(rawValue: 1)]?.finishedAt == .second(200))
        await log.close()
    }

    @Test func `of two starts in one second the same starter counts, whichever log is read first`() {
        let one = LinkHistory(startedAt: .second(1), details: StartDetails(startedBy: .scanner))
        let other = LinkHistory(startedAt: .second(1), details: StartDetails(startedBy: .desktopBrowser))
        #expect(one.merged(with: other) == other.merged(with: one))
    }

    @Test func `many links are taken over while others start, and everything is durable`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        var other = LinkHistories()
        for serial in 0..<20_000 as Range<UInt32> {
            let nonce = Nonce(serial.isMultiple(of: 2) ? .first : .second, serial)
            other.add(LinkHistory(startedAt: .second(10), finishedAt: .second(20)), of: nonce)
        }
        async let taking = log.takeOver(other)
        var begun = 0
        for serial in 20_000..<20_200 as Range<UInt32> {
            if try await log.start(Nonce(serial), at: .second(30), terms: .standard) == .started(at: .second(30)) {
                begun += 1
            }
        }
        #expect(try await taking.added == 20_000 && begun == 200)
        await log.close()
        let again = try LogReader(path: directory.log).histories()
        #expect(again.links == 20_200 && again.events == 40_200)
        #expect(again.news(in: other).isEmpty)
    }

    // MARK: The inbox

    private var inbox: String { directory.log + ".inbox" }
    private func left() -> [String] {
        (try? LogInbox(of: directory.log).files().map { String($0.dropFirst(inbox.count + 1)) }) ?? []
    }

    @Test func `a log that is in use takes over what was left in its inbox, and whoever left it learns of it`()
        async throws
    {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        _ = try await log.start(Nonce(1), at: .second(100), terms: .standard)
        let other = histories([(1, 110, 120), (2, 110, 120), (3, 110, nil)])
        async let leaving = ConsumptionLog.takeOver(other, intoLogAt: directory.log)
        var taken: [TakeOverReport] = []
        while taken.isEmpty {
            taken = try await log.takeInbox().map { try $0.result.get() }
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(taken.map(\.added) == [2] && taken.map(\.changed) == [1])
        let report = try await leaving
        #expect(report.added == 2 && report.changed == 1)
        #expect(left() == [])
        #expect(try await log.state(of: Nonce(2)) == .finished(startedAt: .second(110)))
        // What is known already isn't left at all.
        let again = try await ConsumptionLog.takeOver(other, intoLogAt: directory.log, patience: .zero)
        #expect(again.added == 0 && again.changed == 0)
        await log.close()
    }

    @Test func `events that nobody takes stay for whoever opens the log next, and only their owner can read them`()
        async throws
    {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        let error = await #expect(throws: ConsumptionError.self) {
            try await ConsumptionLog.takeOver(
                histories([(1, 110, 120)]), intoLogAt: directory.log, patience: .zero)
        }
        guard case .waitsInInbox(directory.log, let file) = error else {
            Issue.record("\(error as Any)")
            return
        }
        func mode(_ path: String) -> mode_t {
            var status = stat()
            return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
        }
        #expect(mode(inbox) == 0o700 && mode(file) == 0o600)
        await log.close()
        let report = try await ConsumptionLog.takeOver(histories([(2, 110, nil)]), intoLogAt: directory.log)
        #expect(report.added == 1)
        try expect(1, 110, by: .scanner, 120)
        #expect(left() == [])
    }

    @Test func `what is left for a process that closes the log without another look is taken over all the same`()
        async throws
    {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        let other = histories([(1, 110, 120)])
        async let leaving = ConsumptionLog.takeOver(
            other, intoLogAt: directory.log, patience: .milliseconds(500))
        while left().isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        await log.close()
        #expect(try await leaving.added == 1)
        try expect(1, 110, by: .scanner, 120)
        #expect(left() == [])
    }

    @Test func `a file that was taken over before the process died is taken over again without harm`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        let other = histories([(1, 110, 120)])
        mkdir(inbox, 0o700)
        for round in 0..<2 {
            try ConsumptionLog.write(other, to: inbox + "/a.log")
            // A name without the ending is a file that is still being written.
            try? ConsumptionLog.write(other, to: inbox + "/b")
            let results = try await log.takeInbox()
            #expect(results.map(\.file) == [inbox + "/a.log"])
            #expect(try results.map { try $0.result.get().added } == [round == 0 ? 1 : 0])
            #expect(log.metrics.records == 2 && left() == [])
        }
        await log.close()
    }

    @Test func `a damaged file is set aside and stands in nobody's way`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        mkdir(inbox, 0o700)
        var damaged = try LogBytes(batches: [1, 1])
        damaged.flip(LogBytes.offset(0))
        for (name, bytes) in [("a.log", Array("a,b\n".utf8)), ("b.log", damaged.bytes)] {
            let file = try SystemFileSystem().open("\(inbox)/\(name)", .creating)
            try file.writeAll(bytes[...], at: 0)
            file.close()
        }
        try ConsumptionLog.write(histories([(1, 110, nil)]), to: inbox + "/c.log")
        let results = try await log.takeInbox()
        #expect(results.map(\.file) == ["a", "b", "c"].map { "\(inbox)/\($0).log" })
        #expect(results.map { (try? $0.result.get())?.added } == [nil, nil, 1])
        #expect(left() == [])
        #expect(access(inbox + "/a.log.damaged", F_OK) == 0 && access(inbox + "/b.log.damaged", F_OK) == 0)
        #expect(try await log.takeInbox().isEmpty)
        await log.close()
    }

    @Test func `while nothing can be recorded, what was left stays`() async throws {
        let disk = MemoryFileSystem(seed: 1)
        // The log's file is on the disk that fills up, the inbox on a real one.
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew, in: disk)
        mkdir(inbox, 0o700)
        try ConsumptionLog.write(histories([(1, 110, nil)]), to: inbox + "/a.log")
        disk.inject(.init(failing: 1000, errno: ENOSPC))
        await #expect(throws: ConsumptionError.self) { try await log.takeInbox() }
        #expect(left() == ["a.log"])
        disk.inject(.init())
        while !log.isAcceptingWrites { try await Task.sleep(for: .milliseconds(10)) }
        #expect(try await log.takeInbox().map { try $0.result.get().added } == [1])
        #expect(left() == [])
        await log.close()
    }

    @Test(.enabled(if: geteuid() == 0, "changing owners needs root"))
    func `what an administrator leaves belongs to the owner of the log`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        #expect(chown(directory.log, 12345, 12346) == 0)
        _ = try? await ConsumptionLog.takeOver(histories([(1, 1, nil)]), intoLogAt: directory.log, patience: .zero)
        for path in [inbox] + left().map({ "\(inbox)/\($0)" }) {
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_uid == 12345 && status.st_gid == 12346)
        }
        #expect(left().count == 1)
        await log.close()
    }
}
