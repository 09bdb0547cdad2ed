import Consumption
import LinkToken
import Testing

@testable import Distributions

@Suite struct UseAccountsTests {
    let id = DistributionID(rawValue: 7)!

    func record(
        _ serial: UInt32, _ event: LinkEvent.Kind, _ time: UInt32, _ id: UInt64 = 7,
        by agent: UserAgentClass = .unknown
    ) -> LinkEvent {
        let nonce = Nonce(distribution: DistributionID(rawValue: id)!, serial: Serial(rawValue: serial))
        return LinkEvent(
            nonce: nonce, kind: event, time: UnixTime(rawValue: time), details: StartDetails(startedBy: agent))
    }

    @Test("events of the distribution's links are taken in, others passed over")
    func recording() async throws {
        let test = try TestWorkspace()
        let (distribution, _) = try await test.distributions.generate(
            test.request(test.people(3)), key: test.key, at: test.now)
        let own = distribution.id.rawValue
        let events = [
            record(0, .started, 10, own), record(0, .finished, 20, own), record(1, .started, 30, own),
            record(1, .reset, 40, own), record(2, .started, 50, own), record(3, .started, 60, own),
            record(0, .started, 5, own ^ 1),
        ]
        let accounts = UseAccounts(store: { (_, take) in events.forEach(take) })
        for uses in try await [accounts.uses(of: distribution), accounts.uses(of: [distribution])[distribution.id]] {
            #expect(uses?[Serial(rawValue: 0)]?.state == .finished(startedAt: UnixTime(rawValue: 10)))
            #expect(uses?[Serial(rawValue: 0)]?.finishedAt == UnixTime(rawValue: 20))
            #expect(uses?[Serial(rawValue: 1)] == nil)
            #expect(uses?[Serial(rawValue: 2)]?.state == .started(at: UnixTime(rawValue: 50)))
            #expect(uses?[Serial(rawValue: 3)] == nil)
            #expect(uses?.counts == ConsumptionCounts(started: 2, finished: 1))
        }
    }

    @Test("a finish without a start counts as a start at that time, and other contradictions change nothing")
    func contradictions() {
        var history = DistributionHistory()
        #expect(history.apply(record(0, .reset, 5)) == .contradiction)
        #expect(history.apply(record(0, .finished, 20)) == .startMissing)
        #expect(history.apply(record(0, .started, 30)) == .contradiction)
        let inferred = LinkHistory(startedAt: UnixTime(rawValue: 20), finishedAt: UnixTime(rawValue: 20))
        #expect(history[Serial(rawValue: 0)] == inferred)
        #expect(history.apply(record(0, .started, 10, by: .tool)) == nil, "another log knew the start")
        #expect(history[Serial(rawValue: 0)]?.startedAt == UnixTime(rawValue: 10))
        #expect(history.counts == ConsumptionCounts(started: 1, finished: 1))
        #expect(history.apply(record(0, .reset, 40)) == nil)
        #expect(history.counts == ConsumptionCounts() && history[Serial(rawValue: 0)] == nil)
    }

    @Test("merging logs is the same in any order, and the earlier event counts")
    func merging() {
        var first = DistributionHistory()
        var second = DistributionHistory()
        first.apply(record(0, .started, 10, by: .mobileBrowser))
        first.apply(record(2, .started, 70, by: .unknown))
        second.apply(record(2, .started, 70, by: .tool))
        first.apply(record(1, .started, 50))
        second.apply(record(0, .started, 12, by: .scanner))
        second.apply(record(0, .finished, 15))
        second.apply(record(1, .started, 40))
        var forth = first
        forth.merge(second)
        second.merge(first)
        #expect(forth == second)
        #expect(forth[Serial(rawValue: 0)]?.startedAt == UnixTime(rawValue: 10))
        #expect(forth[Serial(rawValue: 0)]?.details.startedBy == .mobileBrowser)
        #expect(forth.starts(by: \.startedBy) == [.mobileBrowser: 1, .unknown: 1, .tool: 1])
        #expect(forth[Serial(rawValue: 0)]?.finishedAt != nil)
        #expect(forth[Serial(rawValue: 1)]?.startedAt == UnixTime(rawValue: 40))
    }

    @Test("a histogram counts every event once, in intervals without gaps", arguments: [1, 5, 30])
    func histogram(limit: Int) {
        var uses = DistributionHistory()
        for serial in 0..<UInt32(200) {
            uses.apply(record(serial, .started, 1_800_000_000 + serial * 7000))
            if serial % 2 == 0 { uses.apply(record(serial, .finished, 1_800_000_300 + serial * 7000)) }
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

    @Test(
        "the intervals of a histogram suit its length, and weeks begin on Mondays",
        arguments: [
            (3500, 300), (18_000, 900), (72_000, 3600), (432_000, 21_600), (2_505_600, 86_400), (7_776_000, 604_800),
            (31_536_000, 1_209_600),
        ] as [(UInt32, UInt32)])
    func intervalLength(span: UInt32, expected: UInt32) throws {
        var uses = DistributionHistory()
        uses.apply(record(0, .started, 1_795_504_687))
        uses.apply(record(1, .started, 1_795_504_687 + span))
        let histogram = ActivityHistogram(of: uses)
        #expect(histogram.intervalLength == expected)
        let first = try #require(histogram.intervals.first)
        #expect(first.start <= UnixTime(rawValue: 1_795_504_687) && first.starts == 1)
        if expected >= 7 * 86400 { #expect(first.start.rawValue / 86400 % 7 == 4, "1970-01-05 was a Monday") }
    }

    @Test("no events give no histogram")
    func emptyHistogram() {
        #expect(ActivityHistogram(of: DistributionHistory()).lines().isEmpty)
    }
}
