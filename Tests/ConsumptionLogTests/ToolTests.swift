import Consumption
import ConsumptionModel
import Glibc
import LinkToken
import TestSupport
import Testing

@testable import ConsumptionLog

@Suite struct `Checking and repairing` {
    let directory = TemporaryDirectory()

    private func put(_ log: LogBytes, _ path: String? = nil) throws {
        let file = try SystemFileSystem().open(path ?? directory.log, .creating)
        try file.writeAll(log.bytes[...], at: 0)
        file.close()
    }

    @Test func `a sound log is sound`() throws {
        try put(LogBytes(batches: [3, 4]))
        let report = try ConsumptionLog.check(at: directory.log)
        #expect(report.isSound)
        #expect(report.records == 7)
        #expect(report.counts == ConsumptionCounts(started: 7, finished: 0))
        #expect(report.distributions == 1)
    }

    @Test func `every damaged place is named`() throws {
        var log = try LogBytes(batches: [2, 2, 2, 2])
        log.flip(LogBytes.offset(1))
        log.zero(record: 4)
        log.zero(record: 5)
        try put(log)
        let report = try ConsumptionLog.check(at: directory.log)
        #expect(
            report.damages == [
                Damage(offset: UInt64(LogBytes.offset(1)), length: 24, reason: .checksum),
                Damage(offset: UInt64(LogBytes.offset(4)), length: 48, reason: .zeroes),
            ]
        )
        #expect(report.records == 5)
        #expect(!report.isSound)
    }

    @Test func `a repair keeps every readable event and leaves the old file as it is`() async throws {
        var log = try LogBytes(batches: [2, 2, 2])
        log.flip(LogBytes.offset(1))
        log.flip(20)
        try put(log)
        let report = try ConsumptionLog.repair(at: directory.log, to: directory.log + ".repaired")
        #expect(report.survey.usedHeaderCopy)
        #expect(report.survey.damageCount == 1)
        #expect(report.survey.records == 5 && report.records == 5)
        #expect(try bytes(directory.log) == log.bytes)

        let repaired = try ConsumptionLog.open(at: directory.log + ".repaired")
        #expect(repaired.recovery.records == 5)
        for serial in 0..<6 as Range<UInt32> {
            let expected: LinkState = serial == 1 ? .unused : .started(at: .second(serial))
            #expect(try await repaired.state(of: Nonce(serial)) == expected)
        }
        await repaired.close()
        #expect(directory.names == ["consumption.log", "consumption.log.repaired"])
    }

    private func record(_ event: LinkEvent.Kind, _ serial: UInt32, _ second: UInt32) -> LinkEvent {
        LinkEvent(nonce: Nonce(serial), kind: event, time: .second(second))
    }

    @Test func `a link whose start is lost stays used by its finish`() throws {
        var log = try LogBytes(records: [
            record(.started, 1, 0), record(.started, 2, 1), record(.finished, 1, 7), record(.finished, 2, 8),
            record(.reset, 1, 9),
        ])
        log.flip(LogBytes.offset(0))
        let report = try log.checked()
        #expect(report.damages.map(\.reason) == [.checksum, .startMissing])
        #expect(report.linksWithoutStart == [Nonce(1)])
        #expect(report.dropped == [])
        // The reset can follow, since the link is known to have been used.
        let inferred = [record(.started, 1, 7), record(.finished, 1, 7)]
        let repaired = try log.repaired()
        #expect(
            repaired.records == [record(.started, 2, 1)] + inferred + [record(.finished, 2, 8), record(.reset, 1, 9)])
        #expect(repaired.report.records == 5)
    }

    @Test func `every record that a repair drops although it can be read is told, with its link`() throws {
        var log = try LogBytes(records: [
            record(.started, 1, 0), record(.finished, 1, 1), record(.reset, 1, 2), record(.started, 1, 3),
            record(.finished, 1, 4), record(.reset, 7, 5), record(.started, 8, 6), record(.started, 9, 7),
        ])
        log.flip(LogBytes.offset(2))
        log.set(16, of: 6, to: 9)
        let repaired = try log.repaired()
        func dropped(_ record: Int, _ reason: Damage.Reason, _ serial: UInt32) -> Damage {
            Damage(offset: UInt64(LogBytes.offset(record)), length: 24, reason: reason, nonce: Nonce(serial))
        }
        #expect(
            repaired.report.survey.dropped == [
                dropped(3, .contradiction, 1), dropped(5, .contradiction, 7), dropped(6, .unknownEvent, 8),
            ])
        #expect(
            repaired.records == [
                record(.started, 1, 0), record(.finished, 1, 1), record(.finished, 1, 4), record(.started, 9, 7),
            ])
    }

    @Test func `a torn tail does not count, and a repair keeps what can be read of it`() throws {
        var log = try LogBytes(batches: [2, 5])
        log.zero(record: 4)
        let report = try log.checked()
        #expect(report.isSound)
        #expect(report.records == 4 && report.counts.started == 4)
        #expect(report.tornBytes == 72 && report.tornRecords == 2)
        #expect(try log.opened().records == 4)
        #expect(try log.repaired().records.map(\.nonce) == [0, 1, 2, 3, 5, 6].map { Nonce($0) })
    }

    @Test func `a repair overwrites nothing and does not touch a log in use`() async throws {
        try put(LogBytes(batches: [1]))
        #expect(throws: ConsumptionError.alreadyExists(path: directory.log)) {
            try ConsumptionLog.repair(at: directory.log, to: directory.log)
        }
        let log = try ConsumptionLog.open(at: directory.log)
        #expect(throws: ConsumptionError.inUse(path: directory.log)) {
            try ConsumptionLog.repair(at: directory.log, to: directory.log + ".repaired")
        }
        await log.close()
        #expect(directory.names == ["consumption.log"])
    }

    @Test func `what can't be repaired leaves no file behind`() throws {
        try put(LogBytes(batches: [1]))
        #expect(throws: ConsumptionError.missing(path: directory.path("none"))) {
            try ConsumptionLog.repair(at: directory.path("none"), to: directory.path("new"))
        }
        var log = try LogBytes(batches: [1])
        log.flip(20)
        log.flip(2048 + 20)
        try put(log, directory.path("headless"))
        #expect(throws: ConsumptionError.headerDamaged(path: directory.path("headless"), copyIsSound: false)) {
            try ConsumptionLog.repair(at: directory.path("headless"), to: directory.path("new"))
        }
        #expect(directory.names == ["consumption.log", "headless"])
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        let file = try SystemFileSystem().open(path, .reading)
        return try file.readAll(at: 0, count: file.size())
    }
}

@Suite struct `Reading and exporting` {
    let directory = TemporaryDirectory()

    private func write(_ path: String, _ records: [LinkEvent]) async throws {
        try ConsumptionLog.create(at: path)
        var opened = try LogOpening.open(path, in: SystemFileSystem())
        for record in records { try opened.journal.append([record]) }
        opened.journal.close()
    }

    private let start = LinkEvent(nonce: Nonce(1), kind: .started, time: .second(0))
    private let finish = LinkEvent(nonce: Nonce(1), kind: .finished, time: .second(61))
    private let other = LinkEvent(
        nonce: Nonce(.second, 7), kind: .started, time: .second(5), details: StartDetails(startedBy: .scanner))
    private let reset = LinkEvent(nonce: Nonce(1), kind: .reset, time: .second(90))

    @Test func `an export has every event in order`() async throws {
        try await write(directory.log, [start, other, finish, reset])
        var csv = ""
        try await LogReader(path: directory.log).export(as: .csv) { csv += $0 }
        #expect(
            csv == """
                distribution,serial,event,time,started_by\r
                00000000000000a1,1,started,2026-01-01T00:00:00Z,unknown\r
                00000000000000b2,7,started,2026-01-01T00:00:05Z,scanner\r
                00000000000000a1,1,finished,2026-01-01T00:01:01Z,\r
                00000000000000a1,1,reset,2026-01-01T00:01:30Z,\r

                """
        )
        var lines = ""
        try await LogReader(path: directory.log).export(as: .jsonLines, distribution: .second) { lines += $0 }
        #expect(
            lines == """
                {"distribution":"00000000000000b2","serial":7,"event":"started","time":"2026-01-01T00:00:05Z","started_by":"scanner"}

                """
        )
    }

    @Test func `what the output throws ends the export`() async throws {
        struct Full: Error {}
        try await write(directory.log, [start])
        await #expect(throws: Full.self) {
            try await LogReader(path: directory.log).export(as: .csv) { _ in throw Full() }
        }
        #expect(throws: Full.self) { try LogReader(path: directory.log).forEachEvent { _ in throw Full() } }
    }

    @Test func `a history has start and finish of each link of a distribution`() async throws {
        try await write(directory.log, [start, other, finish])
        let history = try DistributionHistory.read(.first, from: [directory.log])
        #expect(history[Serial(rawValue: 1)] == LinkHistory(startedAt: .second(0), finishedAt: .second(61)))
        #expect(history[Serial(rawValue: 7)] == nil)
        #expect(history.counts == ConsumptionCounts(started: 1, finished: 1))
    }

    @Test func `of several logs the earliest start and the earliest finish count`() async throws {
        func at(_ event: LinkEvent.Kind, _ serial: UInt32, _ second: UInt32) -> LinkEvent {
            // The starter tells the time, so that the one of the earlier start is known again.
            let agent = UserAgentClass(rawValue: UInt8(second % 6)) ?? .unknown
            return LinkEvent(
                nonce: Nonce(serial), kind: event, time: .second(second), details: StartDetails(startedBy: agent))
        }
        let (first, second) = (directory.path("1"), directory.path("2"))
        try await write(first, [at(.started, 1, 50), at(.started, 2, 9), at(.finished, 2, 70), at(.started, 5000, 1)])
        try await write(second, [at(.started, 1, 40), at(.finished, 1, 60), at(.started, 2, 10), at(.finished, 2, 20)])
        for paths in [[first, second], [second, first], [first, second, first]] {
            let history = try DistributionHistory.read(.first, from: paths)
            #expect(
                history[Serial(rawValue: 1)]
                    == LinkHistory(
                        startedAt: .second(40), details: StartDetails(startedBy: .scanner), finishedAt: .second(60)))
            #expect(
                history[Serial(rawValue: 2)]
                    == LinkHistory(
                        startedAt: .second(9), details: StartDetails(startedBy: .mailClient), finishedAt: .second(20)))
            #expect(
                history[Serial(rawValue: 5000)]
                    == LinkHistory(
                        startedAt: .second(1), details: StartDetails(startedBy: .desktopBrowser), finishedAt: nil))
            #expect(history.counts == ConsumptionCounts(started: 3, finished: 2))
            var serials: [UInt32] = []
            history.forEachLink { serial, _ in serials.append(serial.rawValue) }
            #expect(serials == [1, 2, 5000])
        }
    }

    @Test func `a log in use is read without being mistaken for a damaged one`() async throws {
        let log = try ConsumptionLog.open(at: directory.log, mode: .existingOrNew)
        let writing = Task {
            for serial in 0..<2000 as Range<UInt32> {
                async let one = log.start(Nonce(serial * 2), at: .second(1), terms: .standard)
                async let two = log.start(Nonce(serial * 2 + 1), at: .second(1), terms: .standard)
                _ = try await (one, two)
            }
        }
        var seen: UInt64 = 0
        while seen < 4000 {
            let durable = log.metrics.records
            var count: UInt64 = 0
            try LogReader(path: directory.log).forEachEvent { _ in count += 1 }
            #expect(count >= durable)
            #expect(count >= seen)
            seen = count
        }
        try await writing.value
        await log.close()
    }
}
