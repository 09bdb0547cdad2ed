/// What a person can be told. Each is one page, the same for everybody: it holds nothing of the link. The raw value is its
/// name in translations.
enum Page: String, Hashable, Sendable, CaseIterable {
    /// The survey can be started.
    case ready
    /// The survey was started and can be gone on with.
    case resumable
    case expired
    /// The survey was finished.
    case finished
    /// The survey was started and may not be opened again.
    case alreadyStarted = "already_started"
    /// The survey was started too long ago to be gone on with.
    case windowOver = "window_over"
    /// The link was deleted, revoked, or its key is used no more.
    case withdrawn
    /// The link is not whole, or was changed.
    case invalid
    /// The edge can't answer now.
    case unavailable
    /// The client is to come back later.
    case rateLimited = "rate_limited"
    /// Thanks at the end of a survey.
    case done
    /// The end of a survey was reported with a session that is none.
    case sessionInvalid = "session_invalid"
    /// The address leads nowhere.
    case notFound = "not_found"

    init(_ refusal: Refusal) {
        switch refusal {
        case .start(.alreadyStarted): self = .alreadyStarted
        case .start(.alreadyFinished): self = .finished
        case .start(.incompleteWindowOver): self = .windowOver
        case .session, .notStarted, .request(.credentialsMissing): self = .sessionInvalid
        case .request(.noSuchResource): self = .notFound
        default:
            switch refusal.kind {
            case .expired: self = .expired
            case .withdrawn: self = .withdrawn
            case .unavailable: self = .unavailable
            case .rateLimited: self = .rateLimited
            case .invalid, .used, .notStarted, .request: self = .invalid
            }
        }
    }

    /// Whether it has the button that posts.
    var hasButton: Bool { self == .ready || self == .resumable }

    /// The mood of its symbol, which only decorates: the words say everything.
    var symbol: String {
        switch self {
        case .ready, .resumable: "open"
        case .done, .finished: "done"
        case .expired, .windowOver, .unavailable, .rateLimited: "wait"
        case .alreadyStarted, .withdrawn, .invalid, .sessionInvalid, .notFound: "closed"
        }
    }
}
