import Cryptography
import LinkToken
import Trust

/// How following bundles goes: what `/readyz` and `/metrics` say of it.
public struct BundleStatus: Sendable {
    /// Of the bundle in force.
    public internal(set) var sequence: UInt64
    /// The root key that signed it.
    public internal(set) var root: KeyID
    public internal(set) var issuedAt: UnixTime
    public internal(set) var nextUpdate: UnixTime
    /// Whether the bundle comes from the edge's own record, because the source gave none since it was started.
    public internal(set) var isFromRecord: Bool
    /// When the source last gave the bundle in force; nil when it has not since the start.
    public internal(set) var confirmedAt: UnixTime?
    /// Why the last poll gave nothing; nil when it was good.
    public internal(set) var lastRefusal: BundleRefusal?
    /// Bundles that were refused since the start, by code.
    public internal(set) var refusals: [String: Int] = [:]
    /// Polls since the start that brought no bundle to look at, by code.
    public internal(set) var fetchFailures: [String: Int] = [:]
    /// Bundles put in force since the start, the first included.
    public internal(set) var accepted = 0
    /// Keys of the bundle in force that signatures are verified with tables of.
    public internal(set) var preparedKeys = 0
    /// Polls that failed since one last succeeded.
    public internal(set) var failuresInARow = 0

    init(_ bundle: VerifiedBundle, isFromRecord: Bool) {
        sequence = bundle.bundle.sequence
        root = bundle.root.id
        issuedAt = bundle.bundle.issuedAt
        nextUpdate = bundle.bundle.nextUpdate
        self.isFromRecord = isFromRecord
    }

    mutating func accept(_ bundle: VerifiedBundle, at now: UnixTime) {
        sequence = bundle.bundle.sequence
        root = bundle.root.id
        issuedAt = bundle.bundle.issuedAt
        nextUpdate = bundle.bundle.nextUpdate
        accepted += 1
        confirm(at: now)
    }

    mutating func confirm(at now: UnixTime) {
        confirmedAt = now
        isFromRecord = false
        lastRefusal = nil
        failuresInARow = 0
    }

    mutating func refuse(_ refusal: BundleRefusal) {
        lastRefusal = refusal
        if refusal.isFetchFailure {
            fetchFailures[refusal.code, default: 0] += 1
        } else {
            refusals[refusal.code, default: 0] += 1
        }
        failuresInARow += 1
    }
}
