import Consumption
import LinkToken
import NIOHTTP1

/// An answer, and what logs and metrics say of it.
struct Reply: Sendable {
    var response: Response
    /// What came of the request: `started`, `link_expired`, `ok`.
    var outcome: String
    /// Why it was refused, if it was.
    var cause: Refusal?
    /// Whether a survey was started or resumed.
    var isStart = false
    /// Whether a survey was finished, now or before.
    var isFinish = false
    /// What started the survey, where it is begun now.
    var startedBy: UserAgentClass?
    /// The link that it is about, where a good signature says so.
    var nonce: Nonce?

    init(_ response: Response, outcome: String, nonce: Nonce? = nil) {
        self.response = response
        self.outcome = outcome
        self.nonce = nonce
    }
}

extension Refusal {
    /// The same for every occurrence of a kind (RFC 9457 §3.1.3).
    var title: String {
        switch kind {
        case .invalid: "The link or session is not valid"
        case .expired: "The link has expired"
        case .used: "The link was used"
        case .withdrawn: "The link was withdrawn"
        case .notStarted: "The survey was not started"
        case .unavailable: "The service can't answer now"
        case .rateLimited: "Too many refused requests"
        case .request: "The request can't be understood"
        }
    }

    /// The status of a page or an answer of the API. A link that is none leads nowhere; one that was good is gone.
    func status(isPage: Bool) -> HTTPResponseStatus {
        switch kind {
        case .invalid: isPage ? .notFound : .unprocessableEntity
        case .expired, .used, .withdrawn: .gone
        case .notStarted: .conflict
        case .unavailable: .serviceUnavailable
        case .rateLimited: .tooManyRequests
        case .request:
            switch self {
            case .request(.noSuchResource), .request(.storeShared): .notFound
            case .request(.keyRefused): .unauthorized
            case .request(.positionUnknown): .conflict
            case .request(.method): .methodNotAllowed
            case .request(.notJSON): .unsupportedMediaType
            case .request(.tooLarge): .payloadTooLarge
            default: .badRequest
            }
        }
    }

    /// The status for a proxy that asks whether to forward: nginx takes 401 and 403 for "no" and anything else for a
    /// failure (ngx_http_auth_request_module).
    var authorizationStatus: HTTPResponseStatus {
        switch kind {
        case .invalid: .unauthorized
        case .expired, .used, .withdrawn, .notStarted: .forbidden
        case .unavailable: .serviceUnavailable
        case .rateLimited: .tooManyRequests
        case .request:
            switch self {
            case .request(.credentialsMissing), .request(.tokenNotAccepted): .unauthorized
            default: status(isPage: false)
            }
        }
    }
}
