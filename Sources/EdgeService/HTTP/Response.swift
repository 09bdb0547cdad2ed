import Encoding
import HTTPServer
import NIOCore
import NIOHTTP1

extension Response {
    static func json(
        status: HTTPResponseStatus = .ok, type: String = "application/json", _ members: (inout JSONWriter) -> Void
    ) -> Response {
        var json = JSONWriter(reservingCapacity: 512)
        json.object(members)
        return Response(status, .guarded(contentType: type), ByteBuffer(bytes: json.bytes))
    }

    static func plain(_ text: String, contentType: String = "text/plain; charset=utf-8") -> Response {
        Response(.ok, .guarded(contentType: contentType), ByteBuffer(string: text))
    }

    static func options(_ route: Route) -> Response {
        var fields = HTTPHeaders.guarded
        fields.add(name: "Allow", value: route.allowedMethods)
        return Response(.noContent, fields)
    }

    static let openAPI = Response(
        .ok, .guarded(contentType: "application/json"), ByteBuffer(bytes: PackageResources.openapi_json))

    /// A problem detail (RFC 9457).
    static func problem(_ refusal: Refusal.Reason, status: HTTPResponseStatus) -> Response {
        var response = json(status: status, type: "application/problem+json") {
            $0.member("type", "urn:linkseal:problem:\(refusal.code)")
            $0.member("title", refusal.title)
            $0.member("status", status.code)
            $0.member("detail", refusal.detail)
            $0.member("code", refusal.code)
        }
        response.addFields(of: refusal)
        return response
    }

    /// When to come again, by which methods, and with what.
    mutating func addFields(of refusal: Refusal.Reason) {
        if let seconds = refusal.retryAfter { headers.add(name: "Retry-After", value: String(seconds)) }
        if status == .unauthorized { headers.add(name: "WWW-Authenticate", value: "Bearer") }
        if case .request(.method(let allowed)) = refusal { headers.add(name: "Allow", value: allowed) }
    }
}

extension Refusal.Reason {
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

    /// The status of a page or an answer of the API. An invalid link is not found (404); a link that was valid is gone
    /// (410).
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
