import ArgumentParser
import Consumption
import ConsumptionPostgres
import Distributions
import LinkToken

/// Whose account of what was used is believed: by default the workspace's log together with the edges that are registered.
struct LogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A consumption log to read instead of the workspace's and its edges'; can be given again.",
            valueName: "file"))
    var log: [String] = []

    @OptionGroup var store: StoreOptions

    @Flag(help: "Count what was fetched from edges before, without fetching again.")
    var noFetch = false

    func validate() throws {
        if !log.isEmpty, store.store != nil { throw ValidationError("Give --log or --store, not both.") }
        if noFetch, !countsEdges { throw ValidationError("--no-fetch can't be combined with --log or --store.") }
    }

    var countsEdges: Bool { log.isEmpty && store.store == nil }

    /// The accounts that were asked for, after fetching from edges, with a warning about each edge that may be known badly.
    ///
    /// An edge that can't be reached stops nobody: what it has told before still counts, and the warning says as of when.
    /// All that is counted did happen; what is missing makes a link look less used than it is.
    func counted(in workspace: Workspace) async throws -> CountedUses {
        guard countsEdges else {
            return CountedUses(accounts: try chosenAccounts(), sources: chosenSources, at: .now)
        }
        let registry = workspace.edges
        let asked = try registry.all().filter { !$0.isRetired }
        if !noFetch, !asked.isEmpty {
            do {
                _ = try await registry.fetch(asked, limit: 10, patience: 5) { .now }
            } catch {
                warn("nothing was fetched from edges: \(advised(error))")
            }
        }
        var sources = [CountedUses.Source(name: "the log of this workspace")]
        for edge in try registry.all() {
            let standing = try registry.standing(of: edge)
            sources.append(CountedUses.Source(edge, standing))
            guard !edge.isRetired else { continue }
            if standing.isStale(at: .now) { warn(Self.warning(about: edge, standing)) }
        }
        return CountedUses(
            accounts: UseAccounts(of: workspace), sources: sources,
            outdatedEdges: try registry.outdated(at: .now).map(\.name), at: .now)
    }

    private static func warning(about edge: RemoteEdge, _ standing: EdgeStanding) -> TerminalText {
        let known: TerminalText =
            if let asOf = standing.asOf {
                "it is counted as of \(asOf), and people who have started or finished there since look as if they had not"
            } else {
                "nothing that was consumed there is counted"
            }
        return if let failure = standing.failure {
            "\(edge.name) could not be fetched: \(failure); \(known)"
        } else if standing.asOf == nil {
            "\(edge.name) was never fetched; \(known); run `linkseal edges fetch`"
        } else {
            "\(edge.name) was not fetched for more than an hour; \(known); run `linkseal edges fetch`"
        }
    }

    /// Those of --log or --store.
    func chosenAccounts() throws -> UseAccounts {
        #if PostgreSQL
            if let address = try store.address() { return UseAccounts(storeAt: address) }
        #else
            try store.refuse()
        #endif
        return UseAccounts(logs: log)
    }

    var chosenSources: [CountedUses.Source] {
        store.store != nil
            ? [CountedUses.Source(name: "the store that edges share")] : log.map { CountedUses.Source(name: $0) }
    }
}

/// What was counted, and as of when.
struct CountedUses {
    let accounts: UseAccounts
    let sources: [Source]
    /// Edges of which nothing is known, or nothing newer than an hour.
    let outdatedEdges: [String]
    /// When it is counted.
    let time: UnixTime

    init(accounts: UseAccounts, sources: [Source], outdatedEdges: [String] = [], at time: UnixTime) {
        self.accounts = accounts
        self.outdatedEdges = outdatedEdges
        self.sources = sources.map { (source) in
            var source = source
            if !source.isEdge { source.asOf = time.description }
            return source
        }
        self.time = time
    }

    struct Source: Encodable {
        var source: String
        /// All that was consumed before is counted; nil for an edge of which that is known for no time.
        var asOf: String?
        var isEdge: Bool
        /// Why the edge is known badly.
        var failure: String?

        init(name: String) {
            source = name
            isEdge = false
        }

        init(_ edge: RemoteEdge, _ standing: EdgeStanding) {
            source = edge.name
            asOf = standing.asOf?.description
            isEdge = true
            failure = standing.failure
        }
    }

    /// Says where the numbers are from. With `--json` the result does.
    func say() {
        guard !Diagnostics.areJSON else { return }
        let names = sources.compactMap { (source) -> String? in
            guard source.isEdge else { return source.source }
            return source.asOf.map { "\(source.source) as of \($0)" }
        }
        let last = names.count > 1 ? " and \(names.last ?? "")" : " alone"
        note(
            "Counted at \(time) from \((names.count > 1 ? names.dropLast() : names[...]).joined(separator: ", "))\(last)."
        )
    }
}

#if PostgreSQL
    extension UseAccounts {
        init(storeAt address: StoreAddress) {
            self.init { (distribution, record) in
                try await withStore(address) { (opened) in
                    try await opened.forEachEvent(of: distribution) { record($0) }
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
        func refuse() throws(CommandError) {
            guard store == nil else { throw .withoutPostgreSQL }
        }
    #endif
}

extension CommandError {
    static let withoutPostgreSQL = CommandError(
        "this linkseal was built without PostgreSQL; build it with `swift build --traits PostgreSQL`")
}
