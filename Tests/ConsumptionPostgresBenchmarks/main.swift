#if PostgreSQL
    import ConsumptionPostgres
    import Glibc
    import PostgresCluster

    // Durable starts a second against one local PostgreSQL, beside pgbench's one-row inserts into the same server.
    //
    //     swift run -c release --traits PostgreSQL ConsumptionPostgresBenchmarks

    /// At once, and not when a buffer is full.
    func report(_ items: String...) {
        let line = Array((items.joined(separator: " ") + "\n").utf8)
        _ = write(1, line, line.count)
    }

    let seconds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 5
    let comparison = Comparison(server: try PostgresServer.start(), seconds: seconds)
    let server = comparison.server
    _ = try await PostgresStore.migrate(StoreAddress(server.uri))

    var oneRow: [Int: Double] = [:]
    for clients in [1, 16, 64] {
        oneRow[clients] = try comparison.pgbench(clients: clients)
        report("pgbench, one-row inserts, \(clients) clients: \(Int(oneRow[clients]!))/s")
    }
    for (index, inFlight) in [1, 16, 64, 256, 1024, 4096].enumerated() {
        let (rate, metrics) = try await comparison.starts(inFlight: inFlight, distribution: UInt64(index + 1))
        let ratios = oneRow.sorted { $0.key < $1.key }.map { "\(Double(Int(rate / $1 * 10)) / 10) × \($0)" }
        report(
            "starts, \(inFlight) in flight: \(Int(rate))/s, \(metrics.sessions) sessions, \(metrics.roundSizes.count) rounds;",
            "times pgbench with … clients: \(ratios.joined(separator: ", "))")
    }
    report(
        "bytes per link:",
        try server.sql("SELECT pg_total_relation_size('linkseal_link') / count(*) FROM linkseal_link"))
#else
    print("build with --traits PostgreSQL")
#endif
