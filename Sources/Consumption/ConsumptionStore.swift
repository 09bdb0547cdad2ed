import LinkToken

/// Where consumed nonces are recorded, one verb per event. It alone enforces single use.
///
/// Every answer is given only after it is durable: when `start` returns ``StartOutcome/started(at:)``, no crash of the
/// process or the machine can make another caller get the same answer for that nonce.
///
/// ```swift
/// let terms = StartTerms(mayBegin: !link.isExpired(at: now), resume: .standard)
/// let details = StartDetails(startedBy: .mobileBrowser)
/// switch try await store.start(link.nonce, at: now, details: details, terms: terms) {
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
    ///   - nonce: the link.
    ///   - time: now, by the caller's clock.
    ///   - details: what is recorded of the start if the survey begins now.
    ///   - terms: what the link and its distribution allow.
    func start(
        _ nonce: Nonce, at time: UnixTime, details: StartDetails, terms: StartTerms
    ) async throws(ConsumptionError) -> StartOutcome

    /// Ends a survey that was started. Finishing is idempotent, and no policy or expiry prevents it: the response
    /// was finished, whatever happened to the link.
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
    /// Starts a survey where nothing is known of the start but its time.
    public func start(
        _ nonce: Nonce, at time: UnixTime, terms: StartTerms
    ) async throws(ConsumptionError) -> StartOutcome {
        try await start(nonce, at: time, details: .unknown, terms: terms)
    }

    /// Whether starts and finishes are taken.
    public var isAcceptingWrites: Bool { failure == nil }

    /// Why starts and finishes of that time can't be recorded now, or nil while they can.
    ///
    /// - Parameter time: now, by the caller's clock.
    public func failure(at time: UnixTime) -> ConsumptionError? {
        failure ?? (time.isRecordable ? nil : .timeOutOfRange(time))
    }
}
