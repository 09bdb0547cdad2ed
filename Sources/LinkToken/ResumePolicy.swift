/// How long a survey that was started may be resumed: the *incomplete response* setting of a distribution.
///
/// A link's expiry limits when its survey may be started; this limits how long after that people can come back to finish.
/// Finishing ends a link whatever the policy.
public enum ResumePolicy: Hashable, Sendable {
    /// A started survey can't be opened again. A start that is repeated at once is still answered like the first.
    case never
    /// It can be resumed for that many seconds after the start, the last one excluded.
    case within(seconds: UInt32)
    /// It can be resumed until it is finished.
    case untilFinished

    /// One week.
    public static let standard = ResumePolicy.within(seconds: 7 * 86400)

    /// Whether a survey that was started at that time may be resumed now.
    public func allowsResuming(startedAt start: UnixTime, at now: UnixTime) -> Bool {
        switch self {
        case .never: false
        case .within(let seconds): UInt64(now.rawValue) < UInt64(start.rawValue) + UInt64(seconds)
        case .untilFinished: true
        }
    }
}

extension ResumePolicy: Codable {
    /// A number of seconds, or nothing for "until finished"; 0 never resumes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .untilFinished
        } else {
            let seconds = try container.decode(UInt32.self)
            self = seconds == 0 ? .never : .within(seconds: seconds)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .never: try container.encode(UInt32(0))
        case .within(let seconds): try container.encode(seconds)
        case .untilFinished: try container.encodeNil()
        }
    }
}
