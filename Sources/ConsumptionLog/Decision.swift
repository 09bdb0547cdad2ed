import LinkToken

/// What a verb leads to: the answer, and the event to record before it is given, if any.
package struct Decision<Outcome> {
    package var outcome: Outcome
    package var event: ConsumptionEvent?
}

extension LinkState {
    /// A link's expiry limits the first start only; from then on the resume policy decides.
    package func start(at time: UnixTime, terms: StartTerms) -> Decision<StartOutcome> {
        switch self {
        case .unused:
            guard terms.mayBegin else { return Decision(outcome: .refused(.expired)) }
            return Decision(outcome: .started(at: time), event: .started)
        case .started(let start):
            if terms.resume.allowsResuming(startedAt: start, at: time) {
                return Decision(outcome: .resumed(startedAt: start))
            }
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
