#if PostgreSQL
    /// The statements of the serving path, prepared in every connection.
    ///
    /// They use `unnest` of several arrays, `INSERT … SELECT … ON CONFLICT DO NOTHING RETURNING`, `UPDATE … FROM … RETURNING`
    /// and a join: one text whatever the number of rows, and nothing that only PostgreSQL has.
    enum PreparedStatement: String, CaseIterable {
        /// Inserts those that are unused and returns the attempts that did.
        case start = """
            INSERT INTO linkseal_link (distribution, serial, started_at, start_attempt, started_by)
            SELECT q.distribution, q.serial, q.started_at, q.attempt, q.started_by
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
                AS q (distribution, serial, started_at, attempt, started_by)
            ON CONFLICT (distribution, serial) DO NOTHING
            RETURNING start_attempt
            """
        /// Finishes those that are started and returns the attempts that did, with the time of the start.
        case finish = """
            UPDATE linkseal_link AS l
            SET finished_at = q.finished_at, finish_attempt = q.attempt
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
                AS q (distribution, serial, finished_at, attempt)
            WHERE l.distribution = q.distribution AND l.serial = q.serial AND l.finished_at IS NULL
            RETURNING l.finish_attempt, l.started_at
            """
        /// Looks up those that were used.
        case look = """
            SELECT l.distribution, l.serial, l.started_at, l.start_attempt,
                coalesce(l.finished_at, 0), coalesce(l.finish_attempt, 0)
            FROM unnest($1::bigint[], $2::bigint[]) AS q (distribution, serial)
            JOIN linkseal_link AS l ON l.distribution = q.distribution AND l.serial = q.serial
            """

        /// The name in the connection. The version is part of it for the sake of poolers that share connections.
        var name: String {
            switch self {
            case .start: "linkseal_start_2"
            case .finish: "linkseal_finish_1"
            case .look: "linkseal_look_1"
            }
        }

        var sql: String { rawValue }

        var parameterTypes: [UInt32] {
            Array(repeating: StatementParameter.numbers([]).type, count: parameterCount)
        }

        private var parameterCount: Int {
            switch self {
            case .start: 5
            case .finish: 4
            case .look: 2
            }
        }
    }
#endif
