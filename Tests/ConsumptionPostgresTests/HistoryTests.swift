import Consumption
import LinkToken
import Testing

@Suite struct `The judge of histories` {
    private func violations(_ sights: (Int, Int, History.Sight)...) -> [String] {
        let nonce = Nonce(distribution: DistributionID(rawValue: 1)!, serial: Serial(rawValue: 0))
        return History(events: sights.map { History.Event(nonce: nonce, begin: $0.0, end: $0.1, sight: $0.2) })
            .violations()
    }

    private let early = UnixTime(rawValue: 1_800_000_000)
    private let late = UnixTime(rawValue: 1_800_000_001)

    @Test func `takes what a sound store may show`() {
        #expect(violations().isEmpty)
        #expect(
            violations(
                (0, 1, .unused), (2, 5, .started(early)), (3, 4, .unused), (3, 6, .wasStarted(early)),
                (7, 8, .finished(early)),
                (7, 9, .wasStarted(nil)), (10, 11, .wasFinished(early))
            ).isEmpty)
        #expect(violations((0, 1, .startFailed), (2, 3, .wasStarted(early))).isEmpty)
        #expect(violations((0, 1, .startFailed), (2, 3, .unused), (4, 5, .started(early))).isEmpty)
    }

    @Test func `finds a second start, even of the same time`() {
        #expect(!violations((0, 1, .started(early)), (0, 2, .started(early))).isEmpty)
    }

    @Test func `finds a start that was told and then lost`() {
        #expect(!violations((0, 1, .started(early)), (2, 3, .unused)).isEmpty)
        #expect(!violations((0, 1, .startFailed), (2, 3, .wasStarted(early)), (4, 5, .unused)).isEmpty)
    }

    @Test func `finds a finish that was told and then lost, or told twice`() {
        #expect(!violations((0, 1, .started(early)), (2, 3, .finished(early)), (4, 5, .wasStarted(early))).isEmpty)
        #expect(!violations((0, 1, .started(early)), (2, 3, .finished(early)), (2, 3, .finished(early))).isEmpty)
    }

    @Test func `finds a start time that changes and a start that no one got`() {
        #expect(!violations((0, 1, .started(early)), (2, 3, .wasStarted(late))).isEmpty)
        #expect(!violations((0, 1, .wasStarted(early)), (2, 3, .wasStarted(early))).isEmpty)
    }
}
