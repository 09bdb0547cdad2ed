import TestSupport

#if PostgreSQL
    import Consumption
    import ConsumptionModel
    import ConsumptionPostgres
    import Glibc
    import LinkToken

    struct Worker: Sendable {
        let store: PostgresStore
        let links: UInt32
        let starts: Int
        let seed: UInt64

        private static let inFlight = 512

        /// The serials that this worker was given.
        func run() async throws -> [UInt32] {
            let all = serials()
            let share = (starts + Self.inFlight - 1) / Self.inFlight
            return try await withThrowingTaskGroup(of: [UInt32].self) { group in
                for first in stride(from: 0, to: starts, by: share) {
                    group.addTask { try await start(all[first..<min(first + share, starts)]) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
        }

        private func start(_ serials: ArraySlice<UInt32>) async throws -> [UInt32] {
            var started: [UInt32] = []
            for serial in serials {
                let nonce = Nonce(distribution: DistributionID(rawValue: 1)!, serial: Serial(rawValue: serial))
                let now = UnixTime(rawValue: UInt32(time(nil)))
                let terms = StartTerms(mayBegin: true, resume: .standard)
                if case .started = try await store.start(nonce, at: now, terms: terms) { started.append(serial) }
            }
            return started
        }

        /// All links in an order of its own, again and again.
        private func serials() -> [UInt32] {
            var generator = SeededGenerator(seed: seed)
            var all: [UInt32] = []
            while all.count < starts { all += (0..<links).shuffled(using: &generator) }
            return Array(all[..<starts])
        }
    }
#endif
