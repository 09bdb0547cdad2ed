import LinkToken

/// The state of a nonce. Times are to the second.
public enum LinkState: Hashable, Sendable {
    case unused
    case started(at: UnixTime)
    case finished(startedAt: UnixTime)
}

/// What a verb leads to: the answer, and the event to record before it is given, if any.
package struct Decision<Outcome> {
    package var outcome: Outcome
    package var event: LinkEvent.Kind?

    package init(outcome: Outcome, event: LinkEvent.Kind? = nil) {
        self.outcome = outcome
        self.event = event
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

    /// A link's expiry limits the first start only; from then on the grace and the resume policy decide.
    package func start(at time: UnixTime, terms: StartTerms) -> Decision<StartOutcome> {
        switch self {
        case .unused:
            guard terms.mayBegin else { return Decision(outcome: .refused(.expired)) }
            return Decision(outcome: .started(at: time), event: .started)
        case .started(let start):
            if isResumable(under: terms.resume, at: time) { return Decision(outcome: .resumed(startedAt: start)) }
            let refusal: StartRefusal = terms.resume == .never ? .alreadyStarted : .incompleteWindowOver
            return Decision(outcome: .refused(refusal))
        case .finished:
            return Decision(outcome: .refused(.alreadyFinished))
        }
    }

    package func finish() -> Decision<FinishOutcome> {
        switch self {
        case .unused: Decision(outcome: .notStarted)
        case .started(let start): Decision(outcome: .finished(startedAt: start), event: .finished)
        case .finished(let start): Decision(outcome: .alreadyFinished(startedAt: start))
        }
    }

    package func reset() -> Decision<ResetOutcome> {
        switch self {
        case .unused: Decision(outcome: .wasUnused)
        case .started, .finished: Decision(outcome: .reset, event: .reset)
        }
    }
}
