import TestSupport

#if PostgreSQL
    import Consumption
    import ConsumptionModel
    import ConsumptionPostgres
    import Glibc
    import LinkToken
    import PostgresCluster
    import Synchronization
    import Testing

    extension `PostgreSQL` {
        @Suite struct `Failover` {
            /// `LINKSEAL_FAILOVER_ROUNDS` lets so many primaries die, `LINKSEAL_SEED` repeats a run's calls and moments.
            static let rounds = Int(number("LINKSEAL_FAILOVER_ROUNDS") ?? 2)
            static let seed = number("LINKSEAL_SEED") ?? .random(in: 0...UInt64(UInt32.max))
            static let settings = ["synchronous_standby_names": "*", "wal_sender_timeout": "2s"]

            @Test func `no start that was acknowledged is lost or given twice when primaries die under load`()
                async throws
            {
                var primary = try PostgresServer.start(Self.settings.merging(["synchronous_commit": "local"]) { $1 })
                _ = try await PostgresStore.migrate(StoreAddress(primary.uri))
                var generator = SeededGenerator(seed: Self.seed)
                let recorder = Recorder()
                for round in 0..<Self.rounds {
                    let standby = try PostgresServer.standby(of: primary, Self.settings)
                    try primary.wait("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", is: "1")
                    let address = try StoreAddress(PostgresServer.uri(primary.directory, standby.directory))
                    let stores = [try await PostgresStore.open(address), try await PostgresStore.open(address)]
                    let distribution = DistributionID(rawValue: UInt64(round + 1))!
                    let moment = recorder.acknowledged + 500 + generator.below(3000)
                    let seeds = (0..<64).map { _ in generator.next() }
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        let isOver = Flag()
                        for (client, seed) in seeds.enumerated() {
                            group.addTask {
                                await recorder.work(on: stores[client % 2], distribution, seed: seed, until: isOver)
                            }
                        }
                        let dying = primary
                        let next = try await onThread {
                            while recorder.acknowledged < moment { usleep(1000) }
                            try dying.kill()
                            try standby.promote()
                            // Without one, the new primary acknowledges nothing.
                            let next = try PostgresServer.standby(of: standby, Self.settings)
                            let resumed = recorder.acknowledged + 500
                            while recorder.acknowledged < resumed { usleep(1000) }
                            return next
                        }
                        isOver.raise()
                        try await group.waitForAll()
                        withExtendedLifetime(next) {}
                    }
                    for store in stores { await recorder.readAll(distribution, of: store) }
                    for store in stores { await store.close() }
                    primary = standby
                }
                let history = recorder.history
                let violations = history.violations()
                #expect(violations.isEmpty, "LINKSEAL_SEED=\(Self.seed): \(violations.prefix(10))")
                #expect(recorder.acknowledged > Self.rounds * 1000, "clients hardly got through")
            }

            @Test func `a start is not acknowledged while its standby is missing, though the wait is cancelled`()
                async throws
            {
                let weak = ["synchronous_commit": "local", "client_min_messages": "error"]
                let primary = try PostgresServer.start(Self.settings.merging(weak) { $1 })
                let database = try await Database(on: primary)
                let standby = try PostgresServer.standby(of: primary, Self.settings)
                try primary.wait("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", is: "1")
                let store = try await database.open()
                try await Self.openAnotherSession(store, database)
                try standby.signal(SIGSTOP)
                let outcome = Task { try await store.start(Nonce(1), at: .second(2), terms: .once) }
                let waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE 'INSERT%'"
                try primary.wait("SELECT count(*) \(waiting)", is: "1")
                try primary.sql("SELECT pg_cancel_backend(pid) \(waiting)")
                // The primary shows the row now, and no standby has it.
                try database.wait("SELECT count(*) FROM linkseal_link", is: "2")
                try primary.wait(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE 'UPDATE%'",
                    is: "1")
                #expect(store.failure != nil, "an answer was given that a failover would take back")
                try standby.signal(SIGCONT)
                #expect(try await outcome.value == .started(at: .second(2)))
                await store.close()
            }

            /// Has one session wait for a row while another call arrives. A table's lock would keep the other from opening.
            private static func openAnotherSession(_ store: PostgresStore, _ database: Database) async throws {
                _ = try await store.start(Nonce(0), at: .second(1), terms: .once)
                // Until it is cancelled.
                async let holder = onThread {
                    try? database.sql("BEGIN; SELECT 1 FROM linkseal_link FOR UPDATE; SELECT pg_sleep(60)")
                }
                let locks = "SELECT count(*) FROM pg_locks WHERE"
                try database.wait(
                    "\(locks) relation = 'linkseal_link'::regclass AND mode = 'RowShareLock' AND granted", is: "1")
                async let finish = store.finish(Nonce(0), at: .second(1))
                try database.wait("\(locks) NOT granted", is: "1")
                _ = try await store.state(of: Nonce(7))
                _ = try database.sql(
                    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
                _ = try await (holder, finish)
                #expect(store.metrics.sessions > 1)
            }
        }
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isRaised: Bool { value.load(ordering: .acquiring) }
        func raise() { value.store(true, ordering: .releasing) }
    }

    /// Has clients work and writes down what they saw.
    private final class Recorder: Sendable {
        private let clock = Atomic(0)
        private let answers = Atomic(0)
        private let events = Mutex<[History.Event]>([])

        var acknowledged: Int { answers.load(ordering: .relaxed) }
        var history: History { History(events: events.withLock { $0 }) }

        private func tick() -> Int { clock.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue }

        private func record(_ nonce: Nonce, _ call: () async -> History.Sight) async {
            let begin = tick()
            let sight = await call()
            let end = tick()
            if sight.stages != nil { answers.wrappingAdd(1, ordering: .relaxed) }
            events.withLock { $0.append(History.Event(nonce: nonce, begin: begin, end: end, sight: sight)) }
        }

        /// Calls on links that others call on too, in a window that moves on.
        func work(on store: PostgresStore, _ distribution: DistributionID, seed: UInt64, until isOver: Flag) async {
            var generator = SeededGenerator(seed: seed)
            var step = 0
            while !isOver.isRaised {
                step += 1
                let nonce = Nonce(UInt32(step / 4 * 8 + generator.below(32)), of: distribution)
                // Every caller has a time of its own, so that an answer tells whose start it is about.
                let time = UnixTime.second(UInt32(truncatingIfNeeded: generator.next() >> 40))
                let kind = generator.below(10)
                await record(nonce) {
                    switch kind {
                    case 0..<6: await Self.start(nonce, time, generator.chance(500) ? .once : .standard, store)
                    case 6..<9: await Self.finish(nonce, time, store)
                    default: await Self.look(nonce, store)
                    }
                }
            }
        }

        /// Reads every link that was called on.
        func readAll(_ distribution: DistributionID, of store: PostgresStore) async {
            let nonces = Set(events.withLock { $0.map(\.nonce) }.filter { $0.distribution == distribution })
            for nonce in nonces { await record(nonce) { await Self.look(nonce, store) } }
        }

        private static func start(
            _ nonce: Nonce, _ time: UnixTime, _ terms: StartTerms, _ store: PostgresStore
        ) async -> History.Sight {
            switch try? await store.start(nonce, at: time, terms: terms) {
            case .started(let time): .started(time)
            case .resumed(let time): .wasStarted(time)
            case .refused(.alreadyFinished): .wasFinished(nil)
            case .refused(.expired): .unused
            case .refused: .wasStarted(nil)
            case nil: .startFailed
            }
        }

        private static func finish(_ nonce: Nonce, _ time: UnixTime, _ store: PostgresStore) async -> History.Sight {
            switch try? await store.finish(nonce, at: time) {
            case .finished(let start): .finished(start)
            case .alreadyFinished(let start): .wasFinished(start)
            case .notStarted: .unused
            case nil: .otherFailed
            }
        }

        private static func look(_ nonce: Nonce, _ store: PostgresStore) async -> History.Sight {
            switch try? await store.state(of: nonce) {
            case .unused: .unused
            case .started(let time): .wasStarted(time)
            case .finished(let time): .wasFinished(time)
            case nil: .otherFailed
            }
        }
    }
#endif
