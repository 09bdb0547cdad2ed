import ConsumptionLog
import HTTPTypes
import Hummingbird
import LinkToken

/// An answer, and what logs and metrics say of it.
struct Reply: Sendable {
    var response: Response
    /// What came of the request: `started`, `link_expired`, `ok`.
    var outcome: String
    /// Why it was refused, if it was.
    var cause: Refusal?
    /// Whether a survey was started or resumed.
    var isStart = false
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

extension HTTPField.Name {
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    static let xRobotsTag = HTTPField.Name("X-Robots-Tag")!
    static let xFrameOptions = HTTPField.Name("X-Frame-Options")!
    static let secPurpose = HTTPField.Name("Sec-Purpose")!
    static let purpose = HTTPField.Name("Purpose")!
    static let xLinksealToken = HTTPField.Name("X-Linkseal-Token")!
    static let xOriginalURI = HTTPField.Name("X-Original-URI")!
    static let xForwardedURI = HTTPField.Name("X-Forwarded-Uri")!
    static let xForwardedFor = HTTPField.Name("X-Forwarded-For")!
    static let linksealContactID = HTTPField.Name("X-Linkseal-Contact-Id")!
    static let linksealDistribution = HTTPField.Name("X-Linkseal-Distribution")!
    static let linksealSerial = HTTPField.Name("X-Linkseal-Serial")!
    static let linksealExpiry = HTTPField.Name("X-Linkseal-Expiry")!
    static let linksealStartedAt = HTTPField.Name("X-Linkseal-Started-At")!
    static let linksealCode = HTTPField.Name("X-Linkseal-Code")!
}

extension HTTPFields {
    /// On every answer: nothing is stored, nothing is guessed, and no address with a token in it travels on.
    static let guarded: HTTPFields = [
        .cacheControl: "no-store",
        .referrerPolicy: "no-referrer",
        .xContentTypeOptions: "nosniff",
        .xRobotsTag: "noindex, nofollow",
    ]

    static func guarded(contentType: String) -> HTTPFields {
        var fields = guarded
        fields[.contentType] = contentType
        return fields
    }
}

extension Response {
    static func json(_ body: ByteBuffer, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: .guarded(contentType: "application/json"), body: ResponseBody(byteBuffer: body))
    }

    /// A problem detail (RFC 9457).
    static func problem(_ refusal: Refusal, status: HTTPResponse.Status) -> Response {
        var body = JSONObjectWriter()
        body.add("type", "urn:linkseal:problem:\(refusal.code)")
        body.add("title", refusal.title)
        body.add("status", status.code)
        body.add("detail", refusal.detail)
        body.add("code", refusal.code)
        var response = Response(
            status: status, headers: .guarded(contentType: "application/problem+json"),
            body: ResponseBody(byteBuffer: body.finish()))
        if let seconds = refusal.retryAfter { response.headers[.retryAfter] = String(seconds) }
        if case .request(.method(let allowed)) = refusal { response.headers[.allow] = allowed }
        return response
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
    func status(isPage: Bool) -> HTTPResponse.Status {
        switch kind {
        case .invalid: isPage ? .notFound : .unprocessableContent
        case .expired, .used, .withdrawn: .gone
        case .notStarted: .conflict
        case .unavailable: .serviceUnavailable
        case .rateLimited: .tooManyRequests
        case .request:
            switch self {
            case .request(.noSuchResource): .notFound
            case .request(.method): .methodNotAllowed
            case .request(.notJSON): .unsupportedMediaType
            case .request(.tooLarge): .contentTooLarge
            default: .badRequest
            }
        }
    }

    /// The status for a proxy that asks whether to forward: nginx takes 401 and 403 for "no" and anything else for a
    /// failure (ngx_http_auth_request_module).
    var authorizationStatus: HTTPResponse.Status {
        switch kind {
        case .invalid: .unauthorized
        case .expired, .used, .withdrawn, .notStarted: .forbidden
        case .unavailable: .serviceUnavailable
        case .rateLimited: .tooManyRequests
        case .request: self == .request(.credentialsMissing) ? .unauthorized : status(isPage: false)
        }
    }
}
