import Consumption
import LinkToken

/// What a consumption store has to answer, told as plainly as can be: the yardstick for every implementation.
public struct ReferenceModel: Equatable, Sendable {
    public struct Link: Equatable, Sendable {
        public var start: UnixTime
        public var details = StartDetails.unknown
        public var finish: UnixTime?

        public init(start: UnixTime, details: StartDetails = .unknown, finish: UnixTime? = nil) {
            (self.start, self.details, self.finish) = (start, details, finish)
        }
    }

    public private(set) var links: [Nonce: Link] = [:]
    /// When links that were started after a reopening had been reopened last: no earlier use is taken over.
    public private(set) var reopenings: [Nonce: UnixTime] = [:]

    public init() {}

    public mutating func start(
        _ nonce: Nonce, at time: UnixTime, details: StartDetails = .unknown, terms: StartTerms
    ) -> StartOutcome {
        let reopening = terms.reopenedAt ?? UnixTime(rawValue: 0)
        let time = max(time, reopening)
        guard let link = links[nonce], link.start >= reopening else {
            if !terms.mayBegin { return .refused(.expired) }
            links[nonce] = Link(start: time, details: details)
            if terms.reopenedAt != nil { reopenings[nonce] = reopening }
            return .started(at: time)
        }
        if link.finish != nil { return .refused(.alreadyFinished) }
        let age = Int64(time.rawValue) - Int64(link.start.rawValue)
        if -60 < age && age < 60 { return .resumed(startedAt: link.start) }
        switch terms.resume {
        case .never: return .refused(.alreadyStarted)
        case .untilFinished: return .resumed(startedAt: link.start)
        case .within(let seconds):
            return age < Int64(seconds) ? .resumed(startedAt: link.start) : .refused(.incompleteWindowOver)
        }
    }

    public mutating func finish(_ nonce: Nonce, at time: UnixTime) -> FinishOutcome {
        guard let link = links[nonce] else { return .notStarted }
        if link.finish != nil { return .alreadyFinished(startedAt: link.start) }
        links[nonce]?.finish = time
        return .finished(startedAt: link.start)
    }

    /// What another log knows of a link. Returns whether the link was unused here, and whether any of it was news.
    public mutating func takeOver(_ other: Link, of nonce: Nonce) -> (added: Bool, isNews: Bool) {
        if let reopening = reopenings[nonce], other.start < reopening { return (false, false) }
        guard var link = links[nonce] else {
            links[nonce] = other
            return (true, true)
        }
        if other.start < link.start { (link.start, link.details) = (other.start, other.details) }
        link.finish = [link.finish, other.finish].compactMap { $0 }.min()
        defer { links[nonce] = link }
        return (false, link != links[nonce])
    }

    public mutating func reset(_ nonce: Nonce) -> ResetOutcome {
        guard links.removeValue(forKey: nonce) != nil else { return .wasUnused }
        reopenings[nonce] = nil
        return .reset
    }

    public func state(of nonce: Nonce) -> LinkState {
        guard let link = links[nonce] else { return .unused }
        return link.finish == nil ? .started(at: link.start) : .finished(startedAt: link.start)
    }

    public func counts(of distribution: DistributionID) -> ConsumptionCounts {
        let used = links.filter { $0.key.distribution == distribution }
        return ConsumptionCounts(started: used.count, finished: used.values.count { $0.finish != nil })
    }

    /// Takes in an event as a log holds it.
    public mutating func apply(_ record: LinkEvent) {
        switch record.kind {
        case .started:
            let finish = links[record.nonce]?.finish
            links[record.nonce] = Link(start: record.time, details: record.details, finish: finish)
        case .finished:
            let known = links[record.nonce]?.finish
            links[record.nonce]?.finish = known.map { min($0, record.time) } ?? record.time
        case .reset: (links[record.nonce], reopenings[record.nonce]) = (nil, nil)
        case .reopened:
            if let start = links[record.nonce]?.start, start < record.time { links[record.nonce] = nil }
            reopenings[record.nonce] = record.time
        }
    }
}
