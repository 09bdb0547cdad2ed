#if PostgreSQL
    import Consumption
    import LinkToken

    /// The calls that wait to be sent. A value without a clock or a connection.
    struct WaitingCalls {
        /// Another connection is worth its transaction when at least so many calls wait beside the round trips on their way, and
        /// half as many as those hold on average.
        static let worthAnother = 8
        /// As many attempts are remembered whose callers were told that the store is away.
        private static let mostOrphans = 1 << 16

        var looks: [PendingCall] = []
        /// Starts and finishes.
        var changes: [PendingCall] = []
        var queries: [PendingQuery] = []
        /// Attempts at a start whose outcome no one was told. The next call for the link goes on with one of them: if it was
        /// committed after all, that call gets `started`, and otherwise no one ever would.
        private var orphans: [Nonce: Int64] = [:]

        var count: Int { looks.count + changes.count }
        var isEmpty: Bool { count == 0 && queries.isEmpty }

        mutating func add(_ calls: [PendingCall]) {
            for var call in calls {
                switch call.verb {
                case .look:
                    looks.append(call)
                case .start(let terms, _):
                    if !orphans.isEmpty, let attempt = orphans.removeValue(forKey: call.nonce) {
                        call.attempt = attempt
                        call.isAdopted = true
                        call.wasSent = true
                    }
                    if terms.mayBegin { changes.append(call) } else { looks.append(call) }
                case .finish:
                    changes.append(call)
                }
            }
        }

        /// Takes calls back that a round trip did not answer, before those that came after them.
        mutating func takeBack(_ rest: RoundTrip.Rest) {
            if !rest.looks.isEmpty { looks = rest.looks.filter { !$0.isAnswered } + looks }
            if !rest.changes.isEmpty { changes = rest.changes.filter { !$0.isAnswered } + changes }
            if let query = rest.query { queries.insert(query, at: 0) }
        }

        /// Tells the callers that the store does not take their calls, which may have been recorded nevertheless.
        mutating func fail(_ calls: [PendingCall], _ error: ConsumptionError) {
            // The attempt of a call that is answered may already belong to another call.
            for var call in calls where !call.isAnswered {
                if case .start = call.verb, call.wasSent, orphans.count < Self.mostOrphans {
                    orphans[call.nonce] = call.attempt
                }
                call.answer(.failure(error))
            }
        }

        /// Fails what has waited for too long.
        mutating func expire(at now: ContinuousClock.Instant, _ error: ConsumptionError) {
            func isOver(_ call: PendingCall) -> Bool { call.deadline <= now }
            let late = looks.filter(isOver) + changes.filter(isOver)
            if !late.isEmpty {
                looks.removeAll(where: isOver)
                changes.removeAll(where: isOver)
                fail(late, error)
            }
            for query in queries where query.deadline <= now { query.reply.resume(returning: .failure(error)) }
            queries.removeAll { $0.deadline <= now }
        }

        /// Fails everything.
        mutating func end(_ error: ConsumptionError) {
            fail(exchange(&looks, with: []) + exchange(&changes, with: []), error)
            for query in exchange(&queries, with: []) { query.reply.resume(returning: .failure(error)) }
        }
    }
#endif
