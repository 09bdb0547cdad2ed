#if PostgreSQL
    import Consumption
    import ConsumptionPostgres
    import Glibc
    import LinkToken
    import PostgresCluster
    import Testing

    extension `PostgreSQL` {
        @Suite struct `Two processes` {
            /// `LINKSEAL_LINKS` is how many links they compete for; each starts every link once.
            static let links = Int(number("LINKSEAL_LINKS") ?? 20_000)

            @Test func `of two starts of every link from two processes exactly one is started`() async throws {
                let database = try await Database(on: PostgresServer.start())
                let links = Self.links
                let workers = try (1...2).map { seed in
                    try Command([Self.executable, database.uri, String(links), String(links), String(seed)])
                }
                let outputs = await withTaskGroup(of: (status: Int32, output: String).self) { group in
                    for worker in workers { group.addTask { worker.end() } }
                    return await group.reduce(into: [(status: Int32, output: String)]()) { $0.append($1) }
                }
                var started: [Int] = []
                for (status, output) in outputs {
                    #expect(status == 0, "\(output.suffix(1000))")
                    let serials = output.split(separator: "\n").compactMap { Int($0) }
                    #expect(serials.count > links / 20, "one process got hardly any")
                    started += serials
                }
                #expect(started.count == links)
                #expect(Set(started) == Set(0..<links))
                let store = try await database.open()
                let counts = try await store.counts(of: DistributionID(rawValue: 1)!)
                #expect(counts == ConsumptionCounts(started: links, finished: 0))
                await store.close()
            }

            /// Beside the executable that runs the tests.
            private static let executable: String = {
                var path = [CChar](repeating: 0, count: 4096)
                let count = readlink("/proc/self/exe", &path, path.count)
                let own = String(decoding: path[..<max(0, count)].map(UInt8.init(bitPattern:)), as: UTF8.self)
                return own.prefix(through: own.lastIndex(of: "/")!) + "ConsumptionPostgresWorker"
            }()
        }
    }
#endif
