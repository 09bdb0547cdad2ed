/// What a person can be told. Each is one page, the same for everybody: it holds nothing of the link. The raw value is its
/// name in translations.
enum Page: String, Hashable, Sendable, CaseIterable {
    /// The survey can be started.
    case ready
    /// The survey was started and can be continued.
    case resumable
    case expired
    /// The survey was finished.
    case finished
    /// The survey was started and may not be opened again.
    case alreadyStarted = "already_started"
    /// The survey was started too long ago to be continued.
    case windowOver = "window_over"
    /// The link was deleted or revoked, or its key is no longer in use.
    case withdrawn
    /// The link is incomplete or was changed.
    case invalid
    /// The edge can't answer now.
    case unavailable
    /// The client opened too many invalid links and has to wait.
    case rateLimited = "rate_limited"
    /// Thanks at the end of a survey.
    case done
    /// The end of a survey was reported with a session that is not valid.
    case sessionInvalid = "session_invalid"
    /// The survey was opened without a link or session that lets people in.
    case linkNeeded = "link_needed"
    /// Nothing is at this address, or nothing that can be asked for in this way.
    case notFound = "not_found"

    /// - Parameter route: what was asked for. An invalid session means something else at the end of a survey than at its
    ///   door.
    init(_ refusal: Refusal.Reason, at route: Route) {
        switch refusal {
        case .start(.alreadyStarted): self = .alreadyStarted
        case .start(.alreadyFinished): self = .finished
        case .start(.incompleteWindowOver): self = .windowOver
        case .session, .notStarted, .request(.credentialsMissing), .request(.tokenNotAccepted):
            self = route == .done ? .sessionInvalid : .linkNeeded
        default:
            switch refusal.kind {
            case .expired: self = .expired
            case .withdrawn: self = .withdrawn
            case .unavailable: self = .unavailable
            case .rateLimited: self = .rateLimited
            case .request: self = .notFound
            case .invalid, .used, .notStarted: self = .invalid
            }
        }
    }

    /// Whether it has the button that posts.
    var hasButton: Bool { self == .ready || self == .resumable }

    /// A picture that only decorates: the words say everything. The raw value is its class in the style sheet.
    enum Symbol: String {
        case open, done, wait, closed
    }

    var symbol: Symbol {
        switch self {
        case .ready, .resumable, .linkNeeded: .open
        case .done, .finished: .done
        case .expired, .windowOver, .unavailable, .rateLimited: .wait
        case .alreadyStarted, .withdrawn, .invalid, .sessionInvalid, .notFound: .closed
        }
    }
}
