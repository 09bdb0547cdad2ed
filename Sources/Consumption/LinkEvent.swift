import LinkToken

/// Something that happened to one link: what logs, stores and exports consist of.
public struct LinkEvent: Hashable, Sendable {
    /// What happened. The raw value is the byte in a log.
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        case started = 1
        case finished = 2
        /// An administrator made the link usable again, where this was recorded.
        case reset = 3
        /// The trust bundle had reopened the link at that time, and now it is started. What began before doesn't count,
        /// even if another log tells of it later.
        case reopened = 4

        /// The word for it in exports.
        public var name: String {
            switch self {
            case .started: "started"
            case .finished: "finished"
            case .reset: "reset"
            case .reopened: "reopened"
            }
        }
    }

    public let nonce: Nonce
    public let kind: Kind
    /// When, by the clock of the caller. The order of events is their order in the log, whatever the clock did.
    public let time: UnixTime
    /// Always unknown for anything but a start.
    public let details: StartDetails

    /// Makes an event, which keeps the details only if it is a start.
    @inlinable
    public init(nonce: Nonce, kind: Kind, time: UnixTime, details: StartDetails = .unknown) {
        self.nonce = nonce
        self.kind = kind
        self.time = time
        self.details = kind == .started ? details : .unknown
    }
}

extension UnixTime {
    /// 2020-01-01T00:00:00Z.
    @inlinable package static var earliestRecordable: UnixTime { UnixTime(rawValue: 1_577_836_800) }
    /// 2088-01-19T03:14:06Z.
    @inlinable package static var latestRecordable: UnixTime {
        UnixTime(rawValue: earliestRecordable.rawValue + (1 << 31 - 2))
    }

    /// Whether an event of that time can be recorded. A log has 31 bits for the seconds since 2020, and a database holds no
    /// other times, so that its events can be moved into a log.
    @inlinable
    package var isRecordable: Bool { Self.earliestRecordable <= self && self <= Self.latestRecordable }
}
