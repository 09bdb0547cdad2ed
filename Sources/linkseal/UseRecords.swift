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

    /// The accounts that were asked for: by default the log of the workspace.
    func accounts(in workspace: Workspace) throws -> UseAccounts {
        #if PostgreSQL
            if let address = try store.address() { return UseAccounts(storeAt: address) }
        #else
            try store.refuse()
        #endif
        return UseAccounts(logs: log.isEmpty ? [workspace.consumptionLogPath] : log)
    }

    /// What is known of the links of a distribution.
    func uses(of distribution: Distribution, in workspace: Workspace) async throws -> LinkUses {
        try await accounts(in: workspace).uses(of: distribution)
    }

    /// How many links of each distribution were started and finished.
    func counts(
        of distributions: [Distribution], in workspace: Workspace
    ) async throws -> [DistributionID: ConsumptionCounts] {
        try await accounts(in: workspace).uses(of: distributions).mapValues(\.counts)
    }
}

#if PostgreSQL
    extension UseAccounts {
        init(storeAt address: StoreAddress) {
            self.init { (distribution, record) in
                try await withStore(address) { (opened) in
                    try await opened.forEachRecord(of: distribution) { record($0) }
                }
            }
        }
    }
#endif

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
