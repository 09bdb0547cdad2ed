import HTTPServer
import NIOCore
import NIOHTTP1

extension Response {
    static func json(_ body: ByteBuffer, status: HTTPResponseStatus = .ok) -> Response {
        Response(status, .guarded(contentType: "application/json"), body)
    }

    static func plain(_ text: String, contentType: String = "text/plain; charset=utf-8") -> Response {
        Response(.ok, .guarded(contentType: contentType), ByteBuffer(string: text))
    }

    static func options(_ route: Route) -> Response {
        var fields = HTTPHeaders.guarded
        fields.add(name: "Allow", value: route.allowedMethods)
        return Response(.noContent, fields)
    }

    static let openAPI = json(ByteBuffer(bytes: PackageResources.openapi_json))

    /// A problem detail (RFC 9457).
    static func problem(_ refusal: Refusal, status: HTTPResponseStatus) -> Response {
        var body = JSONObjectWriter()
        body.add("type", "urn:linkseal:problem:\(refusal.code)")
        body.add("title", refusal.title)
        body.add("status", status.code)
        body.add("detail", refusal.detail)
        body.add("code", refusal.code)
        var response = Response(status, .guarded(contentType: "application/problem+json"), body.finish())
        response.addFields(of: refusal)
        return response
    }

    /// When to come again, by which methods, and with what.
    mutating func addFields(of refusal: Refusal) {
        if let seconds = refusal.retryAfter { headers.add(name: "Retry-After", value: String(seconds)) }
        if status == .unauthorized { headers.add(name: "WWW-Authenticate", value: "Bearer") }
        if case .request(.method(let allowed)) = refusal { headers.add(name: "Allow", value: allowed) }
    }
}
