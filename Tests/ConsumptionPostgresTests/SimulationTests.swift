import TestSupport

#if PostgreSQL
    import Consumption
    import ConsumptionModel
    import ConsumptionPostgres
    import LinkToken
    import PostgresCluster
    import Testing

    extension `PostgreSQL` {
        @Suite struct `Simulated cuts` {
            static let server = Result { try PostgresServer.start() }
            /// `LINKSEAL_SEED` runs one seed, `LINKSEAL_SEEDS` so many.
            static let seeds: Range<UInt64> = {
                if let seed = number("LINKSEAL_SEED") { return seed..<seed + 1 }
                return 0..<min(number("LINKSEAL_SEEDS") ?? 4, 10_000)
            }()

            @Test(arguments: seeds)
            func `whatever connection is cut at whatever moment, every answer is the model's`(seed: UInt64) async throws
            {
                let database = try await Database(on: Self.server.get())
                let proxy = try CuttingProxy(to: database.server.socket)
                let store = try await PostgresStore.open(StoreAddress(database.uri(through: proxy)))
                var simulation = Simulation(seed: seed, store: store)
                for round in 0..<60 {
                    proxy.cut(simulation.cut())
                    let differences = await simulation.round()
                    #expect(differences.isEmpty, "LINKSEAL_SEED=\(seed), round \(round): \(differences)")
                    if !differences.isEmpty { break }
                }
                #expect(proxy.cuts > 5, "the simulation hardly cuts")
                await store.close()
            }
        }
    }

    /// Calls from a seed, of which those for different links run at once.
    private struct Simulation {
        private var generator: SeededGenerator
        private var model = ReferenceModel()
        private var clock: UInt32 = 1_000_000
        private let store: PostgresStore

        init(seed: UInt64, store: PostgresStore) {
            generator = SeededGenerator(seed: seed)
            self.store = store
        }

        /// Few, so that calls meet.
        private static let nonces = [DistributionID.first, .second].flatMap { distribution in
            [0, 1, 2, 3, 1023, 1024, 70_000, .max].map { Nonce($0, of: distribution) }
        }

        mutating func cut() -> CuttingProxy.Cut? {
            switch generator.below(10) {
            case 0: .beforeRequest
            case 1: .withinRequest(bytes: generator.below(200))
            case 2, 3: .beforeAnswer
            case 4: .withinAnswer(bytes: generator.below(60))
            default: nil
            }
        }

        private enum Act: Sendable {
            case start(StartTerms)
            case finish, reset, state
        }

        private enum Answer: Hashable, Sendable {
            case start(StartOutcome)
            case finish(FinishOutcome)
            case reset(ResetOutcome)
            case state(LinkState)
            case failure(ConsumptionError)
        }

        /// What the store answered otherwise than the model.
        mutating func round() async -> [String] {
            var acts: [(Nonce, UnixTime, Act, Answer)] = []
            for nonce in Self.nonces.shuffled(using: &generator).prefix(1 + generator.below(12)) {
                // Clocks go backwards now and then.
                clock =
                    generator.chance(100) ? clock - UInt32(generator.below(500)) : clock + UInt32(generator.below(50))
                let time = UnixTime.second(clock)
                switch generator.below(20) {
                case 0..<11:
                    // On both sides of the grace.
                    let resumes: [ResumePolicy] = [.never, .within(seconds: 40), .within(seconds: 400), .untilFinished]
                    let resume = resumes[generator.below(resumes.count)]
                    let terms = StartTerms(
                        mayBegin: generator.chance(900), resume: resume, reopenedAt: generator.reopening(near: time))
                    acts.append((nonce, time, .start(terms), .start(model.start(nonce, at: time, terms: terms))))
                case 11..<16: acts.append((nonce, time, .finish, .finish(model.finish(nonce, at: time))))
                case 16..<18: acts.append((nonce, time, .reset, .reset(model.reset(nonce))))
                default: acts.append((nonce, time, .state, .state(model.state(of: nonce))))
                }
            }
            let store = store
            var differences = await withTaskGroup(of: String?.self) { group in
                for (nonce, time, act, expected) in acts {
                    group.addTask {
                        let answer = await Self.answer(nonce, time, act, store)
                        return answer == expected ? nil : "\(nonce) \(act) got \(answer) instead of \(expected)"
                    }
                }
                return await group.reduce(into: [String]()) { if let difference = $1 { $0.append(difference) } }
            }
            for distribution in [DistributionID.first, .second] {
                let counts = try? await store.counts(of: distribution)
                if counts != model.counts(of: distribution) { differences.append("counts are \(counts as Any)") }
            }
            return differences
        }

        private static func answer(_ nonce: Nonce, _ time: UnixTime, _ act: Act, _ store: PostgresStore) async -> Answer
        {
            do throws(ConsumptionError) {
                switch act {
                case .start(let terms): return .start(try await store.start(nonce, at: time, terms: terms))
                case .finish: return .finish(try await store.finish(nonce, at: time))
                case .reset: return .reset(try await store.reset(nonce, at: time))
                case .state: return .state(try await store.state(of: nonce))
                }
            } catch {
                return .failure(error)
            }
        }
    }
#endif
