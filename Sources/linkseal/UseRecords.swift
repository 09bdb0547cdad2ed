import ArgumentParser
import ConsumptionLog
import ConsumptionPostgres
import Distributions
import LinkToken

/// Whose account of what was used is believed.
struct LogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A consumption log to read instead of the workspace's; can be given again.", valueName: "file"))
    var log: [String] = []

    @OptionGroup var store: StoreOptions

    func validate() throws {
        if !log.isEmpty, store.store != nil { throw ValidationError("Give --log or --store, not both.") }
    }

    /// Hands every event that is known to the body, one account after the other.
    private func forEachAccount(
        in workspace: Workspace, of distribution: DistributionID?,
        _ account: (_ read: ((LogRecord) -> Void) async throws -> Void) async throws -> Void
    ) async throws {
        #if PostgreSQL
            if let address = try store.address() {
                return try await withStore(address) { (opened) in
                    try await account { (body) in try await opened.forEachRecord(of: distribution) { body($0) } }
                }
            }
        #else
            try store.refuse()
        #endif
        for path in log.isEmpty ? [workspace.consumptionLogPath] : log {
            try await account { (body) in try LogReader(path: path).forEachRecord { body($0) } }
        }
    }

    /// What is known of the links of a distribution.
    func uses(of distribution: Distribution, in workspace: Workspace) async throws -> LinkUses {
        var uses = LinkUses(of: distribution)
        try await forEachAccount(in: workspace, of: distribution.id) { (read) in
            var found = LinkUses(of: distribution)
            try await read { found.record($0) }
            uses.merge(found)
        }
        return uses
    }

    /// How many links of each distribution were started and finished.
    func counts(
        of distributions: [Distribution], in workspace: Workspace
    ) async throws -> [DistributionID: ConsumptionCounts] {
        let none = Dictionary(uniqueKeysWithValues: distributions.map { ($0.id, LinkUses(of: $0)) })
        var all = none
        try await forEachAccount(in: workspace, of: nil) { (read) in
            var found = none
            try await read { found[$0.nonce.distribution]?.record($0) }
            all.merge(found) { (mine, theirs) in
                var merged = mine
                merged.merge(theirs)
                return merged
            }
        }
        return all.mapValues(\.counts)
    }
}

/// The shared store of more than one machine.
struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The PostgreSQL store that edges share; the password comes from PGPASSFILE or PGPASSWORD.",
            valueName: "postgres-url"))
    var store: String?

    #if PostgreSQL
        func address() throws(ConsumptionError) -> StoreAddress? {
            guard let store else { return nil }
            return try StoreAddress(store)
        }
    #else
        /// - Throws: when a store was asked for.
        func refuse() throws(Failure) {
            guard store == nil else { throw .withoutPostgreSQL }
        }
    #endif
}

extension Failure {
    static let withoutPostgreSQL = Failure(
        "this linkseal was built without PostgreSQL; build it with `swift build --traits PostgreSQL`")
}
