#if PostgreSQL
    import CLibPQ

    /// A connection and the round trip that is on its way over it, if any.
    final class Pipeline {
        let connection: Connection
        private(set) var roundTrip: RoundTrip?
        /// Whether libpq holds bytes that the socket did not take yet.
        private(set) var hasUnsentBytes = false
        private var transaction = 0
        private var part = 0
        /// What came back of the transaction that is being received.
        private var results: [(RoundTrip.Part, ResultRows)] = []
        private var fault: ServerFault?
        private var roundTripFault: ServerFault?

        init(_ connection: Connection) {
            self.connection = connection
        }

        /// What a call to ``receive(_:)`` found.
        struct Arrival {
            var rest = RoundTrip.Rest()
            /// Why the server refused the calls in `rest.refused`.
            var refusal: ServerFault?
            /// How a round trip ended, if one did.
            var finished: RoundTrip?
            /// Why the server refused something of that round trip, the first time that it did.
            var roundTripFault: ServerFault?
            var needsReconnection = false
        }

        /// Begins a round trip. After a failure its calls are there to be taken out.
        func send(_ roundTrip: RoundTrip) throws(Connection.Failure) {
            var sending = roundTrip
            (transaction, part, results, fault, roundTripFault) = (0, 0, [], nil, nil)
            defer { self.roundTrip = sending }
            try sending.send(over: connection)
            try flush()
        }

        func flush() throws(Connection.Failure) {
            let unsent = PQflush(connection.handle)
            guard unsent >= 0 else { throw .lost(connection.errorMessage) }
            hasUnsentBytes = unsent == 1
        }

        /// The calls that have waited for too long, to be answered.
        func takeLate(at now: ContinuousClock.Instant) -> [PendingCall] { roundTrip?.takeLate(at: now) ?? [] }

        /// The calls whose answers won't come.
        func abandon() -> RoundTrip.Rest {
            defer { roundTrip = nil }
            return roundTrip?.takeOutAll() ?? RoundTrip.Rest()
        }

        /// Takes in what has arrived, and answers the calls of every transaction that is over.
        ///
        /// - Parameter arrival: what is left to do about them. It counts also where an error is thrown.
        func receive(_ arrival: inout Arrival) throws(Connection.Failure) {
            guard PQconsumeInput(connection.handle) == 1 else { throw .lost(connection.errorMessage) }
            while let roundTrip, PQisBusy(connection.handle) == 0 {
                let parts = roundTrip.transactions[transaction]
                guard let result = PQgetResult(connection.handle) else {
                    // It separates the results of statements, and follows an error of the commit.
                    guard part < parts.count || fault != nil else { throw .lost(Self.outOfStep) }
                    part = min(part + 1, parts.count)
                    continue
                }
                defer { PQclear(result) }
                switch PQresultStatus(result) {
                case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
                    guard part < parts.count, let rows = ResultRows(result) else { throw .lost(Self.outOfStep) }
                    results.append((parts[part], rows))
                case PGRES_PIPELINE_ABORTED:
                    break
                case PGRES_PIPELINE_SYNC:
                    guard part == parts.count else { throw .lost(Self.outOfStep) }
                    guard !connection.hasSkippedReplication else {
                        throw .lost("a commit did not wait for its standby")
                    }
                    settle(parts, &arrival)
                default:
                    guard let reported = ServerFault(result) else { throw .lost(connection.errorMessage) }
                    fault = fault ?? reported
                }
            }
        }

        private static let outOfStep = "its answers are out of step"

        private func settle(_ parts: [RoundTrip.Part], _ arrival: inout Arrival) {
            if let fault {
                if fault.remedy != .again || roundTrip!.probe != nil { roundTripFault = roundTripFault ?? fault }
                var rest = roundTrip!.takeOut(parts)
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
                for (part, rows) in results { arrival.rest.add(roundTrip!.settle(part, rows)) }
            }
            (results, fault) = ([], nil)
            transaction += 1
            part = 0
            if transaction == roundTrip!.transactions.count {
                arrival.finished = roundTrip
                arrival.roundTripFault = roundTripFault
                roundTrip = nil
            }
        }
    }
#endif
