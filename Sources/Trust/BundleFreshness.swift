import LinkToken

/// How far a bundle can be relied on at a time.
///
/// An attacker who can't forge a bundle can still keep edges from getting the next one ("freeze attack", TUF §5.3).
/// So a bundle says when the next is due.
public enum BundleFreshness: Hashable, Sendable {
    /// The next one is not due yet.
    case current
    /// The next one is overdue. Edges go on serving and say so.
    case overdue(since: UnixTime)
    /// It has been overdue for longer than the grace period. Edges answer 503.
    case expired(since: UnixTime)

    /// Seven days.
    public static let standardGrace: UInt32 = 7 * 86400

    /// Whether links may be verified by the bundle.
    public var isUsable: Bool {
        if case .expired = self { false } else { true }
    }
}

extension TrustBundle {
    /// How far the bundle can be relied on.
    ///
    /// - Parameters:
    ///   - now: the time to hold against ``nextUpdate``.
    ///   - grace: seconds past ``nextUpdate`` for which the bundle may still be relied on.
    public func freshness(at now: UnixTime, grace: UInt32 = BundleFreshness.standardGrace) -> BundleFreshness {
        guard now >= nextUpdate else { return .current }
        let end = nextUpdate.adding(seconds: grace)
        return now < end ? .overdue(since: nextUpdate) : .expired(since: end)
    }
}
