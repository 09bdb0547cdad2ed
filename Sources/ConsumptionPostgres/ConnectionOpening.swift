#if PostgreSQL
    import CLibPQ
    import Consumption

    extension Connection {
        /// How long setting a connection up may take after connecting.
        private static let patience = Duration.seconds(4)

        /// Connects, checks the schema, and readies the connection for serving. Blocks.
        ///
        /// - Throws: `ConsumptionError.unavailable(store:reason:)` or
        ///   `ConsumptionError.schemaMismatch(store:found:needed:)`.
        static func open(_ address: StoreAddress) throws(ConsumptionError) -> Connection {
            let connection = try connect(to: address)
            let found: Int64?
            do throws(Failure) {
                found = try connection.setUp(until: .now + patience)
            } catch {
                throw ConsumptionError(error, at: address)
            }
            guard found == Schema.version else {
                throw .schemaMismatch(store: address.description, found: found, needed: Schema.version)
            }
            return connection
        }

        /// - Returns: the version of the schema, nil if there is none.
        private func setUp(until deadline: ContinuousClock.Instant) throws(Failure) -> Int64? {
            // What a planner that knows little statistics would choose for a table that was small yesterday.
            for setting in ["enable_seqscan", "enable_hashjoin", "enable_mergejoin"] {
                try setIfKnown("\(setting) = off", until: deadline)
            }
            // Weaker ones acknowledge what a crash of the primary, or a failover, would lose.
            try setIfKnown("synchronous_commit = on", until: deadline)
            // That a commit did not wait for its standby is told as a warning.
            try setIfKnown("client_min_messages = warning", until: deadline)
            backend = ServerProcess(try ownBackend(until: deadline))
            _ = try run("SET statement_timeout = \(Self.statementTimeout)", until: deadline)
            _ = try run("SET default_transaction_isolation = 'read committed'", until: deadline)
            let found: Int64?
            do throws(Failure) {
                found = try run(Schema.readVersion, until: deadline)?[0, 0]
            } catch .fault(let fault) where fault.sqlState == ServerFault.undefinedTable {
                return nil
            }
            guard found == Schema.version else { return found }
            for statement in PreparedStatement.allCases { try prepare(statement, until: deadline) }
            // A primary that crashed while a commit waited for its standby shows that commit after its restart, replicated
            // or not. Once this write is acknowledged, everything that the connection can see is on the standby too.
            _ = try run(Schema.barrier, [.number(Schema.version)], until: deadline)
            guard !hasSkippedReplication else { throw .lost("it does not wait for its standby") }
            guard PQenterPipelineMode(handle) == 1 else { throw .lost(errorMessage) }
            return found
        }

        /// Sets what other engines need not have.
        private func setIfKnown(_ setting: String, until deadline: ContinuousClock.Instant) throws(Failure) {
            do throws(Failure) {
                _ = try run("SET \(setting)", until: deadline)
            } catch .fault(let fault) where ServerFault.unknownSetting.contains(fault.sqlState) {}
        }

        /// Nil where the engine does not tell.
        private func ownBackend(until deadline: ContinuousClock.Instant) throws(Failure) -> ResultRows? {
            do throws(Failure) {
                return try run(ServerProcess.own, until: deadline)
            } catch .fault {
                return nil
            }
        }
    }

    extension ConsumptionError {
        init(_ failure: Connection.Failure, at address: StoreAddress) {
            switch failure {
            case .fault(let fault): self = .unavailable(store: address.description, reason: fault.description)
            case .lost(let reason): self = .unavailable(store: address.description, reason: reason)
            }
        }
    }
#endif
