import Consumption
import LinkToken

/// A line in the list of distributions.
public struct DistributionRow: Hashable, Sendable {
    public let distribution: Distribution
    public let counts: ConsumptionCounts

    public init(_ distribution: Distribution, _ counts: ConsumptionCounts) {
        self.distribution = distribution
        self.counts = counts
    }

    /// Whether links can be used, and if not, why.
    public enum Standing: String, Hashable, Sendable, CaseIterable {
        case active
        case expired
        case deleted
    }

    public func standing(at now: UnixTime) -> Standing {
        if distribution.deletedAt != nil { return .deleted }
        return distribution.hasExpired(at: now) ? .expired : .active
    }

    /// What the list can be sorted by.
    public enum Order: String, Hashable, Sendable, CaseIterable {
        case created, name, contacts, expiration, links, started, finished
    }
}

/// Which distributions a list shows. Each condition narrows the others.
public struct DistributionFilter: Hashable, Sendable {
    public var status: DistributionRow.Standing?
    /// A part of the name, in any case.
    public var name: String?
    /// Only those that were created then or later.
    public var since: UnixTime?
    /// Only those that were created earlier.
    public var until: UnixTime?
    public var includesArchived = false

    public init() {}

    public func accepts(_ row: DistributionRow, at now: UnixTime) -> Bool {
        let distribution = row.distribution
        return (includesArchived || distribution.archivedAt == nil)
            && status.map { $0 == row.standing(at: now) } ?? true
            && name.map { distribution.name.lowercased().contains($0.lowercased()) } ?? true
            && since.map { distribution.createdAt >= $0 } ?? true
            && until.map { distribution.createdAt < $0 } ?? true
    }
}

extension [DistributionRow] {
    /// Sorted, the oldest first among equals.
    public func sorted(by order: DistributionRow.Order, descending: Bool = false) -> [DistributionRow] {
        func precedes(_ a: DistributionRow, _ b: DistributionRow) -> Bool? {
            func less<Value: Comparable>(_ value: (DistributionRow) -> Value) -> Bool? {
                let (a, b) = (value(a), value(b))
                return a == b ? nil : a < b
            }
            switch order {
            case .created: return nil
            case .name: return less { $0.distribution.name.lowercased() }
            case .contacts: return less { $0.distribution.origin.source.lowercased() }
            case .expiration: return less { $0.distribution.expiry.time }
            case .links: return less { $0.distribution.contacts }
            case .started: return less { $0.counts.started }
            case .finished: return less { $0.counts.finished }
            }
        }
        let sorted = sorted {
            precedes($0, $1)
                ?? (($0.distribution.createdAt, $0.distribution.id) < ($1.distribution.createdAt, $1.distribution.id))
        }
        return descending ? sorted.reversed() : sorted
    }
}
