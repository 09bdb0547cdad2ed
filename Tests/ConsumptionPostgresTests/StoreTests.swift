#if PostgreSQL
    import Consumption
    import ConsumptionLog
    import ConsumptionModel
    import ConsumptionPostgres
    import LinkToken
    import PostgresCluster
    import Testing

    /// Either implementation, so that both are held to the same words.
    enum StoreKind: CaseIterable {
        case file, postgres
    }

    extension `PostgreSQL` {
        @Suite struct `Every store` {
            static let server = Result { try PostgresServer.start() }

            /// Hands an empty store to the body.
            private func with(_ kind: StoreKind, _ body: (any ConsumptionStore) async throws -> Void) async throws {
                switch kind {
                case .postgres:
                    let store = try await Database(on: Self.server.get()).open()
                    try await body(store)
                    await store.close()
                case .file:
                    let directory = try Command.run(["mktemp", "-d"]).dropLast()
                    let log = try ConsumptionLog.open(at: "\(directory)/consumption.log", mode: .existingOrNew)
                    try await body(log)
                    await log.close()
                    try Command.run(["rm", "-r", String(directory)])
                }
            }

            @Test(arguments: StoreKind.allCases)
            func `starts once, resumes within the window, and refuses after it`(kind: StoreKind) async throws {
                try await with(kind) { store in
                    let terms = StartTerms(mayBegin: true, resume: .within(seconds: 60))
                    #expect(try await store.start(Nonce(1), at: .second(0), terms: terms) == .started(at: .second(0)))
                    #expect(
                        try await store.start(Nonce(1), at: .second(59), terms: terms)
                            == .resumed(startedAt: .second(0)))
                    #expect(
                        try await store.start(Nonce(1), at: .second(60), terms: terms)
                            == .refused(.incompleteWindowOver))
                    #expect(try await store.start(Nonce(1), at: .second(60), terms: .once) == .refused(.alreadyStarted))
                    let always = StartTerms(mayBegin: true, resume: .untilFinished)
                    let late = try await store.start(Nonce(1), at: .second(1 << 28), terms: always)
                    #expect(late == .resumed(startedAt: .second(0)))
                    #expect(try await store.state(of: Nonce(1)) == .started(at: .second(0)))
                }
            }

            @Test(arguments: StoreKind.allCases)
            func `a reopened link is started once more, by one of many, and never again`(kind: StoreKind) async throws {
                try await with(kind) { store in
                    _ = try await store.start(Nonce(1), at: .second(0), terms: .once)
                    _ = try await store.finish(Nonce(1), at: .second(5))
                    let terms = StartTerms(mayBegin: true, resume: .never, reopenedAt: .second(500))
                    let expired = StartTerms(mayBegin: false, resume: .never, reopenedAt: .second(500))
                    #expect(try await store.start(Nonce(1), at: .second(510), terms: expired) == .refused(.expired))
                    #expect(try await store.state(of: Nonce(1)) == .finished(startedAt: .second(0)))
                    // The clock of the edge is behind the admin's.
                    let outcomes = try await withThrowingTaskGroup(of: StartOutcome.self) { (tasks) in
                        for _ in 0..<50 {
                            tasks.addTask { try await store.start(Nonce(1), at: .second(490), terms: terms) }
                        }
                        return try await tasks.reduce(into: []) { $0.append($1) }
                    }
                    #expect(outcomes.count { $0 == .started(at: .second(500)) } == 1)
                    #expect(outcomes.count { $0 == .resumed(startedAt: .second(500)) } == 49)
                    #expect(try await store.counts(of: .first) == ConsumptionCounts(started: 1, finished: 0))
                    for second in [440, 499, 560, 10_000] as [UInt32] {
                        let again = try await store.start(Nonce(1), at: .second(second), terms: terms)
                        let isGrace = second < 560
                        #expect(again == (isGrace ? .resumed(startedAt: .second(500)) : .refused(.alreadyStarted)))
                    }
                    _ = try await store.finish(Nonce(1), at: .second(600))
                    #expect(
                        try await store.start(Nonce(1), at: .second(601), terms: terms) == .refused(.alreadyFinished))
                    // A second reopening.
                    let again = StartTerms(mayBegin: true, resume: .never, reopenedAt: .second(700))
                    #expect(
                        try await store.start(Nonce(1), at: .second(800), terms: again) == .started(at: .second(800)))
                    // One that was never used before.
                    #expect(try await store.start(Nonce(2), at: .second(1), terms: terms) == .started(at: .second(500)))
                    #expect(
                        try await store.start(Nonce(2), at: .second(2), terms: terms)
                            == .resumed(startedAt: .second(500)))
                }
            }

            @Test(arguments: StoreKind.allCases)
            func `a start that is repeated within a minute gets the answer of the first, whatever the policy`(
                kind: StoreKind
            ) async throws {
                try await with(kind) { store in
                    let brief = StartTerms(mayBegin: true, resume: .within(seconds: 30))
                    let once = StartTerms(mayBegin: false, resume: .never)
                    let first = UnixTime.second(1000)
                    _ = try await store.start(Nonce(1), at: first, terms: .once)
                    for terms in [StartTerms.once, brief, .standard, once] {
                        for second in [941, 999, 1000, 1031, 1059] as [UInt32] {
                            #expect(
                                try await store.start(Nonce(1), at: .second(second), terms: terms)
                                    == .resumed(startedAt: first))
                        }
                    }
                    for second in [0, 940, 1060] as [UInt32] {
                        #expect(
                            try await store.start(Nonce(1), at: .second(second), terms: .once)
                                == .refused(.alreadyStarted))
                    }
                    #expect(
                        try await store.start(Nonce(1), at: .second(1060), terms: brief)
                            == .refused(.incompleteWindowOver))
                    _ = try await store.finish(Nonce(1), at: .second(1001))
                    #expect(
                        try await store.start(Nonce(1), at: .second(1002), terms: .once) == .refused(.alreadyFinished))
                }
            }

            @Test(arguments: StoreKind.allCases)
            func `expiry limits the first start and not resuming`(kind: StoreKind) async throws {
                try await with(kind) { store in
                    #expect(try await store.start(Nonce(1), at: .second(0), terms: .expired) == .refused(.expired))
                    #expect(try await store.state(of: Nonce(1)) == .unused)
                    _ = try await store.start(Nonce(1), at: .second(1), terms: .standard)
                    let again = try await store.start(Nonce(1), at: .second(2), terms: .expired)
                    #expect(again == .resumed(startedAt: .second(1)))
                }
            }

            @Test(arguments: StoreKind.allCases)
            func `finishing is idempotent, needs a start, and ends the link`(kind: StoreKind) async throws {
                try await with(kind) { store in
                    #expect(try await store.finish(Nonce(1), at: .second(1)) == .notStarted)
                    _ = try await store.start(Nonce(1), at: .second(2), terms: .standard)
                    #expect(try await store.finish(Nonce(1), at: .second(3)) == .finished(startedAt: .second(2)))
                    #expect(try await store.finish(Nonce(1), at: .second(4)) == .alreadyFinished(startedAt: .second(2)))
                    #expect(
                        try await store.start(Nonce(1), at: .second(5), terms: .standard) == .refused(.alreadyFinished))
                    #expect(try await store.state(of: Nonce(1)) == .finished(startedAt: .second(2)))
                }
            }

            @Test(arguments: StoreKind.allCases)
            func `a reset makes a link usable again, and counts are of one distribution`(kind: StoreKind) async throws {
                try await with(kind) { store in
                    #expect(try await store.reset(Nonce(1), at: .second(0)) == .wasUnused)
                    for serial in 1...3 as ClosedRange<UInt32> {
                        _ = try await store.start(Nonce(serial), at: .second(1), terms: .standard)
                        _ = try await store.start(Nonce(serial, of: .second), at: .second(1), terms: .standard)
                    }
                    _ = try await store.finish(Nonce(1), at: .second(2))
                    #expect(try await store.counts(of: .first) == ConsumptionCounts(started: 3, finished: 1))
                    #expect(try await store.reset(Nonce(1), at: .second(3)) == .reset)
                    #expect(try await store.counts(of: .first) == ConsumptionCounts(started: 2, finished: 0))
                    #expect(try await store.counts(of: .second) == ConsumptionCounts(started: 3, finished: 0))
                    #expect(
                        try await store.start(Nonce(1), at: .second(4), terms: .standard) == .started(at: .second(4)))
                }
            }

            @Test func `the details of a start are kept, also of one that is reset`() async throws {
                let store = try await Database(on: Self.server.get()).open()
                let starts = UserAgentClass.allCases.enumerated().map {
                    (Nonce(UInt32($0)), StartDetails(startedBy: $1))
                }
                for (nonce, details) in starts {
                    _ = try await store.start(nonce, at: .second(1), details: details, terms: .standard)
                    // It only resumes the survey.
                    _ = try await store.start(
                        nonce, at: .second(2), details: StartDetails(startedBy: .scanner), terms: .standard)
                }
                let history = try await store.history(of: .first)
                for (nonce, details) in starts { #expect(history[nonce.serial]?.details == details) }
                let (reset, details) = starts[2]
                _ = try await store.reset(reset, at: .second(3))
                var events: [LinkEvent] = []
                try await store.forEachEvent { if $0.nonce == reset { events.append($0) } }
                #expect(events.map(\.kind) == [.started, .reset])
                #expect(events.first?.details == details)
                await store.close()
            }

            @Test(arguments: StoreKind.allCases)
            func `the ends of all ranges are held, and no other time is recorded`(kind: StoreKind) async throws {
                try await with(kind) { (store) async throws in
                    let all = DistributionID(rawValue: .max)!
                    let middle = DistributionID(rawValue: 1 << 63)!
                    for (index, seconds) in ([1_577_836_800, 3_725_320_446] as [UInt32]).enumerated() {
                        let time = UnixTime(rawValue: seconds)
                        for nonce in [Nonce(UInt32(index), of: all), Nonce(.max - UInt32(index), of: middle)] {
                            #expect(try await store.start(nonce, at: time, terms: .standard) == .started(at: time))
                            #expect(try await store.finish(nonce, at: time) == .finished(startedAt: time))
                            #expect(try await store.state(of: nonce) == .finished(startedAt: time))
                        }
                    }
                    for seconds in [0, 1_577_836_799, 3_725_320_447, .max] as [UInt32] {
                        let time = UnixTime(rawValue: seconds)
                        await #expect(throws: ConsumptionError.timeOutOfRange(time)) {
                            try await store.start(Nonce(1), at: time, terms: .standard)
                        }
                    }
                    #expect(try await store.state(of: Nonce(1)) == .unused)
                }
            }

            @Test(arguments: StoreKind.allCases)
            func `of a thousand concurrent starts of one link exactly one is started`(kind: StoreKind) async throws {
                try await with(kind) { store in
                    let outcomes = try await withThrowingTaskGroup(of: StartOutcome.self) { group in
                        for caller in 0..<1000 as Range<UInt32> {
                            let terms: StartTerms = caller % 2 == 0 ? .standard : .once
                            group.addTask { try await store.start(Nonce(7), at: .second(caller % 60), terms: terms) }
                        }
                        return try await group.reduce(into: []) { $0.append($1) }
                    }
                    let winners = outcomes.compactMap { if case .started(let time) = $0 { time } else { nil } }
                    let winner = try #require(winners.first)
                    #expect(winners.count == 1)
                    #expect(outcomes.count { $0 == .resumed(startedAt: winner) } == 999)
                    #expect(try await store.counts(of: .first) == ConsumptionCounts(started: 1, finished: 0))
                }
            }

            @Test func `a closed store answers nothing, and closing twice is closing`() async throws {
                let store = try await Database(on: Self.server.get()).open()
                #expect(store.isAcceptingWrites)
                await store.close()
                await store.close()
                #expect(store.failure == .closed)
                await #expect(throws: ConsumptionError.closed) { try await store.state(of: Nonce(1)) }
                await #expect(throws: ConsumptionError.closed) { try await store.counts(of: .first) }
            }
        }
    }
#endif
