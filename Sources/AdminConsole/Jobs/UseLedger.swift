import Consumption
import Distributions
import Files
import LinkToken

/// What is known of the use of all links, read again only when an account or the distributions have changed: pages that
/// watch the counts ask every few seconds.
actor UseLedger {
    private let accounts: UseAccounts
    private var known: (key: Key, uses: [DistributionID: DistributionHistory])?
    private var reading: (key: Key, task: Task<[DistributionID: DistributionHistory], any Error>)?

    private struct Key: Hashable {
        let revision: [FileFingerprint?]?
        let counts: [DistributionID: Int]
        /// Links that were reopened: what is recorded of them counts no more.
        let changes: [DistributionID: [Serial: LinkChange]]
        /// A store does not say when it changes, so what it said is good for five seconds.
        let period: UInt32
    }

    init(_ accounts: UseAccounts) {
        self.accounts = accounts
    }

    func uses(of distributions: [Distribution], at now: UnixTime) async throws -> [DistributionID: DistributionHistory]
    {
        let revision = accounts.revision
        let key = Key(
            revision: revision,
            counts: Dictionary(distributions.map { ($0.id, $0.contacts) }, uniquingKeysWith: { $1 }),
            changes: Dictionary(distributions.map { ($0.id, $0.linkChanges) }, uniquingKeysWith: { $1 }),
            period: revision == nil ? now.rawValue / 5 : 0)
        if let known, known.key == key { return known.uses }
        let task: Task<[DistributionID: DistributionHistory], any Error>
        if let reading, reading.key == key {
            task = reading.task
        } else {
            task = Task { [accounts] in try await accounts.uses(of: distributions) }
            reading = (key, task)
        }
        defer { if reading?.key == key { reading = nil } }
        let uses = try await task.value
        known = (key, uses)
        return uses
    }
}
