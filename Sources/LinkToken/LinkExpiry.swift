/// When a link expires, and who says so.
///
/// From then on its survey can't be started; one that was started before may still be resumed and finished. This is the
/// one place that decides where a leeway applies.
public enum LinkExpiry: Hashable, Sendable {
    /// The token says so. The clocks of those who mint and those who verify differ, so verifiers grant a leeway.
    case ofToken(UnixTime)
    /// The admin has said so since, in the trust bundle. It replaces what the token says and holds to the second.
    case ofBundle(UnixTime)

    /// 60 seconds.
    public static let standardLeeway: UInt32 = 60

    /// The time that was said, without a leeway.
    public var time: UnixTime {
        switch self {
        case .ofToken(let time), .ofBundle(let time): time
        }
    }

    /// The first second in which no survey can be started.
    ///
    /// - Parameter leeway: seconds that are granted past what a token says.
    public func end(leeway: UInt32 = standardLeeway) -> UnixTime {
        time.adding(seconds: granted(leeway))
    }

    /// Whether surveys can no longer be started.
    ///
    /// The leeway, in seconds, applies only to an expiry from the token.
    public func hasPassed(at now: UnixTime, leeway: UInt32 = standardLeeway) -> Bool {
        // Not by ``end(leeway:)``, which is held at the last second there is: links that expire then last.
        UInt64(now.rawValue) >= UInt64(time.rawValue) + UInt64(granted(leeway))
    }

    private func granted(_ leeway: UInt32) -> UInt32 {
        switch self {
        case .ofToken: leeway
        case .ofBundle: 0
        }
    }
}

extension LinkExpiry: CustomStringConvertible {
    /// The time that was said, as RFC 3339 in UTC.
    public var description: String { time.description }
}
