#if PostgreSQL
    import Consumption
    import LinkToken

    extension PostgresStore {
        /// Counts in pieces of 100,000 links, so that no statement runs for long.
        ///
        /// What changes meanwhile may be counted or not. PostgreSQL takes about a quarter of a second for a million links.
        public func counts(of distribution: DistributionID) async throws(ConsumptionError) -> ConsumptionCounts {
            var counts = ConsumptionCounts()
            var last: Int64 = -1
            while true {
                let rows = try await query(
                    Self.count, [.number(Int64(bitPattern: distribution.rawValue)), .number(last)])
                counts.started += Int(rows[0, 0])
                counts.finished += Int(rows[0, 1])
                guard rows[0, 0] == Self.countedAtOnce else { return counts }
                last = rows[0, 2]
            }
        }

        /// Hands the events that the store knows to the body: those of links that were reset first, then a start and, where
        /// there was one, a finish per link.
        ///
        /// It reads in pieces of 10,000 links while the store serves, so the last events may be in it or not.
        ///
        /// - Parameters:
        ///   - distribution: the distribution whose events are read; nil for all.
        ///   - body: called for each event.
        /// - Throws: what the body throws, which ends the reading, or a `ConsumptionError`.
        public func forEachEvent(
            of distribution: DistributionID? = nil, _ body: (LinkEvent) throws -> Void
        ) async throws {
            for event in try await resets(of: distribution).flatMap(\.events) { try body(event) }
            var cursor = Cursor(distribution)
            while let links = try await nextPage(&cursor) {
                for link in links {
                    for event in link.events { try body(event) }
                }
            }
        }

        fileprivate struct UsedLink {
            let nonce: Nonce
            let history: LinkHistory
            /// When it had been reopened as of its start.
            let reopenedAt: UnixTime?

            var events: [LinkEvent] {
                let reopening = reopenedAt.map { LinkEvent(nonce: nonce, kind: .reopened, time: $0) }
                return [reopening].compactMap { $0 } + history.events(of: nonce)
            }
        }

        /// How far the links were read.
        fileprivate struct Cursor {
            fileprivate let isOfAll: Bool
            fileprivate var last: (distribution: Int64, serial: Int64)
            fileprivate var isAtEnd = false

            init(_ distribution: DistributionID?) {
                isOfAll = distribution == nil
                last = (distribution.map { Int64(bitPattern: $0.rawValue) } ?? .min, -1)
            }
        }

        /// The links after the cursor, in the order of the key, or nil at the end.
        private func nextPage(_ cursor: inout Cursor) async throws(ConsumptionError) -> [UsedLink]? {
            if cursor.isAtEnd { return nil }
            let rows = try await query(
                cursor.isOfAll ? Self.pageOfAll : Self.page,
                [.number(cursor.last.distribution), .number(cursor.last.serial)]
            )
            cursor.isAtEnd = rows.count < Self.pageSize
            if rows.count > 0 { cursor.last = (rows[rows.count - 1, 0], rows[rows.count - 1, 1]) }
            return (0..<rows.count).compactMap { UsedLink(rows, row: $0) }
        }

        private func resets(
            of distribution: DistributionID?
        ) async throws(ConsumptionError) -> [LinkHistories.Reset] {
            var resets: [LinkHistories.Reset] = []
            var last: [Int64] = [.min, -1, .min]
            while true {
                let rows = try await query(Self.resets, last.map { .number($0) })
                for row in 0..<rows.count {
                    guard let link = UsedLink(rows, row: row),
                        distribution == nil || link.nonce.distribution == distribution
                    else { continue }
                    let time = UnixTime(rawValue: UInt32(truncatingIfNeeded: rows[row, rows.columns - 2]))
                    let isReopening = rows[row, rows.columns - 3] == LinkEvent.Kind.reopened.rawValue
                    resets.append(
                        LinkHistories.Reset(
                            of: link.nonce, undone: link.history, time: time, kind: isReopening ? .reopened : .reset))
                }
                guard rows.count == Self.pageSize else { break }
                last = [rows[rows.count - 1, 0], rows[rows.count - 1, 1], rows[rows.count - 1, rows.columns - 1]]
            }
            // In the order in which they followed each other, per link.
            return resets.sorted { (one, other) in
                one.nonce == other.nonce ? one.time < other.time : one.nonce.key < other.nonce.key
            }
        }

        // MARK: Statements

        private static let countedAtOnce: Int64 = 100_000
        private static let pageSize = 10_000

        private static let count = """
            SELECT count(*), count(q.finished_at), coalesce(max(q.serial), 0)
            FROM (
                SELECT serial, finished_at FROM linkseal_link
                WHERE distribution = $1 AND serial > $2 ORDER BY serial LIMIT \(countedAtOnce)
            ) AS q
            """
        private static let columns =
            "distribution, serial, started_at, coalesce(finished_at, 0), \(StartColumns.names())"
        private static let page = """
            SELECT \(columns), reopened_at FROM linkseal_link
            WHERE distribution = $1 AND serial > $2 ORDER BY serial LIMIT \(pageSize)
            """
        private static let pageOfAll = """
            SELECT \(columns), reopened_at FROM linkseal_link
            WHERE (distribution, serial) > ($1, $2) ORDER BY distribution, serial LIMIT \(pageSize)
            """
        private static let resets = """
            SELECT \(columns), 0::bigint, event, reset_at, attempt FROM linkseal_reset
            WHERE (distribution, serial, attempt) > ($1, $2, $3) ORDER BY distribution, serial, attempt LIMIT \(pageSize)
            """
    }

    extension PostgresStore.UsedLink {
        /// Nil for a row that no linkseal wrote.
        fileprivate init?(_ rows: ResultRows, row: Int) {
            guard let nonce = Nonce(distribution: rows[row, 0], serial: rows[row, 1]),
                let start = UInt32(exactly: rows[row, 2]), let finish = UInt32(exactly: rows[row, 3])
            else { return nil }
            let finishedAt = finish == 0 ? nil : UnixTime(rawValue: finish)
            let reopening = UInt32(truncatingIfNeeded: rows[row, 4 + StartColumns.count])
            self.init(
                nonce: nonce,
                history: LinkHistory(
                    startedAt: UnixTime(rawValue: start), details: StartDetails(rows, row: row, from: 4),
                    finishedAt: finishedAt),
                reopenedAt: reopening == 0 ? nil : UnixTime(rawValue: reopening))
        }
    }
#endif
