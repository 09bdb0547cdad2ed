import Consumption
import LinkToken

/// What came of a request, in the words that the API, the log and the metrics share.
enum Outcome: Hashable, Sendable {
    case ok
    /// The link is genuine and has not expired.
    case valid
    /// The survey can be started, or the edge can serve.
    case ready
    /// The survey was started and can be continued.
    case resumable
    case started
    case resumed
    case finished
    case alreadyFinished
    /// A proxy may forward the request.
    case admitted
    /// Someone reached the end of a survey without a session.
    case noSession
    /// The edge can't serve.
    case notReady
    case refused(Refusal.Reason)

    /// `already_finished`, or the code of the refusal.
    var code: String {
        switch self {
        case .ok: "ok"
        case .valid: "valid"
        case .ready: "ready"
        case .resumable: "resumable"
        case .started: "started"
        case .resumed: "resumed"
        case .finished: "finished"
        case .alreadyFinished: "already_finished"
        case .admitted: "admitted"
        case .noSession: "no_session"
        case .notReady: "not_ready"
        case .refused(let reason): reason.code
        }
    }

    var refusal: Refusal.Reason? {
        if case .refused(let reason) = self { reason } else { nil }
    }

    /// Whether it is the answer to a start or a finish.
    var isLinkEvent: Bool {
        switch self {
        case .started, .resumed, .finished, .alreadyFinished: true
        case .ok, .valid, .ready, .resumable, .admitted, .noSession, .notReady, .refused: false
        }
    }
}

/// Why a request does not get what it asks for.
struct Refusal: Error, Hashable, Sendable {
    let reason: Reason
    /// The link that it is about, if a valid signature says which.
    let nonce: Nonce?

    init(_ reason: Reason, _ nonce: Nonce? = nil) {
        self.reason = reason
        self.nonce = nonce
    }

    init(_ refusal: LinkRefusal, _ nonce: Nonce? = nil) {
        if case .unavailable = refusal {
            self.init(.unavailable(.cryptography), nonce)
        } else {
            self.init(.link(refusal), nonce)
        }
    }

    /// Its code is the stable name in the HTTP API, in logs and in metrics.
    enum Reason: Hashable, Sendable {
        case link(LinkRefusal)
        case start(StartRefusal)
        case session(SessionRefusal)
        /// A survey that was never started can't be finished.
        case notStarted
        /// No bundle names the distribution and the edge has no default template, so there is nowhere to send people.
        case distributionUnknown(DistributionID)
        case request(RequestRefusal)
        case unavailable(Unavailability)
        /// The client sent too many requests that were refused.
        case rateLimited(seconds: Int)
    }
}

/// What is wrong with a request before a link is looked at.
enum RequestRefusal: Hashable, Sendable {
    case noSuchResource
    case method(allowed: String)
    /// No token and no session came with it.
    case credentialsMissing
    /// A link's token came where only the session of its start is let in.
    case tokenNotAccepted
    case notJSON
    case malformed(String)
    /// The body has more bytes than that.
    case tooLarge(limit: Int)
    /// What was consumed is told only to those who have the key.
    case keyRefused
    /// The log is not the one that the position is of.
    case positionUnknown
    /// The edge has no log of its own.
    case storeShared
    /// It does not come to a proper end, or is not what HTTP/1.1 asks for in another way.
    case brokenOff
}

/// Why the edge can't decide now.
enum Unavailability: Hashable, Sendable {
    case log(ConsumptionError)
    /// The trust bundle is older than its grace.
    case trustTooOld
    case overloaded
    /// What would finish a survey is not done for a browser that only fetches ahead.
    case prefetch
    /// OpenSSL failed.
    case cryptography
}

extension Refusal.Reason {
    /// Refusals that people have the same thing to do about.
    enum Kind: Hashable, Sendable {
        case invalid, expired, used, withdrawn, notStarted, unavailable, rateLimited, request
    }

    var kind: Kind {
        switch self {
        case .link(let refusal):
            switch refusal {
            case .text, .version, .layout, .keyUnknown, .signature, .embeddedDataMismatch: .invalid
            case .keyNotVerifying, .deleted, .revoked: .withdrawn
            case .expired: .expired
            case .unavailable: .unavailable
            }
        case .start(.expired): .expired
        case .start: .used
        case .session: .invalid
        case .notStarted: .notStarted
        case .distributionUnknown, .unavailable: .unavailable
        case .request: .request
        case .rateLimited: .rateLimited
        }
    }

    var code: String {
        switch self {
        case .link(let refusal): refusal.code
        case .start(let refusal): refusal.rawValue
        case .session(let refusal): Self.sessionCode(refusal)
        case .notStarted: "not_started"
        case .distributionUnknown: "distribution_unknown"
        case .request(let refusal):
            switch refusal {
            case .noSuchResource: "not_found"
            case .method: "method_not_allowed"
            case .credentialsMissing: "credentials_missing"
            case .tokenNotAccepted: "token_not_accepted"
            case .notJSON: "media_type_unsupported"
            case .malformed, .brokenOff: "request_malformed"
            case .tooLarge: "request_too_large"
            case .keyRefused: "key_refused"
            case .positionUnknown: "position_unknown"
            case .storeShared: "store_shared"
            }
        case .unavailable(let why):
            switch why {
            case .log: "log_unavailable"
            case .trustTooOld: "trust_too_old"
            case .overloaded: "overloaded"
            case .prefetch: "prefetch"
            case .cryptography: "verification_unavailable"
            }
        case .rateLimited: "rate_limited"
        }
    }

    /// A session's text and a link's text fail under different names here, since one request may carry either.
    private static func sessionCode(_ refusal: SessionRefusal) -> String {
        refusal.code.hasPrefix("session_") ? refusal.code : "session_" + refusal.code
    }

    /// One sentence for developers, in English.
    var detail: String {
        switch self {
        case .link(let refusal): refusal.description
        case .start(.expired): "the link expired before its survey was started"
        case .start(.alreadyStarted):
            "the survey was started before, and its distribution does not let surveys be resumed"
        case .start(.alreadyFinished): "the survey was finished"
        case .start(.incompleteWindowOver):
            "the survey was started so long ago that it can't be resumed any more"
        case .session(let refusal): refusal.description
        case .notStarted: "the survey was not started, so it can't be finished"
        case .distributionUnknown(let id):
            "the trust bundle does not have the distribution \(id), so its survey is unknown; publish a bundle that has it"
        case .request(let refusal):
            switch refusal {
            case .noSuchResource: "there is nothing at this path; /openapi.json describes the API"
            case .method(let allowed): "this path takes \(allowed)"
            case .credentialsMissing: "neither a token nor a session came with the request"
            case .tokenNotAccepted: "a link's token is not accepted here; start the link and send the session"
            case .notJSON: "the body must be application/json"
            case .malformed(let reason): reason
            case .keyRefused: "the consumption key is missing or wrong; send it as Authorization: Bearer KEY"
            case .positionUnknown:
                "the log was compacted, repaired or replaced since; ask without a position, and start a new copy"
            case .storeShared: "this edge records in a store that edges share, and has no log; read the store instead"
            case .brokenOff: "the request is incomplete, is not valid HTTP or does not name its host exactly once"
            case .tooLarge(let limit): "the body is larger than \(limit) bytes"
            }
        case .unavailable(let why):
            switch why {
            case .log: "starts and finishes can't be recorded now, so none is accepted; try again later"
            case .trustTooOld: "the trust bundle is overdue by more than its grace; publish a new one"
            case .overloaded: "too many requests at once; try again"
            case .prefetch: "this is not answered ahead of time, only when somebody opens it"
            case .cryptography: "signatures can't be checked now; try again later"
            }
        case .rateLimited: "too many requests from this address were refused; try again later"
        }
    }
}

extension Refusal.Reason {
    /// Seconds after which it may be worth trying again.
    var retryAfter: Int? {
        switch self {
        case .unavailable(.overloaded): 1
        case .unavailable, .distributionUnknown: 30
        case .rateLimited(let seconds): seconds
        default: nil
        }
    }
}
