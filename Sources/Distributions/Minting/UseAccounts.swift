import Consumption
import ConsumptionLog
import Files
import LinkToken

/// The records that say which links were used: the logs of one or more edges, or the store that they share.
///
/// ```swift
/// let uses = try await UseAccounts(of: workspace).uses(of: distribution)
/// ```
///
/// A link that several accounts know counts once, with its earliest start and its earliest finish.
public struct UseAccounts: Sendable {
    /// Hands every event of an account to a closure.
    public typealias Reader =
        @Sendable (_ distribution: DistributionID?, _ take: (LinkEvent) -> Void) async throws -> Void

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
    public func uses(of distribution: Distribution) async throws -> DistributionHistory {
        try await uses(of: [distribution], reading: distribution.id)[distribution.id] ?? DistributionHistory()
    }

    /// What is known of the links of several, in one pass over each account.
    public func uses(of distributions: [Distribution]) async throws -> [DistributionID: DistributionHistory] {
        try await uses(of: distributions, reading: nil)
    }

    private func uses(
        of distributions: [Distribution], reading id: DistributionID?
    ) async throws -> [DistributionID: DistributionHistory] {
        let contacts = Dictionary(distributions.map { ($0.id, $0.contacts) }, uniquingKeysWith: max)
        let changes = Dictionary(distributions.map { ($0.id, $0.linkChanges) }, uniquingKeysWith: { $1 })
        var all = contacts.mapValues { _ in DistributionHistory() }
        for read in try readers() {
            var found: [DistributionID: DistributionHistory] = [:]
            try await read(id) { (event) in
                // A link that no contact has is counted nowhere.
                guard let count = contacts[event.nonce.distribution], event.nonce.serial.rawValue < count else {
                    return
                }
                found[event.nonce.distribution, default: DistributionHistory()].apply(event)
            }
            for (id, var history) in found {
                // Before merging: the account in which a link was used again knows nothing of the use before.
                for (serial, change) in changes[id] ?? [:] {
                    if let time = change.reopenedAt { history.reopen(serial, at: time) }
                }
                all[id]?.merge(history)
            }
        }
        return all
    }

    /// What changes whenever an account does, at the cost of asking for the state of its files. Nil for a store.
    package var revision: [FileFingerprint?]? {
        guard case .logs(let logs) = source else { return nil }
        // Counting says why they can't be told.
        return (try? logs())?.map { FileFingerprint(path: $0) } ?? []
    }
}
