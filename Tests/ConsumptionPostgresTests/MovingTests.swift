import TestSupport

#if PostgreSQL
    import Consumption
    import ConsumptionLog
    import ConsumptionModel
    import ConsumptionPostgres
    import LinkToken
    import PostgresCluster
    import Testing

    extension `PostgreSQL` {
        @Suite struct `Moving` {
            static let server = Result { try PostgresServer.start() }
            let directory = Directory()

            /// A file log with starts, finishes and resets from a seed.
            private func makeLog(seed: UInt64, events: Int) async throws -> String {
                let path = "\(directory.path)/edge.log"
                let log = try ConsumptionLog.open(at: path, mode: .existingOrNew)
                var generator = SeededGenerator(seed: seed)
                // Many at a time, for the sake of the disk: what came of it is read from the log.
                for first in stride(from: 0, to: UInt32(events), by: 1000) {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for step in first..<min(first + 1000, UInt32(events)) {
                            let distribution: DistributionID = generator.chance(500) ? .first : .second
                            let nonce = Nonce(UInt32(generator.below(events / 2)), of: distribution)
                            let kind = generator.below(20)
                            let details = generator.startDetails()
                            group.addTask {
                                switch kind {
                                case 0..<12:
                                    _ = try await log.start(
                                        nonce, at: .second(step), details: details, terms: .standard)
                                case 12..<19: _ = try await log.finish(nonce, at: .second(step))
                                default: _ = try await log.reset(nonce, at: .second(step))
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                }
                await log.close()
                return path
            }

            private func model(of path: String) throws -> ReferenceModel {
                var model = ReferenceModel()
                try LogReader(path: path).forEachEvent { model.apply($0) }
                return model
            }

            private func resets(of path: String) throws -> [LinkEvent] {
                var resets: [LinkEvent] = []
                try LogReader(path: path).forEachEvent { if $0.kind == .reset { resets.append($0) } }
                return resets
            }

            @Test func `a log that went in and came out again says the same, resets included`() async throws {
                let database = try await Database(on: Self.server.get())
                let path = try await makeLog(seed: 1, events: 30_000)
                let store = try await database.open()
                let report = try await store.takeOver(LogReader(path: path).histories())
                let expected = try model(of: path)
                #expect(report.links == expected.links.count)
                #expect(report.added == expected.links.count)
                #expect(report.changed == 0)
                for distribution in [DistributionID.first, .second] {
                    #expect(try await store.counts(of: distribution) == expected.counts(of: distribution))
                    let history = try await store.history(of: distribution)
                    for (nonce, link) in expected.links where nonce.distribution == distribution {
                        #expect(
                            history[nonce.serial]
                                == LinkHistory(
                                    startedAt: link.start, details: link.details, finishedAt: link.finish))
                    }
                }
                let back = "\(directory.path)/back.log"
                let count = try await ConsumptionLog.write(store, to: back)
                #expect(try model(of: back) == expected)
                let (before, after) = (try resets(of: path), try resets(of: back))
                #expect(!before.isEmpty)
                #expect(Set(before) == Set(after))
                #expect(before.count == after.count)
                let log = try ConsumptionLog.open(at: back)
                #expect(log.recovery.records == count)
                await log.close()
                await #expect(throws: ConsumptionError.alreadyExists(path: back)) {
                    try await ConsumptionLog.write(store, to: back)
                }
                await store.close()
            }

            @Test func `importing again writes nothing, and adds only what came since`() async throws {
                let database = try await Database(on: Self.server.get())
                let path = try await makeLog(seed: 2, events: 2000)
                let store = try await database.open()
                _ = try await store.takeOver(LogReader(path: path).histories())
                let before = try database.sql("SELECT sum(xmin::text::bigint) FROM linkseal_link")
                let again = try await store.takeOver(LogReader(path: path).histories())
                #expect(again.added == 0)
                #expect(again.changed == 0)
                #expect(try database.sql("SELECT sum(xmin::text::bigint) FROM linkseal_link") == before)

                let log = try ConsumptionLog.open(at: path)
                _ = try await log.start(Nonce(.max), at: .second(9000), terms: .standard)
                await log.close()
                #expect(try await store.takeOver(LogReader(path: path).histories()).added == 1)
                await store.close()
            }

            @Test func `the earlier start and the earlier finish count, and a reset is not undone`() async throws {
                let database = try await Database(on: Self.server.get())
                let path = "\(directory.path)/edge.log"
                let log = try ConsumptionLog.open(at: path, mode: .existingOrNew)
                for serial in 1...4 as ClosedRange<UInt32> {
                    _ = try await log.start(Nonce(serial), at: .second(100), terms: .standard)
                }
                _ = try await log.finish(Nonce(1), at: .second(200))
                await log.close()
                let store = try await database.open()
                _ = try await store.start(Nonce(1), at: .second(50), terms: .standard)
                _ = try await store.start(Nonce(2), at: .second(150), terms: .standard)
                _ = try await store.finish(Nonce(2), at: .second(160))
                let report = try await store.takeOver(LogReader(path: path).histories())
                #expect(report.added == 2)
                #expect(report.changed == 2)
                let history = try await store.history(of: .first)
                #expect(history[Serial(rawValue: 1)] == LinkHistory(startedAt: .second(50), finishedAt: .second(200)))
                #expect(history[Serial(rawValue: 2)] == LinkHistory(startedAt: .second(100), finishedAt: .second(160)))
                #expect(try await store.reset(Nonce(3), at: .second(300)) == .reset)
                let again = try await store.takeOver(LogReader(path: path).histories())
                #expect(again.added + again.changed == 0)
                #expect(try await store.state(of: Nonce(3)) == .unused)
                await store.close()
            }

            @Test func `finishes that an export proves are taken over, also of links that never started here`()
                async throws
            {
                let database = try await Database(on: Self.server.get())
                let store = try await database.open()
                _ = try await store.start(Nonce(1), at: .second(100), terms: .standard)
                var histories = LinkHistories()
                for serial in [1, 2] as [UInt32] {
                    let history = LinkHistory(startedAt: .second(100), finishedAt: .second(150))
                    histories.add(history, of: Nonce(serial))
                }
                let report = try await store.takeOver(histories)
                #expect(report.links == 2 && report.added == 1 && report.changed == 1)
                for serial in [1, 2] as [UInt32] {
                    #expect(try await store.state(of: Nonce(serial)) == .finished(startedAt: .second(100)))
                }
                let again = try await store.takeOver(histories)
                #expect(again.added + again.changed == 0)
                await store.close()
            }

            @Test func `a store serves while it takes a log over`() async throws {
                let database = try await Database(on: Self.server.get())
                let path = try await makeLog(seed: 3, events: 40_000)
                let store = try await database.open()
                let importing = Task { try await store.takeOver(LogReader(path: path).histories()) }
                var started = 0
                let other = DistributionID(rawValue: 77)!
                for serial in 0..<200 as Range<UInt32> {
                    let outcome = try await store.start(Nonce(serial, of: other), at: .second(1), terms: .once)
                    if outcome == .started(at: .second(1)) { started += 1 }
                }
                #expect(started == 200)
                let report = try await importing.value
                #expect(try await store.counts(of: other).started == 200)
                let all = try await store.counts(of: .first).started + store.counts(of: .second).started
                #expect(all == report.links)
                await store.close()
            }

            @Test(arguments: EventFormat.allCases)
            func `the text of a store is that of a log with the same events`(format: EventFormat)
                async throws
            {
                let database = try await Database(on: Self.server.get())
                let path = "\(directory.path)/edge.log"
                let log = try ConsumptionLog.open(at: path, mode: .existingOrNew)
                let store = try await database.open()
                for target in [log, store] as [any ConsumptionStore] {
                    _ = try await target.start(Nonce(9), at: .second(1), terms: .standard)
                    _ = try await target.reset(Nonce(9), at: .second(2))
                    for serial in 1...3 as ClosedRange<UInt32> {
                        _ = try await target.start(Nonce(serial), at: .second(serial), terms: .standard)
                        _ = try await target.finish(Nonce(serial), at: .second(10 + serial))
                    }
                    _ = try await target.start(Nonce(1, of: .second), at: .second(5), terms: .standard)
                }
                await log.close()
                var (expected, text) = ("", "")
                try await LogReader(path: path).export(as: format, distribution: .first) { expected += $0 }
                try await store.export(as: format, distribution: .first) { text += $0 }
                #expect(text == expected)
                try await store.export(as: format) { text = $0 }
                #expect(text.contains("\(DistributionID.second)"))
                await store.close()
            }
        }
    }

    /// A directory that goes away with its last reference.
    final class Directory: Sendable {
        let path: String

        init() {
            path = String(try! Command.run(["mktemp", "-d", "/tmp/linkseal-moving-XXXXXX"]).dropLast())
        }

        deinit {
            _ = try? Command.run(["rm", "-r", path])
        }
    }
#endif
