import Consumption
import LinkToken
import TestSupport
import Testing

@testable import ConsumptionLog

@Suite struct `Verbs` {
    let directory = TemporaryDirectory()

    @Test func `the first start is started and the second resumes it`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        #expect(try await log.start(Nonce(1), at: .second(5), terms: .standard) == .started(at: .second(5)))
        #expect(
            try await log.start(Nonce(1), at: .second(9), terms: .standard) == .resumed(startedAt: .second(5)))
        #expect(try await log.state(of: Nonce(1)) == .started(at: .second(5)))
        await log.close()
    }

    @Test func `a start is resumed within its window and refused from its end on`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        let terms = StartTerms(mayBegin: true, resume: .within(seconds: 60))
        _ = try await log.start(Nonce(1), at: .second(0), terms: terms)
        #expect(try await log.start(Nonce(1), at: .second(59), terms: terms) == .resumed(startedAt: .second(0)))
        #expect(try await log.start(Nonce(1), at: .second(60), terms: terms) == .refused(.incompleteWindowOver))
        let never = StartTerms(mayBegin: true, resume: .never)
        #expect(try await log.start(Nonce(1), at: .second(60), terms: never) == .refused(.alreadyStarted))
        let always = StartTerms(mayBegin: true, resume: .untilFinished)
        #expect(
            try await log.start(Nonce(1), at: .second(1 << 28), terms: always) == .resumed(startedAt: .second(0)))
        await log.close()
    }

    static let policies: [ResumePolicy] = [
        .never, .within(seconds: 1), .within(seconds: 30), .within(seconds: 60), .standard, .untilFinished,
    ]

    @Test(arguments: policies, [true, false])
    func `a start that is repeated within a minute gets the answer of the first, whatever the policy`(
        resume: ResumePolicy, mayBegin: Bool
    ) async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        let first = UnixTime.second(1000)
        _ = try await log.start(Nonce(1), at: first, terms: .standard)
        let terms = StartTerms(mayBegin: mayBegin, resume: resume)
        // Also by an edge whose clock is behind.
        for second in [1000, 1001, 1030, 1059, 999, 941] as [UInt32] {
            #expect(try await log.start(Nonce(1), at: .second(second), terms: terms) == .resumed(startedAt: first))
        }
        #expect(log.metrics.records == 1, "a repetition is not recorded")
        _ = try await log.finish(Nonce(1), at: .second(1002))
        #expect(try await log.start(Nonce(1), at: .second(1003), terms: terms) == .refused(.alreadyFinished))
        await log.close()
    }

    @Test func `the grace ends a minute after the first start, and repetitions do not prolong it`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        let never = StartTerms(mayBegin: true, resume: .never)
        let brief = StartTerms(mayBegin: true, resume: .within(seconds: 30))
        _ = try await log.start(Nonce(1), at: .second(0), terms: never)
        for second in [20, 40, 59] as [UInt32] {
            _ = try await log.start(Nonce(1), at: .second(second), terms: never)
        }
        #expect(try await log.start(Nonce(1), at: .second(60), terms: never) == .refused(.alreadyStarted))
        #expect(try await log.start(Nonce(1), at: .second(60), terms: brief) == .refused(.incompleteWindowOver))
        await log.close()
    }

    @Test func `a start that a clock recorded far ahead leaves no link open until then`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        let never = StartTerms(mayBegin: true, resume: .never)
        _ = try await log.start(Nonce(1), at: .second(1_000_000), terms: never)
        #expect(try await log.start(Nonce(1), at: .second(0), terms: never) == .refused(.alreadyStarted))
        #expect(try await log.start(Nonce(1), at: .second(999_940), terms: never) == .refused(.alreadyStarted))
        #expect(
            try await log.start(Nonce(1), at: .second(999_941), terms: never)
                == .resumed(startedAt: .second(1_000_000)))
        await log.close()
    }

    @Test func `expiry limits the first start and not resuming`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        #expect(try await log.start(Nonce(1), at: .second(0), terms: .expired) == .refused(.expired))
        #expect(try await log.state(of: Nonce(1)) == .unused)
        _ = try await log.start(Nonce(1), at: .second(1), terms: .standard)
        #expect(try await log.start(Nonce(1), at: .second(2), terms: .expired) == .resumed(startedAt: .second(1)))
        await log.close()
    }

    @Test func `finishing is idempotent and ends the link`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        #expect(try await log.finish(Nonce(1), at: .second(1)) == .notStarted)
        _ = try await log.start(Nonce(1), at: .second(2), terms: .standard)
        #expect(try await log.finish(Nonce(1), at: .second(3)) == .finished(startedAt: .second(2)))
        #expect(try await log.finish(Nonce(1), at: .second(4)) == .alreadyFinished(startedAt: .second(2)))
        #expect(try await log.start(Nonce(1), at: .second(5), terms: .standard) == .refused(.alreadyFinished))
        #expect(try await log.state(of: Nonce(1)) == .finished(startedAt: .second(2)))
        await log.close()
    }

    @Test func `a reset makes a link usable again`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        #expect(try await log.reset(Nonce(1), at: .second(0)) == .wasUnused)
        _ = try await log.start(Nonce(1), at: .second(1), terms: .standard)
        _ = try await log.finish(Nonce(1), at: .second(2))
        #expect(try await log.reset(Nonce(1), at: .second(3)) == .reset)
        #expect(try await log.counts(of: .first) == ConsumptionCounts(started: 0, finished: 0))
        #expect(try await log.start(Nonce(1), at: .second(4), terms: .standard) == .started(at: .second(4)))
        await log.close()
    }

    @Test func `counts are of one distribution`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        for serial in 0..<5 {
            _ = try await log.start(Nonce(.first, UInt32(serial) * 1000), at: .second(1), terms: .standard)
        }
        _ = try await log.finish(Nonce(.first, 1000), at: .second(2))
        _ = try await log.start(Nonce(.second, 0), at: .second(1), terms: .standard)
        #expect(try await log.counts(of: .first) == ConsumptionCounts(started: 5, finished: 1))
        #expect(try await log.counts(of: .second) == ConsumptionCounts(started: 1, finished: 0))
        #expect(try await log.counts(of: DistributionID(rawValue: 9)!) == ConsumptionCounts())
        await log.close()
    }

    @Test func `everything is there after opening again`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        for serial in 0..<100 {
            _ = try await log.start(Nonce(UInt32(serial) * 997), at: .second(UInt32(serial)), terms: .standard)
        }
        for serial in 0..<50 { _ = try await log.finish(Nonce(UInt32(serial) * 997), at: .second(500)) }
        await log.close()

        let again = try ConsumptionLog.open(at: directory.log)
        #expect(again.recovery.records == 150)
        #expect(again.recovery.tornBytes == 0)
        for serial in 0..<100 as Range<UInt32> {
            let expected: LinkState =
                serial < 50 ? .finished(startedAt: .second(serial)) : .started(at: .second(serial))
            #expect(try await again.state(of: Nonce(serial * 997)) == expected)
        }
        #expect(try await again.counts(of: .first) == ConsumptionCounts(started: 100, finished: 50))
        await again.close()
    }

    @Test func `a clock that goes backwards changes no outcome that was given`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        _ = try await log.start(Nonce(1), at: .second(1000), terms: .standard)
        #expect(
            try await log.start(Nonce(1), at: .second(10), terms: .standard) == .resumed(startedAt: .second(1000)))
        #expect(try await log.finish(Nonce(1), at: .second(20)) == .finished(startedAt: .second(1000)))
        _ = try await log.start(Nonce(2), at: .second(5), terms: .standard)
        await log.close()
        let again = try ConsumptionLog.open(at: directory.log)
        #expect(try await again.state(of: Nonce(1)) == .finished(startedAt: .second(1000)))
        #expect(try await again.state(of: Nonce(2)) == .started(at: .second(5)))
        await again.close()
    }

    @Test(arguments: [0, 1_577_836_799, 3_725_320_447, UInt32.max])
    func `a time that a log can't hold is refused and nothing is recorded`(seconds: UInt32) async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        let time = UnixTime(rawValue: seconds)
        await #expect(throws: ConsumptionError.timeOutOfRange(time)) {
            try await log.start(Nonce(1), at: time, terms: .standard)
        }
        #expect(try await log.state(of: Nonce(1)) == .unused)
        await log.close()
    }

    @Test(arguments: [1_577_836_800, 3_725_320_446] as [UInt32])
    func `the ends of the range of times are held`(seconds: UInt32) async throws {
        let time = UnixTime(rawValue: seconds)
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        _ = try await log.start(Nonce(.max), at: time, terms: .standard)
        await log.close()
        let again = try ConsumptionLog.open(at: directory.log)
        #expect(try await again.state(of: Nonce(.max)) == .started(at: time))
        await again.close()
    }

    @Test func `a closed log answers nothing`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        await log.close()
        await log.close()
        #expect(!log.isAcceptingWrites)
        await #expect(throws: ConsumptionError.closed) { try await log.state(of: Nonce(1)) }
    }
}

@Suite struct `Reopened links` {
    let directory = TemporaryDirectory()
    let terms = StartTerms(mayBegin: true, resume: .never, reopenedAt: .second(500))

    /// A log in which a link was finished, reopened and started again, and another was started first after its reopening.
    private func log() async throws -> ConsumptionLog {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        _ = try await log.start(Nonce(1), at: .second(0), terms: .standard)
        _ = try await log.finish(Nonce(1), at: .second(5))
        _ = try await log.start(Nonce(1), at: .second(510), terms: terms)
        _ = try await log.start(Nonce(2), at: .second(510), terms: terms)
        return log
    }

    private func kinds() throws -> [LinkEvent.Kind] {
        var kinds: [LinkEvent.Kind] = []
        try LogReader(path: directory.log).forEachEvent { kinds.append($0.kind) }
        return kinds
    }

    @Test func `the log records the reopening, with its time, before the start`() async throws {
        await try log().close()
        #expect(try kinds() == [.started, .finished, .reopened, .started, .reopened, .started])
        var times: [UnixTime] = []
        try LogReader(path: directory.log).forEachEvent { if $0.kind == .reopened { times.append($0.time) } }
        #expect(times == [.second(500), .second(500)])
        let reopened = try ConsumptionLog.open(at: directory.log)
        for serial in [1, 2] as [UInt32] {
            #expect(try await reopened.state(of: Nonce(serial)) == .started(at: .second(510)))
            #expect(
                try await reopened.start(Nonce(serial), at: .second(600), terms: terms) == .refused(.alreadyStarted))
        }
        #expect(try await reopened.counts(of: .first) == ConsumptionCounts(started: 2, finished: 0))
        await reopened.close()
    }

    @Test func `a use from before the reopening doesn't come back with another log, one from after it does`()
        async throws
    {
        let log = try await log()
        var other = LinkHistories()
        other.add(LinkHistory(startedAt: .second(0), finishedAt: .second(5)), of: Nonce(1))
        other.add(LinkHistory(startedAt: .second(499)), of: Nonce(2))
        let report = try await log.takeOver(other)
        #expect(report.added == 0 && report.changed == 0)
        var later = LinkHistories()
        later.add(LinkHistory(startedAt: .second(500)), of: Nonce(2))
        #expect(try await log.takeOver(later).changed == 1)
        #expect(try await log.state(of: Nonce(1)) == .started(at: .second(510)))
        #expect(try await log.state(of: Nonce(2)) == .started(at: .second(500)))
        await log.close()
    }

    @Test func `compaction keeps the reopening`() async throws {
        let log = try await log()
        _ = try await log.compact()
        var other = LinkHistories()
        other.add(LinkHistory(startedAt: .second(0)), of: Nonce(1))
        other.add(LinkHistory(startedAt: .second(0)), of: Nonce(2))
        #expect(try await log.takeOver(other).changed == 0)
        await log.close()
        #expect(try kinds() == [.started, .finished, .reopened, .reopened, .started, .started])
    }
}

@Suite final class `What is not durable yet` {
    private var ledger = Ledger(table: LinkTable())

    private func start(_ nonce: Nonce) {
        _ = ledger.decide(nonce, waiter: nil) { $0.start(at: .second(1), terms: .standard) }
    }

    /// Whether a state is answered at once, and with the link started.
    private func isAnswered(_ nonce: Nonce) -> Bool {
        switch ledger.decide(nonce, waiter: nil, by: { Decision(outcome: $0) }) {
        case .answer(let state): return state == .started(at: .second(1))
        case .wait, .fail: return false
        }
    }

    private func areCountsAnswered() -> Bool {
        if case .answer = ledger.counts(of: .first, waiter: nil) { true } else { false }
    }

    /// The next batch, once it is durable.
    private func writtenBatch() -> Int {
        var batch = Batch()
        guard case .batch = ledger.take(&batch) else { return 0 }
        let count = batch.records.count
        ledger.confirm(&batch)
        return count
    }

    @Test func `neither states nor counts are answered from it`() {
        start(Nonce(1))
        #expect(!isAnswered(Nonce(1)) && !areCountsAnswered())
        #expect(writtenBatch() == 1)
        #expect(isAnswered(Nonce(1)) && areCountsAnswered())
        // Those of another distribution don't wait for it.
        start(Nonce(.second, 1))
        #expect(isAnswered(Nonce(1)) && areCountsAnswered() && !isAnswered(Nonce(.second, 1)))
    }

    @Test func `a batch has 65,536 records at most, and what begins the next waits for the next`() {
        for serial in 0...65_536 as ClosedRange<UInt32> { start(Nonce(serial)) }
        #expect(writtenBatch() == 65_536)
        #expect(isAnswered(Nonce(0)) && !isAnswered(Nonce(65_536)) && !areCountsAnswered())
        #expect(writtenBatch() == 1)
        #expect(isAnswered(Nonce(65_536)) && areCountsAnswered())
    }
}

@Suite struct `Concurrent callers` {
    let directory = TemporaryDirectory()

    @Test(arguments: [ResumePolicy.standard, .never])
    func `of a thousand concurrent starts of one link exactly one is started, and the others lead to it`(
        resume: ResumePolicy
    ) async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        let terms = StartTerms(mayBegin: true, resume: resume)
        let outcomes = try await withThrowingTaskGroup(of: StartOutcome.self) { group in
            for caller in 0..<1000 as Range<UInt32> {
                group.addTask { try await log.start(Nonce(7), at: .second(caller % 60), terms: terms) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let winners = outcomes.compactMap { if case .started(let time) = $0 { time } else { nil } }
        let winner = try #require(winners.first)
        #expect(winners.count == 1)
        #expect(outcomes.count { $0 == .resumed(startedAt: winner) } == 999)
        #expect(try await log.counts(of: .first) == ConsumptionCounts(started: 1, finished: 0))
        await log.close()
    }

    @Test func `starts, finishes, states and closing at once lose nothing that was answered`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        let started = try await withThrowingTaskGroup(of: Set<Nonce>.self) { group in
            for task in 0..<64 as Range<UInt32> {
                group.addTask {
                    var started: Set<Nonce> = []
                    do {
                        for step in 0..<200 as Range<UInt32> {
                            let nonce = Nonce(step % 2 == 0 ? .first : .second, (task &* 31 &+ step &* 17) % 4096)
                            if case .started = try await log.start(nonce, at: .second(step), terms: .standard) {
                                started.insert(nonce)
                            }
                            if step % 3 == 0 { _ = try await log.finish(nonce, at: .second(step)) }
                            if try await log.state(of: nonce) == .unused { Issue.record("\(nonce) looks unused") }
                            _ = try await log.counts(of: nonce.distribution)
                        }
                    } catch ConsumptionError.closed {
                    }
                    return started
                }
            }
            group.addTask {
                while log.metrics.records < 2000 { await Task.yield() }
                await log.close()
                return []
            }
            return try await group.reduce(into: [Nonce: Int]()) { counts, nonces in
                for nonce in nonces { counts[nonce, default: 0] += 1 }
            }
        }
        #expect(started.values.allSatisfy { $0 == 1 })
        let again = try ConsumptionLog.open(at: directory.log)
        for nonce in started.keys { #expect(try await again.state(of: nonce) != .unused) }
        await again.close()
    }
}
