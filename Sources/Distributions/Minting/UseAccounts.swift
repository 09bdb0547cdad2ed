import Consumption
import ConsumptionLog
import Glibc
import LinkToken

/// The records that say which links were used: the logs of one or more edges, or the store that they share.
///
/// ```swift
/// let uses = try await UseAccounts(of: workspace).uses(of: distribution)
/// ```
///
/// A link that several accounts know counts once, with its earliest start and its earliest finish.
public struct UseAccounts: Sendable {
    /// Hands every record of an account to a closure.
    public typealias Reader =
        @Sendable (_ distribution: DistributionID?, _ record: (LinkEvent) -> Void) async throws ->
        Void

    private enum Source: Sendable {
        case logs(@Sendable () throws(DistributionsError) -> [String])
        case store(Reader)
    }

    private let source: Source

    /// The workspace's log, and what was fetched from the edges that are registered at the time of counting.
    public init(of workspace: Workspace) {
        source = .logs { () throws(DistributionsError) in
            [workspace.consumptionLogPath] + (try workspace.edges.logs())
        }
    }

    /// - Parameter logs: the paths of consumption logs, which may be in use meanwhile.
    public init(logs: [String]) {
        source = .logs { logs }
    }

    /// - Parameter store: reads the one account that there is, of one distribution or of all.
    public init(store: @escaping Reader) {
        source = .store(store)
    }

    private func readers() throws -> [Reader] {
        switch source {
        case .store(let reader): [reader]
        case .logs(let logs):
            try logs().map { (path) in { (_, record) in try LogReader(path: path).forEachEvent { record($0) } } }
        }
    }

    /// What is known of the links of a distribution.
    public func uses(of distribution: Distribution) async throws -> LinkUses {
        var uses = LinkUses(of: distribution)
        for read in try readers() {
            var found = LinkUses(of: distribution)
            try await read(distribution.id) { found.record($0) }
            uses.merge(found)
        }
        return uses
    }

    /// What is known of the links of several, in one pass over each account.
    public func uses(of distributions: [Distribution]) async throws -> [DistributionID: LinkUses] {
        let none = Dictionary(uniqueKeysWithValues: distributions.map { ($0.id, LinkUses(of: $0)) })
        var all = none
        for read in try readers() {
            var found = none
            try await read(nil) { found[$0.nonce.distribution]?.record($0) }
            all.merge(found) { (mine, theirs) in
                var merged = mine
                merged.merge(theirs)
                return merged
            }
        }
        return all
    }

    /// What changes whenever an account does, at the cost of asking for the state of its files. Nil for a store.
    public var revision: [UseRevision]? {
        guard case .logs(let logs) = source else { return nil }
        // Counting says why they can't be told.
        return (try? logs())?.map { UseRevision(of: $0) } ?? []
    }
}

/// The state of a log's file: as long as it is the same, so are the records.
public struct UseRevision: Hashable, Sendable {
    private let inode: UInt64
    private let byteCount: Int64
    private let changed: [Int]

    init(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            (inode, byteCount, changed) = (0, -1, [])
            return
        }
        inode = UInt64(status.st_ino)
        byteCount = Int64(status.st_size)
        // A log that was preallocated grows without getting longer.
        changed = [Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec)]
    }
}
