#if PostgreSQL
    import Consumption
    import LinkToken

    /// A verb on its way to its answer.
    struct PendingCall: Sendable {
        enum Verb: Sendable {
            case start(StartTerms, StartDetails)
            case finish
            case look
        }

        enum Answer: Sendable {
            case start(StartOutcome)
            case finish(FinishOutcome)
            case state(LinkState)
            case failure(ConsumptionError)
        }

        let nonce: Nonce
        let time: UnixTime
        let verb: Verb
        /// Stored with what the call changes, so that it knows its own change again when a connection was cut before the
        /// answer. Never zero.
        var attempt: Int64
        let deadline: ContinuousClock.Instant
        /// Whether the attempt was begun by a call before this one, whose caller was told that the store is away.
        var isAdopted = false
        /// Whether the link was found to be used before it was reopened, so that a start is to replace that use.
        var isRestart = false
        /// Whether a statement for it was ever sent, so that it may have changed something.
        var wasSent = false
        /// Nil once it is answered.
        private var reply: UnsafeContinuation<Answer, Never>?

        init(
            _ verb: Verb,
            _ nonce: Nonce,
            at time: UnixTime,
            deadline: ContinuousClock.Instant,
            reply: UnsafeContinuation<Answer, Never>
        ) {
            self.verb = verb
            self.nonce = nonce
            self.time = time
            self.deadline = deadline
            self.reply = reply
            attempt = Self.newAttempt()
        }

        /// 64 random bits: they only have to tell the attempts at one link apart.
        static func newAttempt() -> Int64 {
            while true {
                let attempt = Int64.random(in: .min ... .max)
                if attempt != 0 { return attempt }
            }
        }

        /// Whether its caller waits no longer. It may still be on its way.
        var isAnswered: Bool { reply == nil }

        /// Does nothing if it is answered.
        mutating func answer(_ answer: Answer) { reply.take()?.resume(returning: answer) }

        /// The call if it has waited for too long, to be answered by whoever takes it.
        mutating func takeIfLate(at now: ContinuousClock.Instant) -> PendingCall? {
            guard deadline <= now, !isAnswered else { return nil }
            defer { reply = nil }
            return self
        }
    }

    /// A link's row.
    struct LinkRow {
        let startedAt: UnixTime
        let startAttempt: Int64
        let isFinished: Bool
        let finishAttempt: Int64

        var state: LinkState { isFinished ? .finished(startedAt: startedAt) : .started(at: startedAt) }
    }

    extension PendingCall {
        /// What a call comes to, given what was looked up.
        ///
        /// - Returns: nil if it has to be sent, again as the case may be: the link changed since it was.
        mutating func outcome(_ row: LinkRow?) -> Answer? {
            let state = row?.state ?? .unused
            switch verb {
            case .look:
                return .state(state)
            case .start(let terms, _):
                // The attempt had succeeded, and its answer was lost. If someone has finished the link since, this call still
                // was the one that started it; but one that came after that finish was not.
                if let row, row.startAttempt == attempt, !(isAdopted && row.isFinished) {
                    return .start(.started(at: row.startedAt))
                }
                let decision = state.start(at: time, terms: terms)
                isRestart = state.isUndone(byReopeningAt: terms.reopenedAt)
                return decision.record == nil ? .start(decision.outcome) : nil
            case .finish:
                if let row, row.isFinished, row.finishAttempt == attempt {
                    return .finish(LinkState.started(at: row.startedAt).finish(at: time).outcome)
                }
                let decision = state.finish(at: time)
                return decision.record == nil ? .finish(decision.outcome) : nil
            }
        }

        /// What a call comes to whose own change, or that of a call in the same statement, was made.
        func outcome(of state: LinkState) -> Answer {
            switch verb {
            case .look: .state(state)
            case .start(let terms, _): .start(state.start(at: time, terms: terms).outcome)
            case .finish: .finish(state.finish(at: time).outcome)
            }
        }
    }

    extension Nonce {
        /// The columns of the key.
        var key: (distribution: Int64, serial: Int64) {
            (Int64(bitPattern: distribution.rawValue), Int64(serial.rawValue))
        }

        /// Nil for a row that no linkseal wrote.
        init?(distribution: Int64, serial: Int64) {
            guard let id = DistributionID(rawValue: UInt64(bitPattern: distribution)),
                let serial = UInt32(exactly: serial)
            else { return nil }
            self.init(distribution: id, serial: Serial(rawValue: serial))
        }
    }
#endif
