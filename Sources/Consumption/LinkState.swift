import LinkToken

/// The state of a nonce. Times are to the second.
public enum LinkState: Hashable, Sendable {
    case unused
    case started(at: UnixTime)
    case finished(startedAt: UnixTime)
}

/// What a verb leads to: the answer, and what to record before it is given, if anything.
package struct Decision<Outcome> {
    package var outcome: Outcome
    package var record: Record?

    /// An event to record.
    package struct Record {
        package var event: LinkEvent.Kind
        package var time: UnixTime
        /// When the link was reopened, if that is to be recorded first.
        package var reopenedAt: UnixTime?

        package init(_ event: LinkEvent.Kind, at time: UnixTime, reopenedAt: UnixTime? = nil) {
            self.event = event
            self.time = time
            self.reopenedAt = reopenedAt
        }
    }

    package init(outcome: Outcome, record: Record? = nil) {
        self.outcome = outcome
        self.record = record
    }
}

extension LinkState {
    /// 60 seconds. A start that is repeated within this time of the first gets the same answer, whatever the resume
    /// policy: people click twice, browsers send requests again, and answers get lost.
    public static let startGrace: UInt32 = 60

    /// Whether the survey was started and can be opened again.
    ///
    /// The grace counts in both directions, because edges that share a store have clocks of their own, and clocks are set
    /// back. It goes no further back than forward: a start that was recorded by a clock a year ahead does not leave the
    /// link open for a year.
    package func isResumable(under policy: ResumePolicy, at now: UnixTime) -> Bool {
        guard case .started(let start) = self else { return false }
        let distance = max(start, now).rawValue - min(start, now).rawValue
        return distance < Self.startGrace || policy.allowsResuming(startedAt: start, at: now)
    }

    /// Whether it was used, and that use began before the link was reopened.
    package func isUndone(byReopeningAt reopenedAt: UnixTime?) -> Bool {
        switch self {
        case .unused: false
        case .started(let start), .finished(let start): reopenedAt.map { start < $0 } ?? false
        }
    }

    /// A link's expiry limits the first start only, also after it was reopened; from then on the grace and the resume
    /// policy decide.
    package func start(at now: UnixTime, terms: StartTerms) -> Decision<StartOutcome> {
        let time = terms.time(ofStartAt: now)
        switch isUndone(byReopeningAt: terms.reopenedAt) ? .unused : self {
        case .unused:
            guard terms.mayBegin else { return Decision(outcome: .refused(.expired)) }
            return Decision(
                outcome: .started(at: time), record: .init(.started, at: time, reopenedAt: terms.reopenedAt))
        case .started(let start):
            if isResumable(under: terms.resume, at: time) { return Decision(outcome: .resumed(startedAt: start)) }
            let refusal: StartRefusal = terms.resume == .never ? .alreadyStarted : .incompleteWindowOver
            return Decision(outcome: .refused(refusal))
        case .finished:
            return Decision(outcome: .refused(.alreadyFinished))
        }
    }

    package func finish(at time: UnixTime) -> Decision<FinishOutcome> {
        switch self {
        case .unused: Decision(outcome: .notStarted)
        case .started(let start):
            Decision(outcome: .finished(startedAt: start), record: .init(.finished, at: time))
        case .finished(let start): Decision(outcome: .alreadyFinished(startedAt: start))
        }
    }

    package func reset(at time: UnixTime) -> Decision<ResetOutcome> {
        switch self {
        case .unused: Decision(outcome: .wasUnused)
        case .started, .finished: Decision(outcome: .reset, record: .init(.reset, at: time))
        }
    }
}
