import LinkToken

/// The state of one link in 32 bits: zero when unused, else its start second and whether it was finished.
///
/// The upper 31 bits count seconds from the end of 2019, so that zero is free for "unused"; the lowest says finished.
package struct LinkWord: Hashable, Sendable {
    private(set) var rawValue: UInt32

    static let unused = LinkWord(rawValue: 0)
    /// 2020-01-01T00:00:00Z.
    static let earliest = UnixTime(rawValue: 1_577_836_800)
    /// 2088-01-19T03:14:06Z.
    static let latest = UnixTime(rawValue: earliest.rawValue + (1 << 31 - 2))

    init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// - Precondition: ``holds(_:)``.
    init(startedAt time: UnixTime) {
        precondition(Self.holds(time))
        rawValue = (time.rawValue - Self.earliest.rawValue + 1) << 1
    }

    @inline(__always)
    package static func holds(_ time: UnixTime) -> Bool { earliest <= time && time <= latest }

    var isUnused: Bool { rawValue == 0 }
    var isFinished: Bool { rawValue & 1 == 1 }
    /// - Precondition: not unused.
    var startTime: UnixTime { UnixTime(rawValue: (rawValue >> 1) - 1 + Self.earliest.rawValue) }

    var state: LinkState {
        if isUnused { return .unused }
        return isFinished ? .finished(startedAt: startTime) : .started(at: startTime)
    }

    /// The state after an event, or nil for an event that can't follow.
    @inline(__always)
    func applying(_ event: ConsumptionEvent, at time: UnixTime) -> LinkWord? {
        switch event {
        case .started where isUnused: LinkWord(startedAt: time)
        // Another log knew an earlier start.
        case .started: time < startTime ? LinkWord(rawValue: LinkWord(startedAt: time).rawValue | rawValue & 1) : nil
        // A second finish came from another log.
        case .finished: isUnused ? nil : LinkWord(rawValue: rawValue | 1)
        case .reset: isUnused ? nil : .unused
        }
    }
}
