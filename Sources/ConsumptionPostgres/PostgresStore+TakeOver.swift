#if PostgreSQL
    import Consumption
    import LinkToken

    extension PostgresStore {
        /// Takes over what is known of links, such as that of a file log, while the store serves.
        ///
        /// ```swift
        /// let report = try await store.takeOver(LogReader(path: "linkseal-data/consumption.log").histories())
        /// ```
        ///
        /// Taking a log over again adds what came since, so an edge moves with one import while it serves from its file, and a
        /// second, short one between its stop and its start. Where both know a link, the earlier start and the earlier finish
        /// count. A start that the store has reset stays so.
        ///
        /// - Parameters:
        ///   - histories: what is known of the links.
        ///   - progress: called with how many links have been taken over, and of how many.
        /// - Throws: `ConsumptionError.unavailable(store:reason:)`. What was taken over by then stays.
        public func takeOver(
            _ histories: LinkHistories, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
        ) async throws(ConsumptionError) -> TakeOverReport {
            var report = TakeOverReport(of: histories)
            let undone = histories.resets.compactMap { (reset) in reset.undone.map { (reset: reset, undone: $0) } }
            for chunk in undone.chunks() { try await importResets(chunk) }
            let reopenings = Dictionary(
                histories.resets.lazy.filter { $0.kind == .reopened }.map { ($0.nonce, $0.time) }, uniquingKeysWith: max
            )
            let attempt = PendingCall.newAttempt()
            var done = 0
            for (distribution, history) in histories.distributions {
                var links: [(serial: Serial, history: LinkHistory)] = []
                history.forEachLink { links.append(($0, $1)) }
                for chunk in links.chunks() {
                    let columns: [StatementParameter] = [
                        .number(Int64(bitPattern: distribution.rawValue)),
                        .numbers(chunk.map { Int64($0.serial.rawValue) }),
                        .numbers(chunk.map { Int64($0.history.startedAt.rawValue) }),
                        .numbers(chunk.map { Int64($0.history.finishedAt?.rawValue ?? 0) }),
                        .number(attempt),
                        .numbers(
                            chunk.map { (link) in
                                let nonce = Nonce(distribution: distribution, serial: link.serial)
                                return Int64(reopenings[nonce]?.rawValue ?? 0)
                            }),
                    ]
                    let rows = try await query(
                        Self.takeOver, columns + StartColumns.parameters(chunk.map(\.history.details)))
                    let added = (0..<rows.count).count { rows[$0, 0] == attempt }
                    report.added += added
                    report.changed += rows.count - added
                    done += chunk.count
                    progress(done, histories.links)
                }
            }
            return report
        }

        private func importResets(
            _ resets: ArraySlice<(reset: LinkHistories.Reset, undone: LinkHistory)>
        ) async throws(ConsumptionError) {
            let columns: [StatementParameter] = [
                .numbers(resets.map(\.reset.nonce.key.distribution)),
                .numbers(resets.map(\.reset.nonce.key.serial)),
                // The same at every import, so that none is recorded twice.
                .numbers(resets.map { Int64($0.undone.startedAt.rawValue) << 32 | Int64($0.reset.time.rawValue) }),
                .numbers(resets.map { Int64($0.undone.startedAt.rawValue) }),
                .numbers(resets.map { Int64($0.undone.finishedAt?.rawValue ?? 0) }),
                .numbers(resets.map { Int64($0.reset.time.rawValue) }),
                .numbers(resets.map { Int64($0.reset.kind.rawValue) }),
            ]
            _ = try await query(
                Self.takeResetsOver, columns + StartColumns.parameters(resets.map(\.undone.details)))
        }

        /// Rows that say nothing new are left alone: writing them again would double the table.
        private static let takeOver = """
            INSERT INTO linkseal_link (
                distribution, serial, started_at, finished_at, start_attempt, reopened_at, \(StartColumns.names()))
            SELECT $1::bigint, q.serial, q.started_at, nullif(q.finished_at, 0), $5::bigint, q.reopened_at,
                \(StartColumns.names(prefix: "q."))
            FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $6::bigint[], \(StartColumns.arrays(from: 7)))
                AS q (serial, started_at, finished_at, reopened_at, \(StartColumns.names()))
            LEFT JOIN linkseal_link AS l ON l.distribution = $1 AND l.serial = q.serial
            WHERE (
                l.serial IS NULL OR q.started_at < l.started_at
                OR q.finished_at > 0 AND (l.finished_at IS NULL OR q.finished_at < l.finished_at)
            ) AND q.started_at >= coalesce(l.reopened_at, 0) AND NOT EXISTS (
                SELECT 1 FROM linkseal_reset AS r
                WHERE r.distribution = $1 AND r.serial = q.serial AND r.started_at = q.started_at
            )
            ON CONFLICT (distribution, serial) DO UPDATE SET
                started_at = CASE WHEN excluded.started_at < linkseal_link.started_at
                    THEN excluded.started_at ELSE linkseal_link.started_at END,
                \(StartColumns.earlier),
                reopened_at = CASE WHEN excluded.reopened_at > linkseal_link.reopened_at
                    THEN excluded.reopened_at ELSE linkseal_link.reopened_at END,
                finished_at = CASE WHEN linkseal_link.finished_at IS NULL OR excluded.finished_at < linkseal_link.finished_at
                    THEN excluded.finished_at ELSE linkseal_link.finished_at END
            RETURNING start_attempt
            """
        private static let takeResetsOver = """
            INSERT INTO linkseal_reset (
                distribution, serial, attempt, started_at, finished_at, reset_at, event, \(StartColumns.names()))
            SELECT q.distribution, q.serial, q.attempt, q.started_at, nullif(q.finished_at, 0), q.reset_at, q.event,
                \(StartColumns.names(prefix: "q."))
            FROM unnest(
                $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                \(StartColumns.arrays(from: 8)))
                AS q (distribution, serial, attempt, started_at, finished_at, reset_at, event, \(StartColumns.names()))
            ON CONFLICT (distribution, serial, attempt) DO NOTHING
            RETURNING attempt
            """
    }

    extension Array {
        /// So many links to a statement.
        fileprivate func chunks(of size: Int = 5000) -> [ArraySlice<Element>] {
            stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
        }
    }
#endif
