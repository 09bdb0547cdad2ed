#if PostgreSQL
    import Consumption

    /// The details of a start as columns of `linkseal_link` and `linkseal_reset`, in their order in every statement.
    ///
    /// A new detail is a new element of the list, what reads it back, and a migration in ``Schema``.
    enum StartColumns {
        /// 0 means unknown.
        private static let all: [(name: String, value: @Sendable (StartDetails) -> Int64)] = [
            ("started_by", { Int64($0.startedBy.rawValue) })
        ]

        static var count: Int { all.count }

        /// Their names with commas, such as `q.started_by` with the prefix `q.`.
        static func names(prefix: String = "") -> String { joined { prefix + $0 } }

        /// Their parameters as arrays, such as `$5::bigint[]`.
        ///
        /// - Parameter first: the number of the first.
        static func arrays(from first: Int) -> String {
            (first..<first + count).map { "$\($0)::bigint[]" }.joined(separator: ", ")
        }

        /// What follows `SET` where a row is inserted that is there already: the details of the earlier start count.
        static var earlier: String {
            joined {
                """
                \($0) = CASE WHEN excluded.started_at < linkseal_link.started_at
                        THEN excluded.\($0) ELSE linkseal_link.\($0) END
                """
            }
        }

        /// What follows `SET` where a row takes them from another.
        static func assignments(from row: String) -> String { joined { "\($0) = \(row).\($0)" } }

        private static func joined(_ text: (String) -> String) -> String {
            all.map { text($0.name) }.joined(separator: ", ")
        }

        /// One array per column.
        static func parameters(_ starts: some Collection<StartDetails>) -> [StatementParameter] {
            all.map { column in .numbers(starts.map(column.value)) }
        }
    }

    extension StartDetails {
        /// Reads the columns of a row. A number of a later linkseal counts as unknown.
        ///
        /// - Parameter first: the place of the first column.
        init(_ rows: ResultRows, row: Int, from first: Int) {
            self.init(
                startedBy: UInt8(exactly: rows[row, first]).flatMap { UserAgentClass(rawValue: $0) } ?? .unknown)
        }
    }
#endif
