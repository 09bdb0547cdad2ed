#if PostgreSQL
    /// The statements of the serving path, prepared in every connection.
    ///
    /// They use `unnest` of several arrays, `INSERT … SELECT … ON CONFLICT DO NOTHING RETURNING`, `UPDATE … FROM … RETURNING`
    /// and a join: one text whatever the number of rows, and nothing that only PostgreSQL has.
    enum PreparedStatement: CaseIterable {
        /// Inserts those that are unused and returns the attempts that did.
        case start
        /// Finishes those that are started and returns the attempts that did, with the time of the start.
        case finish
        /// Looks up those that were used.
        case look

        var sql: String {
            switch self {
            case .start:
                """
                INSERT INTO linkseal_link (distribution, serial, started_at, start_attempt, \(StartColumns.names()))
                SELECT q.distribution, q.serial, q.started_at, q.attempt, \(StartColumns.names(prefix: "q."))
                FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], \(StartColumns.arrays(from: 5)))
                    AS q (distribution, serial, started_at, attempt, \(StartColumns.names()))
                ON CONFLICT (distribution, serial) DO NOTHING
                RETURNING start_attempt
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

        /// The name in the connection. The version is part of it for the sake of poolers that share connections; a start
        /// changes with the schema, which has a column for each of its details.
        var name: String {
            switch self {
            case .start: "linkseal_start_\(Schema.version)"
            case .finish: "linkseal_finish_1"
            case .look: "linkseal_look_1"
            }
        }

        var parameterTypes: [UInt32] {
            Array(repeating: StatementParameter.numbers([]).type, count: parameterCount)
        }

        private var parameterCount: Int {
            switch self {
            case .start: 4 + StartColumns.count
            case .finish: 4
            case .look: 2
            }
        }
    }
#endif
