#if PostgreSQL
    import Consumption

    /// The server's process behind a connection. When the connection is given up, it may still come to statements that it had
    /// received: late, but to no effect, since the same attempt is made again and one of both changes the row.
    ///
    /// A reset is what makes the row able to be changed once more. So before one, such processes are ended.
    struct ServerProcess: Hashable, Sendable {
        let pid: Int64
        /// Microseconds since 1970. With the process ID it tells processes apart for ever.
        let startedAt: Int64

        /// Nil where the engine does not tell.
        init?(_ rows: ResultRows?) {
            guard let rows, rows.count == 1, rows.columns == 2 else { return nil }
            (pid, startedAt) = (rows[0, 0], rows[0, 1])
        }

        private static let start = "(extract(epoch FROM backend_start) * 1000000)::bigint"

        static let own = "SELECT pid::bigint, \(start) FROM pg_stat_activity WHERE pid = pg_backend_pid()"

        /// Ends those that still are, waits for it, and returns how many did not end within 2 seconds. A role may end its
        /// own.
        static let end = """
            SELECT count(*) FROM (
                SELECT pg_terminate_backend(a.pid, 2000) AS has_ended
                FROM pg_stat_activity AS a
                JOIN unnest($1::bigint[], $2::bigint[]) AS q (pid, started_at) ON a.pid = q.pid AND \(start) = q.started_at
            ) AS e WHERE NOT has_ended
            """
    }

    extension DispatcherInput {
        /// At most 20 connections are opened in a second, so the oldest of so many ended long ago.
        private static let mostAbandoned = 4096

        mutating func abandon(_ backend: ServerProcess) {
            if abandoned.count >= Self.mostAbandoned { abandoned.removeFirst(Self.mostAbandoned / 2) }
            abandoned.append(backend)
        }
    }

    extension PostgresStore {
        /// Returns when no connection that this store has given up does anything more.
        ///
        /// - Throws: `ConsumptionError.unavailable(store:reason:)`.
        func endAbandoned() async throws(ConsumptionError) {
            let backends = dispatcher.input.withLock { $0.abandoned }
            guard !backends.isEmpty else { return }
            let rows = try await query(
                ServerProcess.end, [.numbers(backends.map(\.pid)), .numbers(backends.map(\.startedAt))])
            guard rows.count == 1, rows[0, 0] == 0 else {
                throw .unavailable(
                    store: address.description, reason: "a connection that was cut is still at work there")
            }
            dispatcher.input.withLock { input in input.abandoned.removeAll { backends.contains($0) } }
        }
    }
#endif
