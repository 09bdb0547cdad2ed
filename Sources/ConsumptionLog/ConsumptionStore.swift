import LinkToken

/// Where consumed nonces are recorded, one verb per event. It alone enforces single use.
///
/// Every answer is given only after it is durable: when `start` returns ``StartOutcome/started(at:)``, no crash of the
/// process or the machine can make another caller get the same answer for that nonce.
///
/// ```swift
/// let terms = StartTerms(mayBegin: !link.isExpired(at: now), resume: .standard)
/// switch try await store.start(link.nonce, at: now, by: .mobileBrowser, terms: terms) {
/// case .started(let time), .resumed(let time): redirect(session(link.nonce, startedAt: time))
/// case .refused(let refusal): show(refusal)
/// }
/// ```
///
/// Only nonces whose signature was verified may be passed: the state in memory grows with the highest serial.
public protocol ConsumptionStore: Sendable {
    /// Starts a survey, or resumes it. Of any number of concurrent calls for a nonce exactly one gets `started`.
    ///
    /// A call within ``LinkState/startGrace`` of the first resumes the survey whatever the terms say.
    ///
    /// - Parameters:
    ///   - time: now, by the caller's clock.
    ///   - agent: what asks for it, which is recorded if the survey begins now.
    ///   - terms: what the link and its distribution allow.
    func start(
        _ nonce: Nonce, at time: UnixTime, by agent: UserAgentClass, terms: StartTerms
    ) async throws(ConsumptionError) -> StartOutcome

    /// Ends a survey that was started. Finishing is idempotent, and no policy or expiry stands in its way: that a
    /// response was finished is a fact.
    func finish(_ nonce: Nonce, at time: UnixTime) async throws(ConsumptionError) -> FinishOutcome

    /// Makes a nonce usable again, recorded as an administrative act.
    func reset(_ nonce: Nonce, at time: UnixTime) async throws(ConsumptionError) -> ResetOutcome

    /// What is durably known of a nonce.
    func state(of nonce: Nonce) async throws(ConsumptionError) -> LinkState

    /// The numbers of a distribution.
    func counts(of distribution: DistributionID) async throws(ConsumptionError) -> ConsumptionCounts

    /// Why starts and finishes can't be recorded now, or nil while they can, as far as the store knows without asking: for
    /// readiness checks and alerts, which must not wait for a disk or a server that hangs.
    var failure: ConsumptionError? { get }

    /// What the store knows of how it does, for monitoring.
    var measurements: [StoreMeasurement] { get }
}

extension ConsumptionStore {
    /// Starts a survey where nobody knows what asks for it.
    public func start(
        _ nonce: Nonce, at time: UnixTime, terms: StartTerms
    ) async throws(ConsumptionError) -> StartOutcome {
        try await start(nonce, at: time, by: .unknown, terms: terms)
    }

    /// Whether starts and finishes are taken.
    public var isAcceptingWrites: Bool { failure == nil }

    /// Why starts and finishes of that time can't be recorded now, or nil while they can.
    ///
    /// - Parameter time: now, by the caller's clock.
    public func failure(at time: UnixTime) -> ConsumptionError? {
        failure ?? (LinkWord.holds(time) ? nil : .timeOutOfRange(time))
    }
}

/// A number or a distribution of numbers, with the name that it has in monitoring.
public struct StoreMeasurement: Hashable, Sendable {
    public enum Value: Hashable, Sendable {
        /// It only rises while the process runs.
        case counter(UInt64)
        case gauge(Double)
        case histogram(Histogram)
    }

    /// As Prometheus wants it: with the unit at the end, and `_total` for a counter.
    public let name: String
    public let value: Value
    /// One sentence.
    public let help: String

    public init(_ name: String, _ value: Value, _ help: String) {
        self.name = name
        self.value = value
        self.help = help
    }
}

/// What the link and its distribution allow at a start.
public struct StartTerms: Hashable, Sendable {
    /// Whether a survey that was not started yet may be: false once the link has expired. Resuming does not ask.
    public var mayBegin: Bool
    /// How long a started survey may be resumed, besides ``LinkState/startGrace``.
    public var resume: ResumePolicy

    public init(mayBegin: Bool, resume: ResumePolicy) {
        self.mayBegin = mayBegin
        self.resume = resume
    }
}

/// The state of a nonce. Times are to the second.
public enum LinkState: Hashable, Sendable {
    case unused
    case started(at: UnixTime)
    case finished(startedAt: UnixTime)
}

/// The answer to a start.
public enum StartOutcome: Hashable, Sendable {
    /// The survey begins now. One caller ever gets this for a nonce, unless it is reset.
    case started(at: UnixTime)
    /// The survey was started before, at that time, and goes on.
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

/// How many links of a distribution were started, and how many of those finished.
public struct ConsumptionCounts: Hashable, Sendable {
    /// Every link that was ever started, finished ones included, less those that were reset.
    public var started: Int
    public var finished: Int

    public init(started: Int = 0, finished: Int = 0) {
        self.started = started
        self.finished = finished
    }
}
