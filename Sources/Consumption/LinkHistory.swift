import LinkToken

/// When one link was started and finished, and the details of the start. A link without a history is unused.
///
/// Everything that reads events of a link (a log that is opened or repaired, a compaction, an import, a spreadsheet) folds
/// them with `Optional.apply(_:)`, and joins what several logs know of it with ``merged(with:)``.
public struct LinkHistory: Hashable, Sendable {
    public var startedAt: UnixTime
    public var details: StartDetails
    public var finishedAt: UnixTime?

    @inlinable
    public init(startedAt: UnixTime, details: StartDetails = .unknown, finishedAt: UnixTime? = nil) {
        self.startedAt = startedAt
        self.details = details
        self.finishedAt = finishedAt
    }

    public var state: LinkState {
        finishedAt == nil ? .started(at: startedAt) : .finished(startedAt: startedAt)
    }

    /// What two logs know of the same link: the earlier start with its details, and the earlier finish.
    public func merged(with other: LinkHistory) -> LinkHistory {
        let earlier = startedAt <= other.startedAt ? self : other
        let isTie = startedAt == other.startedAt
        return LinkHistory(
            startedAt: earlier.startedAt, details: isTie ? details.merged(with: other.details) : earlier.details,
            finishedAt: [finishedAt, other.finishedAt].compactMap { $0 }.min())
    }

    /// The history, unless it began before the link was reopened: it doesn't count then.
    public func counting(sinceReopeningAt reopenedAt: UnixTime?) -> LinkHistory? {
        state.isUndone(byReopeningAt: reopenedAt) ? nil : self
    }

    /// The events that it came from: a start and, if there was one, a finish.
    package func events(of nonce: Nonce) -> [LinkEvent] {
        let start = LinkEvent(nonce: nonce, kind: .started, time: startedAt, details: details)
        guard let finishedAt else { return [start] }
        return [start, LinkEvent(nonce: nonce, kind: .finished, time: finishedAt)]
    }

    /// The events that a log with that history lacks: a start or a finish that it does not know, or knows as later.
    package func events(of nonce: Nonce, beyond known: LinkHistory?) -> [LinkEvent] {
        events(of: nonce).filter { event in
            let time = event.kind == .started ? known?.startedAt : known?.finishedAt
            return time.map { event.time < $0 } ?? true
        }
    }
}

extension LinkHistory? {
    /// Takes the next event of the link in. Nothing else decides which event can follow which.
    ///
    /// - Returns: why the event can't follow, or nil if it can. A finish without a start proves that the link was used, so
    ///   the survey counts as started when it was finished; any other contradiction changes nothing.
    @inlinable
    package mutating func apply(_ event: LinkEvent) -> Damage.Reason? {
        switch (event.kind, self) {
        case (.started, nil):
            self = LinkHistory(startedAt: event.time, details: event.details)
        case (.started, let known?):
            // Another log knew an earlier start.
            guard event.time < known.startedAt else { return .contradiction }
            self = LinkHistory(startedAt: event.time, details: event.details, finishedAt: known.finishedAt)
        case (.finished, nil):
            self = LinkHistory(startedAt: event.time, finishedAt: event.time)
            return .startMissing
        case (.finished, var known?):
            // A second finish came from another log.
            known.finishedAt = known.finishedAt.map { min($0, event.time) } ?? event.time
            self = known
        case (.reset, nil): return .contradiction
        case (.reset, _?): self = nil
        case (.reopened, _): self = self?.counting(sinceReopeningAt: event.time)
        }
        return nil
    }
}

/// How many links of a distribution were started, and how many of those finished.
public struct ConsumptionCounts: Hashable, Sendable {
    /// Every link that was ever started, finished ones included, less those that were reset.
    public var started: Int
    public var finished: Int

    public init(started: Int = 0, finished: Int = 0) {
        self.started = started
        self.finished = finished
    }

    /// Counts what became of a link instead of what it was before.
    @inlinable
    package mutating func replace(_ before: LinkHistory?, by after: LinkHistory?) {
        started += (after == nil ? 0 : 1) - (before == nil ? 0 : 1)
        finished += (after?.finishedAt == nil ? 0 : 1) - (before?.finishedAt == nil ? 0 : 1)
    }

    package static func + (one: Self, other: Self) -> Self {
        Self(started: one.started + other.started, finished: one.finished + other.finished)
    }
}
