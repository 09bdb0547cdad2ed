import ConsumptionLog
import LinkToken

/// What a consumption store has to answer, told as plainly as can be: the yardstick for every implementation.
public struct ReferenceModel: Equatable, Sendable {
    public struct Link: Equatable, Sendable {
        public var start: UnixTime
        public var startedBy = UserAgentClass.unknown
        public var finish: UnixTime?
    }

    public private(set) var links: [Nonce: Link] = [:]

    public init() {}

    public mutating func start(
        _ nonce: Nonce, at time: UnixTime, by agent: UserAgentClass = .unknown, terms: StartTerms
    ) -> StartOutcome {
        guard let link = links[nonce] else {
            if !terms.mayBegin { return .refused(.expired) }
            links[nonce] = Link(start: time, startedBy: agent)
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

    public mutating func reset(_ nonce: Nonce) -> ResetOutcome {
        links.removeValue(forKey: nonce) == nil ? .wasUnused : .reset
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
    public mutating func apply(_ record: LogRecord) {
        switch record.event {
        case .started: links[record.nonce] = Link(start: record.time, startedBy: record.startedBy)
        case .finished: links[record.nonce]?.finish = record.time
        case .reset: links[record.nonce] = nil
        }
    }
}
