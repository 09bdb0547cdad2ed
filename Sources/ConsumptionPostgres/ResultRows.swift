#if PostgreSQL
    import CLibPQ

    /// The rows of a result, all of whose columns are `bigint` and never null.
    struct ResultRows: Sendable {
        let columns: Int
        /// Row after row.
        private let values: [Int64]

        var count: Int { columns == 0 ? 0 : values.count / columns }

        /// Nil if a value is not what a statement of this module returns.
        init?(_ result: OpaquePointer) {
            let (rows, columns) = (Int(PQntuples(result)), Int(PQnfields(result)))
            var values: [Int64] = []
            values.reserveCapacity(rows * columns)
            for row in 0..<Int32(rows) {
                for column in 0..<Int32(columns) {
                    guard PQgetlength(result, row, column) == 8, let bytes = PQgetvalue(result, row, column) else {
                        return nil
                    }
                    values.append(Int64(bigEndian: UnsafeRawPointer(bytes).loadUnaligned(as: Int64.self)))
                }
            }
            self.columns = columns
            self.values = values
        }

        subscript(row: Int, column: Int) -> Int64 { values[row * columns + column] }
    }
#endif
