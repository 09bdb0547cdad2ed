import Consumption
import LinkToken
import Testing

@testable import Distributions

@Suite struct LinkUsesTests {
    let id = DistributionID(rawValue: 7)!

    func record(
        _ serial: UInt32, _ event: LinkEvent.Kind, _ time: UInt32, _ id: UInt64 = 7,
        by agent: UserAgentClass = .unknown
    ) -> LinkEvent {
        let nonce = Nonce(distribution: DistributionID(rawValue: id)!, serial: Serial(rawValue: serial))
        return LinkEvent(nonce: nonce, kind: event, time: UnixTime(rawValue: time), startedBy: agent)
    }

    @Test("events of the distribution's links are taken in, others passed over")
    func recording() {
        var uses = LinkUses(id, count: 3)
        for record in [
            record(0, .started, 10), record(0, .finished, 20), record(1, .started, 30), record(1, .reset, 40),
            record(2, .started, 50), record(3, .started, 60), record(0, .started, 5, 8),
        ] { uses.record(record) }
        #expect(uses[Serial(rawValue: 0)].state == .finished(startedAt: UnixTime(rawValue: 10)))
        #expect(uses[Serial(rawValue: 0)].finishedAt == UnixTime(rawValue: 20))
        #expect(uses[Serial(rawValue: 1)] == .none)
        #expect(uses[Serial(rawValue: 2)].state == .started(at: UnixTime(rawValue: 50)))
        #expect(uses[Serial(rawValue: 3)] == .none)
        #expect(uses.counts == ConsumptionCounts(started: 2, finished: 1))
    }

    @Test("merging logs is the same in any order, and the earlier event counts")
    func merging() {
        var first = LinkUses(id, count: 3)
        var second = LinkUses(id, count: 3)
        first.record(record(0, .started, 10, by: .mobileBrowser))
        first.record(record(2, .started, 70, by: .unknown))
        second.record(record(2, .started, 70, by: .tool))
        first.record(record(1, .started, 50))
        second.record(record(0, .started, 12, by: .scanner))
        second.record(record(0, .finished, 15))
        second.record(record(1, .started, 40))
        var forth = first
        forth.merge(second)
        second.merge(first)
        #expect(forth == second)
        #expect(forth[Serial(rawValue: 0)].startedAt == UnixTime(rawValue: 10))
        #expect(forth[Serial(rawValue: 0)].startedBy == .mobileBrowser)
        #expect(forth.startsByAgent == [.mobileBrowser: 1, .unknown: 1, .tool: 1])
        #expect(forth[Serial(rawValue: 0)].isFinished)
        #expect(forth[Serial(rawValue: 1)].startedAt == UnixTime(rawValue: 40))
    }

    @Test("a histogram counts every event once, in intervals without gaps", arguments: [1, 5, 30])
    func histogram(limit: Int) {
        var uses = LinkUses(id, count: 200)
        for serial in 0..<UInt32(200) {
            uses.record(record(serial, .started, 1_800_000_000 + serial * 7000))
            if serial % 2 == 0 { uses.record(record(serial, .finished, 1_800_000_300 + serial * 7000)) }
        }
        let histogram = ActivityHistogram(of: uses, limit: limit)
        #expect((1...limit).contains(histogram.intervals.count))
        #expect(histogram.intervals.reduce(0) { $0 + $1.starts } == 200)
        #expect(histogram.intervals.reduce(0) { $0 + $1.finishes } == 100)
        for (interval, next) in zip(histogram.intervals, histogram.intervals.dropFirst()) {
            #expect(next.start == interval.start.adding(seconds: histogram.intervalLength))
        }
        #expect(Set(histogram.lines(width: 90).map(\.count)).count <= 3)
        #expect(histogram.lines(width: 90).allSatisfy { $0.count <= 90 })
    }

    @Test("no events give no histogram")
    func emptyHistogram() {
        #expect(ActivityHistogram(of: LinkUses(id, count: 5)).lines().isEmpty)
    }
}
