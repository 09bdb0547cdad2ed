// An edge without HTTP: starts links of a store, each of them as often as it is told, and prints the serials of those
// that were `started`.
//
// usage: ConsumptionPostgresWorker URI LINKS STARTS SEED

#if PostgreSQL
    import ConsumptionPostgres

    let arguments = CommandLine.arguments
    let worker = Worker(
        store: try await PostgresStore.open(StoreAddress(arguments[1])), links: UInt32(arguments[2])!,
        starts: Int(arguments[3])!, seed: UInt64(arguments[4])!)
    let started = try await worker.run()
    await worker.store.close()
    print(started.map(String.init).joined(separator: "\n"))
#else
    print("build with --traits PostgreSQL")
#endif
