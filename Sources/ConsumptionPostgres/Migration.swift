#if PostgreSQL
    import Consumption

    /// What bringing a database to this linkseal's schema did.
    public struct Migration: Hashable, Sendable {
        /// 0 if there was no store.
        public let versionBefore: Int64
        public let version: Int64
    }

    extension PostgresStore {
        /// Makes the tables in a database, or brings those of an earlier linkseal up to date. It may be run again, and by
        /// several at once.
        ///
        /// ```swift
        /// let migration = try await PostgresStore.migrate(StoreAddress("postgres://owner@db.example.com/linkseal"))
        /// ```
        ///
        /// The role needs the right to create tables; the edges' role does not.
        ///
        /// - Throws: `ConsumptionError.unavailable(store:reason:)`, or
        ///   `ConsumptionError.schemaMismatch(store:found:needed:)` if a later linkseal made them.
        public static func migrate(_ address: StoreAddress) async throws(ConsumptionError) -> Migration {
            try await onThread { () throws(ConsumptionError) in try Connection.migrate(address) }
        }
    }

    extension Connection {
        private static let migrationPatience = Duration.seconds(60)

        fileprivate static func migrate(_ address: StoreAddress) throws(ConsumptionError) -> Migration {
            let connection = try connect(to: address)
            var remaining = 10
            while true {
                let before: Int64
                do throws(Failure) {
                    before = try connection.migrate(until: .now + migrationPatience)
                } catch .fault(let fault) where alreadyThere.contains(fault.sqlState) && remaining > 0 {
                    remaining -= 1
                    continue
                } catch {
                    throw ConsumptionError(error, at: address)
                }
                guard before <= Schema.version else {
                    throw .schemaMismatch(store: address.description, found: before, needed: Schema.version)
                }
                return Migration(versionBefore: before, version: Schema.version)
            }
        }

        /// Two that create the same table at once meet in PostgreSQL's catalogue, `IF NOT EXISTS` or not.
        private static let alreadyThere: Set = ["23505", "42710", "42P07"]

        private func migrate(until deadline: ContinuousClock.Instant) throws(Failure) -> Int64 {
            _ = try run(Schema.createVersions, until: deadline)
            let before = try run(Schema.readVersion, until: deadline)?[0, 0] ?? 0
            guard before < Schema.version else { return before }
            for version in before..<Schema.version {
                for statement in Schema.migrations[Int(version)] { _ = try run(statement, until: deadline) }
                _ = try run(Schema.recordVersion, [.number(version + 1)], until: deadline)
            }
            return before
        }
    }
#endif
