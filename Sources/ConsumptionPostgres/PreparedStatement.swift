#if PostgreSQL
    import Consumption

    /// The statements of the serving path, prepared in every connection.
    ///
    /// They use `unnest` of several arrays, `INSERT … SELECT … ON CONFLICT DO NOTHING RETURNING`, `UPDATE … FROM … RETURNING`
    /// and a join: one text whatever the number of rows, and nothing that only PostgreSQL has.
    enum PreparedStatement: CaseIterable {
        /// Inserts those that are unused and returns the attempts that did.
        case start
        /// Starts links again whose use began before they were reopened, and returns the attempts that did. What was
        /// recorded of that use is kept in `linkseal_reset`. An edge needs no right to delete for it.
        case restart
        /// Finishes those that are started and returns the attempts that did, with the time of the start.
        case finish
        /// Looks up those that were used.
        case look

        var sql: String {
            switch self {
            case .start:
                """
                INSERT INTO linkseal_link (
                    distribution, serial, started_at, start_attempt, reopened_at, \(StartColumns.names()))
                SELECT q.distribution, q.serial, q.started_at, q.attempt, q.reopened_at,
                    \(StartColumns.names(prefix: "q."))
                FROM \(starts)
                ON CONFLICT (distribution, serial) DO NOTHING
                RETURNING start_attempt
                """
            case .restart:
                """
                WITH kept AS (
                    INSERT INTO linkseal_reset (
                        distribution, serial, attempt, started_at, finished_at, reset_at, event, \(StartColumns.names()))
                    SELECT l.distribution, l.serial, l.start_attempt, l.started_at, l.finished_at, q.reopened_at,
                        \(LinkEvent.Kind.reopened.rawValue), \(StartColumns.names(prefix: "l."))
                    FROM \(starts)
                    JOIN linkseal_link AS l ON l.distribution = q.distribution AND l.serial = q.serial
                        AND l.started_at < q.reopened_at
                    ON CONFLICT (distribution, serial, attempt) DO NOTHING
                )
                UPDATE linkseal_link AS l
                SET started_at = q.started_at, start_attempt = q.attempt, reopened_at = q.reopened_at,
                    \(StartColumns.assignments(from: "q")), finished_at = NULL, finish_attempt = NULL
                FROM \(starts)
                WHERE l.distribution = q.distribution AND l.serial = q.serial AND l.started_at < q.reopened_at
                RETURNING l.start_attempt
                """
            case .finish:
                """
                UPDATE linkseal_link AS l
                SET finished_at = q.finished_at, finish_attempt = q.attempt
                FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
                    AS q (distribution, serial, finished_at, attempt)
                WHERE l.distribution = q.distribution AND l.serial = q.serial AND l.finished_at IS NULL
                RETURNING l.finish_attempt, l.started_at
                """
            case .look:
                """
                SELECT l.distribution, l.serial, l.started_at, l.start_attempt,
                    coalesce(l.finished_at, 0), coalesce(l.finish_attempt, 0)
                FROM unnest($1::bigint[], $2::bigint[]) AS q (distribution, serial)
                JOIN linkseal_link AS l ON l.distribution = q.distribution AND l.serial = q.serial
                """
            }
        }

        /// The rows of a start or restart, as `q`.
        private var starts: String {
            """
            unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], \(StartColumns.arrays(from: 6)))
                AS q (distribution, serial, started_at, attempt, reopened_at, \(StartColumns.names()))
            """
        }

        /// The name in the connection. The version is part of it for the sake of poolers that share connections; a start
        /// changes with the schema, which has a column for each of its details.
        var name: String {
            switch self {
            case .start: "linkseal_start_\(Schema.version)"
            case .restart: "linkseal_restart_\(Schema.version)"
            case .finish: "linkseal_finish_1"
            case .look: "linkseal_look_1"
            }
        }

        var parameterTypes: [UInt32] {
            Array(repeating: StatementParameter.numbers([]).type, count: parameterCount)
        }

        private var parameterCount: Int {
            switch self {
            case .start, .restart: 5 + StartColumns.count
            case .finish: 4
            case .look: 2
            }
        }
    }
#endif
