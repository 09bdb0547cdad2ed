#if PostgreSQL
    import Consumption
    import ConsumptionPostgres
    import Glibc
    import LinkToken
    import PostgresCluster
    import Synchronization

    /// The store and pgbench on the same server.
    struct Comparison: Sendable {
        let server: PostgresServer
        let seconds: Int

        func pgbench(clients: Int) throws -> Double {
            try server.sql("CREATE TABLE IF NOT EXISTS one_row (LIKE linkseal_link INCLUDING ALL)")
            let script = "\(server.directory)/insert.sql"
            let insert = """
                \\set serial random(0, 1000000000000)
                INSERT INTO one_row (distribution, serial, started_at, start_attempt) VALUES (1, :serial, 1, 1) ON CONFLICT DO NOTHING;
                """
            try Command.run(["sh", "-c", "cat > \(script) <<'END'\n\(insert)\nEND"])
            let output = try Command.run([
                "\(PostgresServer.binaries)/pgbench", "-h", server.directory, "-U", "linkseal", "-n", "-M", "prepared",
                "-c", String(clients), "-j", "2", "-T", String(seconds), "-f", script, "postgres",
            ])
            let line = output.split(separator: "\n").first { $0.hasPrefix("tps = ") }!
            return Double(line.dropFirst(6).prefix { $0 != " " })!
        }

        /// Starts links that no one started before, so many calls at a time.
        func starts(inFlight: Int, distribution: UInt64) async throws -> (rate: Double, metrics: StoreMetrics) {
            let store = try await PostgresStore.open(StoreAddress(server.uri))
            let next = Counter()
            let begin = ContinuousClock.now
            let end = begin + .seconds(seconds)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<inFlight {
                    group.addTask {
                        while .now < end {
                            let serial = next.take()
                            let nonce = Nonce(
                                distribution: DistributionID(rawValue: distribution)!, serial: Serial(rawValue: serial))
                            let time = UnixTime(rawValue: UInt32(time(nil)))
                            let outcome = try await store.start(
                                nonce, at: time, terms: StartTerms(mayBegin: true, resume: .standard))
                            guard case .started = outcome else { fatalError("\(nonce) was \(outcome)") }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let duration = ContinuousClock.now - begin
            let count = next.take()
            let stored = try await store.counts(of: DistributionID(rawValue: distribution)!)
            guard stored.started == Int(count) else { fatalError("\(stored.started) of \(count) starts are stored") }
            let metrics = store.metrics
            await store.close()
            return (Double(count) / (duration / .seconds(1)), metrics)
        }
    }

    private final class Counter: Sendable {
        private let value = Atomic<UInt32>(0)

        func take() -> UInt32 { value.wrappingAdd(1, ordering: .relaxed).oldValue }
    }
#endif
