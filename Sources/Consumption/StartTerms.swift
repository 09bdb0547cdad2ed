import LinkToken

/// What the link and its distribution allow at a start.
public struct StartTerms: Hashable, Sendable {
    /// Whether a survey that was not started yet may be: false once the link has expired. Resuming does not ask.
    public var mayBegin: Bool
    /// How long a started survey may be resumed, besides ``LinkState/startGrace``.
    public var resume: ResumePolicy
    /// When the link was last reopened. A use that began earlier doesn't count.
    public var reopenedAt: UnixTime?

    public init(mayBegin: Bool, resume: ResumePolicy, reopenedAt: UnixTime? = nil) {
        self.mayBegin = mayBegin
        self.resume = resume
        self.reopenedAt = reopenedAt
    }

    /// The time that is recorded of a start at that time: never one before the reopening. The clock of an edge may be
    /// behind the admin's, and a start that it dates too early would be undone by the reopening in its turn.
    package func time(ofStartAt time: UnixTime) -> UnixTime { max(time, reopenedAt ?? time) }
}

/// The answer to a start.
public enum StartOutcome: Hashable, Sendable {
    /// The survey begins now. One caller ever gets this for a nonce, unless it is reset.
    case started(at: UnixTime)
    /// The survey was started before, at that time, and continues.
    case resumed(startedAt: UnixTime)
    case refused(StartRefusal)
}

/// Why a survey is neither started nor resumed. The raw value is the stable problem code.
public enum StartRefusal: String, Hashable, Sendable, CaseIterable {
    /// The link expired before it was started.
    case expired = "link_expired"
    /// It was started, and its distribution does not let surveys be resumed.
    case alreadyStarted = "already_started"
    /// It was finished.
    case alreadyFinished = "already_finished"
    /// It was started, and may not be resumed any more.
    case incompleteWindowOver = "incomplete_window_over"
}

/// The answer to a finish.
public enum FinishOutcome: Hashable, Sendable {
    case finished(startedAt: UnixTime)
    case alreadyFinished(startedAt: UnixTime)
    case notStarted
}

/// The answer to a reset.
public enum ResetOutcome: Hashable, Sendable {
    case reset
    case wasUnused
}
