import Consumption
import LinkToken

/// What clients saw: calls with the moments at which they began and ended, by one clock that orders them.
struct History: Sendable {
    struct Event: Sendable {
        let nonce: Nonce
        let begin: Int
        let end: Int
        let sight: Sight
    }

    /// What a call told of the link, or that it told nothing.
    enum Sight: Hashable, Sendable {
        /// It is not started.
        case unused
        /// The caller is the one who started it.
        case started(UnixTime)
        /// It was started before, at a time if that was told.
        case wasStarted(UnixTime?)
        /// The caller is the one who finished it.
        case finished(UnixTime)
        case wasFinished(UnixTime?)
        /// A start failed: it may have happened or not.
        case startFailed
        case otherFailed

        /// How far the link had come before and after, or nil where nothing is known.
        var stages: (before: Int, after: Int)? {
            switch self {
            case .unused: (0, 0)
            case .started: (0, 1)
            case .wasStarted: (1, 1)
            case .finished: (1, 2)
            case .wasFinished: (2, 2)
            case .startFailed, .otherFailed: nil
            }
        }

        var startTime: UnixTime? {
            switch self {
            case .started(let time), .finished(let time): time
            case .wasStarted(let time), .wasFinished(let time): time
            case .unused, .startFailed, .otherFailed: nil
            }
        }
    }

    var events: [Event] = []

    /// What no store may show that records each link's start and finish once, in the absence of resets.
    func violations() -> [String] {
        Dictionary(grouping: events, by: \.nonce).sorted { $0.key.serial < $1.key.serial }.flatMap { nonce, events in
            Self.violations(events).map { "\(nonce): \($0)" }
        }
    }

    private static func violations(_ events: [Event]) -> [String] {
        var found: [String] = []
        func given(_ isGiven: (Sight) -> Bool) -> Int { events.count { isGiven($0.sight) } }
        let starts = given { if case .started = $0 { true } else { false } }
        if starts > 1 { found.append("\(starts) callers were told that they started it") }
        let finishes = given { if case .finished = $0 { true } else { false } }
        if finishes > 1 { found.append("\(finishes) callers were told that they finished it") }
        let times = Set(events.compactMap(\.sight.startTime))
        if times.count > 1 { found.append("it was started at \(times.map(\.description).sorted())") }
        let isUsed = events.contains { $0.sight.stages?.after ?? 0 > 0 }
        if isUsed, starts == 0, given({ $0 == .startFailed }) == 0 {
            found.append("no one was told that they started it")
        }
        return found + regressions(events)
    }

    /// A start that failed goes to a later caller of the same store, whatever others saw of it meanwhile.
    private static func before(_ event: Event, _ events: [Event]) -> Int {
        guard case .started = event.sight else { return event.sight.stages!.before }
        return events.contains { $0.sight == .startFailed && $0.end < event.begin } ? 1 : 0
    }

    /// A call that began after another had ended can't see less than that one told.
    private static func regressions(_ events: [Event]) -> [String] {
        let byEnd = events.filter { $0.sight.stages != nil }.sorted { $0.end < $1.end }
        var index = 0
        var known: (stage: Int, event: Event?) = (0, nil)
        var found: [String] = []
        for event in byEnd.sorted(by: { $0.begin < $1.begin }) {
            while index < byEnd.count, byEnd[index].end < event.begin {
                let stage = byEnd[index].sight.stages!.after
                if stage > known.stage { known = (stage, byEnd[index]) }
                index += 1
            }
            if let earlier = known.event, before(event, events) < known.stage {
                found.append("\(earlier.sight) was told, and then \(event.sight)")
            }
        }
        return found
    }
}
