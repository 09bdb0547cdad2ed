#if PostgreSQL
    import Consumption
    import ConsumptionPostgres
    import Glibc
    import LinkToken
    import PostgresCluster
    import Synchronization
    import TestSupport
    import Testing

    extension `PostgreSQL` {
        @Suite struct `Failures` {
            static let server = Result { try PostgresServer.start() }

            @Test func `a start whose answer was lost gets its own success, and no second one exists`() async throws {
                let database = try await Database(on: Self.server.get())
                let proxy = try CuttingProxy(to: database.server.socket)
                let store = try await PostgresStore.open(StoreAddress(database.uri(through: proxy)))
                for (serial, cut) in [CuttingProxy.Cut.beforeAnswer, .withinAnswer(bytes: 3), .beforeRequest]
                    .enumerated()
                {
                    let nonce = Nonce(UInt32(serial))
                    proxy.cut(cut)
                    #expect(try await store.start(nonce, at: .second(1), terms: .once) == .started(at: .second(1)))
                    #expect(proxy.cuts == 2 * serial + 1)
                    #expect(
                        try await store.start(nonce, at: .second(2), terms: .once) == .resumed(startedAt: .second(1)))
                    #expect(try await store.start(nonce, at: .second(61), terms: .once) == .refused(.alreadyStarted))
                    proxy.cut(cut)
                    #expect(try await store.finish(nonce, at: .second(3)) == .finished(startedAt: .second(1)))
                    #expect(proxy.cuts == 2 * serial + 2)
                    #expect(try await store.finish(nonce, at: .second(4)) == .alreadyFinished(startedAt: .second(1)))
                }
                await store.close()
            }

            @Test func `a reset whose answer was lost does not undo the start that follows it`() async throws {
                let database = try await Database(on: Self.server.get())
                let proxy = try CuttingProxy(to: database.server.socket)
                let store = try await PostgresStore.open(StoreAddress(database.uri(through: proxy)))
                _ = try await store.start(Nonce(1), at: .second(1), terms: .once)
                proxy.cut(.beforeAnswer)
                #expect(try await store.reset(Nonce(1), at: .second(2)) == .reset)
                #expect(proxy.cuts == 1)
                #expect(try database.sql("SELECT count(*) FROM linkseal_reset") == "1")
                #expect(try await store.start(Nonce(1), at: .second(3), terms: .once) == .started(at: .second(3)))
                await store.close()
            }

            @Test func `a statement that the server comes to late does not undo a reset`() async throws {
                let database = try await Database(on: Self.server.get())
                let proxy = try CuttingProxy(to: database.server.socket)
                let store = try await PostgresStore.open(StoreAddress(database.uri(through: proxy)))
                _ = try await store.state(of: Nonce(1))
                let backends =
                    "FROM pg_stat_activity WHERE datname = '\(database.name)' AND application_name = 'linkseal'"
                let backend = try #require(pid_t(try database.sql("SELECT pid \(backends)")))
                // It gets the whole statement, and stands still; the store makes the attempt again elsewhere.
                kill(backend, SIGSTOP)
                proxy.cut(.withinRequest(bytes: .max))
                #expect(try await store.start(Nonce(1), at: .second(1), terms: .once) == .started(at: .second(1)))
                let reset = Task { try await store.reset(Nonce(1), at: .second(2)) }
                try database.wait(
                    "SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE '%pg_terminate%' AND pid <> pg_backend_pid()",
                    is: "t")
                kill(backend, SIGCONT)
                #expect(try await reset.value == .reset)
                try database.wait("SELECT count(*) \(backends) AND pid = \(backend)", is: "0")
                #expect(try await store.state(of: Nonce(1)) == .unused)
                await store.close()
            }

            @Test func `a start that a caller was not told of goes to the next one who asks this store`() async throws {
                let database = try await Database(on: Self.server.get())
                let proxy = try CuttingProxy(to: database.server.socket)
                let store = try await PostgresStore.open(StoreAddress(database.uri(through: proxy)))
                // Committed, and no connection over which the retry could find out.
                proxy.refuse(true)
                proxy.cut(.beforeAnswer)
                await #expect(throws: ConsumptionError.self) {
                    try await store.start(Nonce(1), at: .second(1), terms: .once)
                }
                #expect(try database.sql("SELECT count(*) FROM linkseal_link") == "1")
                #expect(store.failure != nil)
                proxy.refuse(false)
                let outcome = try await Self.retrying { try await store.start(Nonce(1), at: .second(9), terms: .once) }
                #expect(outcome == .started(at: .second(1)))
                #expect(try await store.start(Nonce(1), at: .second(61), terms: .once) == .refused(.alreadyStarted))
                await store.close()
            }

            /// As a client does that is told to come again.
            static func retrying<Outcome>(_ body: () async throws -> Outcome) async throws -> Outcome {
                let end = ContinuousClock.now + .seconds(120)
                while true {
                    do { return try await body() } catch ConsumptionError.unavailable where .now < end {
                        await Task.yield()
                    }
                }
            }

            @Test(arguments: ["fast", "immediate"])
            func `calls that meet a restart wait for it and succeed`(mode: String) async throws {
                let server = try PostgresServer.start()
                let database = try await Database(on: server)
                let store = try await database.open()
                _ = try await store.start(Nonce(0), at: .second(1), terms: .once)
                try server.stop(mode)
                async let waiting = Self.retrying { try await store.start(Nonce(1), at: .second(2), terms: .once) }
                try server.start()
                // A call is made again only if the restart takes longer than calls wait.
                #expect(try await waiting == .started(at: .second(2)))
                #expect(try await store.start(Nonce(0), at: .second(61), terms: .once) == .refused(.alreadyStarted))
                #expect(store.failure == nil)
                await store.close()
            }

            @Test func `while the server is away calls fail, soon at once, and nothing is consumed`() async throws {
                let server = try PostgresServer.start()
                let database = try await Database(on: server)
                let store = try await database.open()
                try server.stop()
                await #expect(throws: ConsumptionError.self) {
                    try await store.start(Nonce(1), at: .second(1), terms: .once)
                }
                // Calls that come before all connections are known to be gone wait for seconds; later ones don't. This is
                // about which of the two ways they take, not about speed.
                var failsAtOnce = false
                for _ in 0..<10 where !failsAtOnce {
                    let begin = ContinuousClock.now
                    do throws(ConsumptionError) {
                        _ = try await store.start(Nonce(1), at: .second(2), terms: .once)
                        Issue.record("a start succeeded without a server")
                    } catch {
                        guard case .unavailable = error else {
                            Issue.record("\(error)")
                            return
                        }
                        #expect("\(error)".contains(server.directory))
                    }
                    failsAtOnce = ContinuousClock.now - begin < .seconds(3)
                }
                #expect(failsAtOnce && !store.isAcceptingWrites)
                try server.start()
                let state = try await Self.retrying { try await store.state(of: Nonce(1)) }
                #expect(state == .unused)
                #expect(try await store.start(Nonce(1), at: .second(3), terms: .once) == .started(at: .second(3)))
                await store.close()
            }

            @Test func `a store without a server opens, says so, and serves when there is one`() async throws {
                let server = try PostgresServer.start()
                let database = try await Database(on: server)
                try server.stop()
                let store = try await database.open()
                guard case .unavailable = store.failure else {
                    Issue.record("\(store.failure as Any)")
                    return
                }
                try server.start()
                let outcome = try await Self.retrying { try await store.start(Nonce(1), at: .second(1), terms: .once) }
                #expect(outcome == .started(at: .second(1)))
                await store.close()
            }

            @Test func `a statement that takes too long fails its calls and changes nothing`() async throws {
                let database = try await Database(on: Self.server.get())
                let store = try await database.open()
                let blocker = try Command([
                    "\(PostgresServer.binaries)/psql", "-h", database.server.directory, "-U", "linkseal", "-XAtq", "-c",
                    "BEGIN; LOCK TABLE linkseal_link; SELECT pg_sleep(60)", database.name,
                ])
                try database.wait(
                    "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted", is: "1")
                do throws(ConsumptionError) {
                    _ = try await store.start(Nonce(1), at: .second(1), terms: .once)
                    Issue.record("a start got past a lock")
                } catch {
                    #expect("\(error)".contains("took longer than 3000 ms"))
                }
                kill(blocker.pid, SIGKILL)
                _ = blocker.end()
                try database.sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"
                )
                let outcome = try await Self.retrying { try await store.start(Nonce(1), at: .second(2), terms: .once) }
                #expect(outcome == .started(at: .second(2)))
                await store.close()
            }

            /// Once it waits for a server that stands still, and once more for a lock.
            @Test func `no call waits longer than five seconds, whatever it waits for`() async throws {
                let database = try await Database(on: Self.server.get())
                let store = try await database.open()
                _ = try await store.state(of: Nonce(1))
                let backend = try #require(
                    pid_t(
                        try database.sql(
                            "SELECT pid FROM pg_stat_activity WHERE datname = '\(database.name)' AND application_name = 'linkseal'"
                        )))
                let blocker = try Command([
                    "\(PostgresServer.binaries)/psql", "-h", database.server.directory, "-U", "linkseal", "-XAtq", "-c",
                    "BEGIN; LOCK TABLE linkseal_link; SELECT pg_sleep(61)", database.name,
                ])
                try database.wait(
                    "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted", is: "1")
                kill(backend, SIGSTOP)
                let begin = ContinuousClock.now
                await withTaskGroup(of: Void.self) { (group) in
                    for _ in 0..<3 {
                        group.addTask {
                            await #expect(throws: ConsumptionError.self) {
                                try await store.start(Nonce(1), at: .second(1), terms: .once)
                            }
                        }
                    }
                }
                let waited = ContinuousClock.now - begin
                #expect(waited > .seconds(4) && waited < .seconds(6), "\(waited)")

                // The statement that waited for the lock goes on, for callers who have given up.
                kill(blocker.pid, SIGKILL)
                _ = blocker.end()
                try database.sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(61)%' AND pid <> pg_backend_pid()"
                )
                // So much later that it is no repetition of the first.
                let later = try await withThrowingTaskGroup(of: StartOutcome.self) { (group) in
                    for _ in 0..<4 {
                        group.addTask {
                            try await Self.retrying { try await store.start(Nonce(1), at: .second(200), terms: .once) }
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                // One call alone began the survey: one of these, which the others repeat, or one that had given up.
                let begun = later.compactMap { if case .started(let time) = $0 { time } else { nil } }
                #expect(begun.count <= 1, "\(later)")
                #expect(
                    later.allSatisfy { (outcome) in
                        outcome == .refused(.alreadyStarted)
                            || begun.contains {
                                outcome == .started(at: $0) || outcome == .resumed(startedAt: $0)
                            }
                    }, "\(later)")
                kill(backend, SIGCONT)
                await store.close()
            }

            /// Whether the store records, until that is as expected.
            static func wait(for store: PostgresStore, toRecord expected: Bool) async throws {
                let end = ContinuousClock.now + .seconds(60)
                while store.isAcceptingWrites != expected, .now < end { try await Task.sleep(for: .milliseconds(20)) }
                #expect(store.isAcceptingWrites == expected, "\(store.failure as Any)")
            }

            @Test func `that a server refuses every change, and takes them again, is noticed without a call`()
                async throws
            {
                let database = try await Database(on: Self.server.get())
                try database.sql(
                    """
                    CREATE ROLE weak LOGIN;
                    GRANT SELECT, INSERT, UPDATE ON linkseal_link TO weak;
                    GRANT SELECT, UPDATE ON linkseal_schema TO weak;
                    GRANT SELECT, INSERT ON linkseal_reset TO weak;
                    """)
                let uri = "postgres://weak@/\(database.name)?host=\(database.server.directory)"
                let store = try await PostgresStore.open(StoreAddress(uri))
                #expect(store.isAcceptingWrites)
                for privilege in ["INSERT", "UPDATE", "SELECT"] {
                    try database.sql("REVOKE \(privilege) ON linkseal_link FROM weak")
                    try await Self.wait(for: store, toRecord: false)
                    #expect("\(store.failure as Any)".contains("lacks a privilege"))
                    try database.sql("GRANT \(privilege) ON linkseal_link TO weak")
                    try await Self.wait(for: store, toRecord: true)
                }
                try database.server.sql("ALTER ROLE weak SET default_transaction_read_only = on")
                try database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'weak'")
                try await Self.wait(for: store, toRecord: false)
                try database.server.sql("ALTER ROLE weak RESET default_transaction_read_only")
                try await Self.wait(for: store, toRecord: true)
                #expect(try database.sql("SELECT count(*) FROM linkseal_link") == "0")
                #expect(try await store.start(Nonce(1), at: .second(1), terms: .once) == .started(at: .second(1)))
                await store.close()
            }

            @Test func `a link whose row is locked is no reason to call the server away`() async throws {
                let database = try await Database(on: Self.server.get())
                let store = try await database.open()
                _ = try await store.start(Nonce(1), at: .second(1), terms: .once)
                let blocker = try Command([
                    "\(PostgresServer.binaries)/psql", "-h", database.server.directory, "-U", "linkseal", "-XAtq", "-c",
                    "BEGIN; UPDATE linkseal_link SET started_at = started_at; SELECT pg_sleep(62)", database.name,
                ])
                try database.wait(
                    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(62)%' AND wait_event = 'PgSleep'",
                    is: "1")
                await #expect(throws: ConsumptionError.self) { try await store.finish(Nonce(1), at: .second(2)) }
                for serial in 2...50 as ClosedRange<UInt32> {
                    let outcome = try await store.start(Nonce(serial), at: .second(3), terms: .once)
                    #expect(outcome == .started(at: .second(3)) && store.isAcceptingWrites)
                }
                kill(blocker.pid, SIGKILL)
                _ = blocker.end()
                try database.sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(62)%' AND pid <> pg_backend_pid()"
                )
                await store.close()
            }

            @Test func `every call is answered where one transaction of its round is refused and the other is not`()
                async throws
            {
                let database = try await Database(on: Self.server.get())
                let store = try await database.open()
                let links = 0..<8 as Range<UInt32>
                for serial in links { _ = try await store.start(Nonce(serial), at: .second(1), terms: .once) }
                // Looks fail at once. Starts don't, and find links that were started: what that comes to takes a look.
                try database.sql("ALTER TABLE linkseal_link RENAME COLUMN finish_attempt TO other")
                let refusals = Counter()
                let rounds = 200
                func keepCalling(_ call: @escaping @Sendable () async throws -> Void) {
                    Task {
                        for _ in 0..<rounds {
                            do { try await call() } catch ConsumptionError.unavailable { refusals.add() }
                        }
                    }
                }
                for serial in links {
                    keepCalling { _ = try await store.state(of: Nonce(serial)) }
                    keepCalling { _ = try await store.start(Nonce(serial), at: .second(2), terms: .once) }
                }
                // A call waits for seconds at most.
                let end = ContinuousClock.now + .seconds(60)
                while refusals.count < 2 * links.count * rounds, .now < end {
                    try await Task.sleep(for: .milliseconds(5))
                }
                #expect(refusals.count == 2 * links.count * rounds)
                try database.sql("ALTER TABLE linkseal_link RENAME COLUMN other TO finish_attempt")
                #expect(try await store.start(Nonce(1), at: .second(61), terms: .once) == .refused(.alreadyStarted))
                await store.close()
            }

            private final class Counter: Sendable {
                private let value = Atomic(0)
                var count: Int { value.load(ordering: .relaxed) }
                func add() { value.add(1, ordering: .relaxed) }
            }

            @Test(.enabled(if: getuid() == 0, "mounting a small file system needs root"))
            func `a full disk refuses starts, loses nothing, and serves again when there is room`() async throws {
                let database = try await Database(on: Self.server.get())
                let disk = "\(database.server.directory)/small"
                try Command.run(["mkdir", disk])
                try Command.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk])
                defer { _ = try? Command.run(["umount", "-l", disk]) }
                try Command.run(["chown", "postgres", disk])
                try database.sql("CREATE TABLESPACE small LOCATION '\(disk)'")
                defer {
                    _ = try? database.sql("ALTER TABLE linkseal_link SET TABLESPACE pg_default")
                    _ = try? database.sql("DROP TABLESPACE small")
                }
                try database.sql("ALTER TABLE linkseal_link SET TABLESPACE small")
                // Vacuuming would make room again, by removing what refused starts leave.
                try database.sql("ALTER TABLE linkseal_link SET (autovacuum_enabled = off)")
                let store = try await database.open()
                var started = 0
                var failure: ConsumptionError?
                // Where hundreds of rows find no room, the one row of a probe still may. So people keep coming.
                for first in stride(from: 0, to: UInt32(200_000), by: 500) where store.isAcceptingWrites {
                    (started, failure) = await withTaskGroup(of: ConsumptionError?.self) { group in
                        for serial in first..<first + 500 {
                            group.addTask {
                                do throws(ConsumptionError) {
                                    _ = try await store.start(Nonce(serial), at: .second(1), terms: .once)
                                    return nil
                                } catch {
                                    return error
                                }
                            }
                        }
                        return await group.reduce(into: (started, failure)) {
                            if let error = $1 { $0.1 = error } else { $0.0 += 1 }
                        }
                    }
                }
                #expect("\(failure as Any)".contains("disk is full"))
                try await Self.wait(for: store, toRecord: false)
                #expect("\(store.failure as Any)".contains("disk is full"))
                #expect(try await store.counts(of: .first).started == started)
                try Command.run(["mount", "-o", "remount,size=20m", disk])
                try await Self.wait(for: store, toRecord: true)
                #expect(try await store.counts(of: .first).started == started)
                #expect(try await store.start(Nonce(.max), at: .second(2), terms: .once) == .started(at: .second(2)))
                await store.close()
            }

            /// The server panics where it can't write its log, and the file system stays full in its recovery.
            @Test(.enabled(if: getuid() == 0, "mounting a small file system needs root"))
            func `a full disk of the write-ahead log loses no start that was acknowledged`() async throws {
                let settings = ["min_wal_size": "2MB", "max_wal_size": "200MB", "autovacuum": "off"]
                let server = try PostgresServer.start(settings, walSize: 24)
                let database = try await Database(on: server)
                let store = try await database.open()
                var started: Set<UInt32> = []
                var failure: ConsumptionError?
                for first in stride(from: 0, to: UInt32(500_000), by: 500) where failure == nil {
                    await withTaskGroup(of: (UInt32, ConsumptionError?).self) { group in
                        for serial in first..<first + 500 {
                            group.addTask {
                                do throws(ConsumptionError) {
                                    _ = try await store.start(Nonce(serial), at: .second(1), terms: .once)
                                    return (serial, nil)
                                } catch {
                                    return (serial, error)
                                }
                            }
                        }
                        for await (serial, error) in group {
                            if let error { failure = error } else { started.insert(serial) }
                        }
                    }
                }
                guard case .unavailable = failure else {
                    Issue.record("the disk did not become full: \(failure as Any)")
                    return
                }
                #expect(started.count > 500)
                try server.resizeWAL(to: 200)
                // It may have come back by itself meanwhile.
                _ = try? server.stop("immediate")
                try server.start(settings)
                let next = try await Self.retrying {
                    try await store.start(Nonce(.max), at: .second(2), terms: .once)
                }
                #expect(next == .started(at: .second(2)))
                let there = try await store.history(of: .first)
                #expect(started.allSatisfy { there[Serial(rawValue: $0)] != nil })
                await store.close()
            }

            @Test func `of several hosts the one that takes writes is used, and a standby alone is refused`()
                async throws
            {
                let primary = try PostgresServer.start()
                let database = try await Database(on: primary)
                let standby = try PostgresServer.standby(of: primary)
                let mistaken = try await PostgresStore.open(
                    StoreAddress(PostgresServer.uri(standby.directory, database: database.name)))
                guard case .unavailable = mistaken.failure else {
                    Issue.record("\(mistaken.failure as Any)")
                    return
                }
                await #expect(throws: ConsumptionError.self) {
                    try await mistaken.start(Nonce(1), at: .second(1), terms: .once)
                }
                await mistaken.close()
                let both = PostgresServer.uri(standby.directory, primary.directory, database: database.name)
                let store = try await PostgresStore.open(StoreAddress(both))
                #expect(try await store.start(Nonce(1), at: .second(1), terms: .once) == .started(at: .second(1)))
                await store.close()
            }

            @Test func `a server that becomes read-only is left, and nothing is consumed there`() async throws {
                let server = try PostgresServer.start()
                let database = try await Database(on: server)
                let store = try await database.open()
                _ = try await store.start(Nonce(0), at: .second(1), terms: .once)
                try server.sql("ALTER SYSTEM SET default_transaction_read_only = on")
                try server.sql("SELECT pg_reload_conf()")
                try server.wait("SHOW default_transaction_read_only", is: "on")
                await #expect(throws: ConsumptionError.self) {
                    try await store.start(Nonce(1), at: .second(1), terms: .once)
                }
                try server.sql("ALTER SYSTEM RESET default_transaction_read_only")
                try server.sql("SELECT pg_reload_conf()")
                let outcome = try await Self.retrying { try await store.start(Nonce(1), at: .second(2), terms: .once) }
                #expect(outcome == .started(at: .second(2)))
                await store.close()
            }
        }
    }
#endif
