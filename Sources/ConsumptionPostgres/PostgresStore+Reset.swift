#if PostgreSQL
    import Consumption
    import LinkToken

    extension PostgresStore {
        /// Removes the link's row and keeps what it said in `linkseal_reset`. An edge's role needs no right to do so.
        ///
        /// A start that another edge made over a connection which was cut in this very moment may come after it.
        public func reset(_ nonce: Nonce, at time: UnixTime) async throws(ConsumptionError) -> ResetOutcome {
            guard time.isRecordable else { throw .timeOutOfRange(time) }
            try await endAbandoned()
            let attempt = PendingCall.newAttempt()
            let key: [StatementParameter] = [
                .number(nonce.key.distribution), .number(nonce.key.serial), .number(attempt),
            ]
            let removed = try await query(Self.removal, key + [.number(Int64(time.rawValue))])
            if removed.count > 0 { return LinkState.started(at: time).reset(at: time).outcome }
            // It may have been done by a try whose answer was lost.
            let done = try await query(Self.check, key)
            return (done.count > 0 ? LinkState.started(at: time) : .unused).reset(at: time).outcome
        }

        /// A try that was done is not done again, for someone may have started the link since.
        private static let removal = """
            WITH removed AS (
                DELETE FROM linkseal_link
                WHERE distribution = $1 AND serial = $2 AND NOT EXISTS (
                    SELECT 1 FROM linkseal_reset AS r WHERE r.distribution = $1 AND r.serial = $2 AND r.attempt = $3
                )
                RETURNING distribution, serial, started_at, \(StartColumns.names()), finished_at
            )
            INSERT INTO linkseal_reset (
                distribution, serial, attempt, started_at, \(StartColumns.names()), finished_at, reset_at)
            SELECT distribution, serial, $3, started_at, \(StartColumns.names()), finished_at, $4 FROM removed
            RETURNING attempt
            """
        private static let check = """
            SELECT attempt FROM linkseal_reset WHERE distribution = $1 AND serial = $2 AND attempt = $3
            """
    }
#endif
