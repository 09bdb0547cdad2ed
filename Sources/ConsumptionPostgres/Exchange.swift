#if PostgreSQL
    import CLibPQ

    /// A session and the round that is on its way over it, if any.
    final class Exchange {
        let session: Session
        private(set) var round: Round?
        /// Whether libpq holds bytes that the socket did not take yet.
        private(set) var hasUnsentBytes = false
        private var transaction = 0
        private var part = 0
        /// What came back of the transaction that is being received.
        private var results: [(Round.Part, Rows)] = []
        private var fault: ServerFault?
        private var roundFault: ServerFault?

        init(_ session: Session) {
            self.session = session
        }

        /// What a call to ``receive(_:)`` found.
        struct Arrival {
            var rest = Round.Rest()
            /// Why the server refused the calls in `rest.refused`.
            var refusal: ServerFault?
            /// How a round ended, if one did.
            var finished: Round?
            /// Why the server refused something of that round, the first time that it did.
            var roundFault: ServerFault?
            var needsReconnection = false
        }

        /// Begins a round. After a failure its calls are there to be taken out.
        func send(_ round: Round) throws(Session.Failure) {
            var sending = round
            (transaction, part, results, fault, roundFault) = (0, 0, [], nil, nil)
            defer { self.round = sending }
            try sending.send(over: session)
            try flush()
        }

        func flush() throws(Session.Failure) {
            let unsent = PQflush(session.handle)
            guard unsent >= 0 else { throw .lost(session.errorMessage) }
            hasUnsentBytes = unsent == 1
        }

        /// The calls that have waited for too long, to be answered.
        func takeLate(at now: ContinuousClock.Instant) -> [Call] { round?.takeLate(at: now) ?? [] }

        /// The calls whose answers won't come.
        func abandon() -> Round.Rest {
            defer { round = nil }
            return round?.takeOutAll() ?? Round.Rest()
        }

        /// Takes in what has arrived, and answers the calls of every transaction that is over.
        ///
        /// - Parameter arrival: what is left to do about them. It counts also where an error is thrown.
        func receive(_ arrival: inout Arrival) throws(Session.Failure) {
            guard PQconsumeInput(session.handle) == 1 else { throw .lost(session.errorMessage) }
            while let round, PQisBusy(session.handle) == 0 {
                let parts = round.transactions[transaction]
                guard let result = PQgetResult(session.handle) else {
                    // It separates the results of statements, and follows an error of the commit.
                    guard part < parts.count || fault != nil else { throw .lost(Self.outOfStep) }
                    part = min(part + 1, parts.count)
                    continue
                }
                defer { PQclear(result) }
                switch PQresultStatus(result) {
                case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
                    guard part < parts.count, let rows = Rows(result) else { throw .lost(Self.outOfStep) }
                    results.append((parts[part], rows))
                case PGRES_PIPELINE_ABORTED:
                    break
                case PGRES_PIPELINE_SYNC:
                    guard part == parts.count else { throw .lost(Self.outOfStep) }
                    guard !session.hasSkippedReplication else { throw .lost("a commit did not wait for its standby") }
                    settle(parts, &arrival)
                default:
                    guard let reported = ServerFault(result) else { throw .lost(session.errorMessage) }
                    fault = fault ?? reported
                }
            }
        }

        private static let outOfStep = "its answers are out of step"

        private func settle(_ parts: [Round.Part], _ arrival: inout Arrival) {
            if let fault {
                if fault.remedy != .again || round!.probe != nil { roundFault = roundFault ?? fault }
                var rest = round!.takeOut(parts)
                switch fault.remedy {
                case .again: break
                case .reconnect: arrival.needsReconnection = true
                case .none:
                    arrival.refusal = fault
                    rest.refused = rest.looks + rest.changes
                    (rest.looks, rest.changes) = ([], [])
                }
                arrival.rest.add(rest)
            } else {
                for (part, rows) in results { arrival.rest.add(round!.settle(part, rows)) }
            }
            (results, fault) = ([], nil)
            transaction += 1
            part = 0
            if transaction == round!.transactions.count {
                arrival.finished = round
                arrival.roundFault = roundFault
                round = nil
            }
        }
    }
#endif
