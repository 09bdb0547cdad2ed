import Encoding
import LinkToken
import Logging
import NIOCore
import NIOHTTP1

/// What a request's handler may know of its connection.
struct EdgeContext: Sendable {
    let connection: Connection
    let trusted: TrustedProxies
    let surface: Surface

    /// Who sent the request, as far as somebody says who can be believed.
    func client(of request: Request) -> ClientAddress? {
        ClientAddress(connection.origin, forwardedFor: request["X-Forwarded-For"], trusting: trusted)
    }
}

/// Answers every request: finds the route, has it handled, counts and logs it.
struct EdgeResponder: Sendable {
    let service: LinkService
    let network: EdgeNetwork
    let following: @Sendable () -> BundleStatus?
    let pages: PageCatalog
    let metrics: EdgeMetrics
    let load: RequestLoad
    let table: ConnectionTable
    let outages: StoreOutageLog
    let export: ConsumptionExport?
    let logger: Logger

    func respond(to request: Request, context: EdgeContext) async -> Response {
        let target = RequestTarget(request.head.uri)
        let start = ContinuousClock.now
        let route = target.route
        var reply: Reply
        let client = route.looksAtLinks || logger.logLevel <= .info ? context.client(of: request) : nil
        do throws(LinkService.Rejection) {
            if route.looksAtLinks, load.isExcessive { throw LinkService.Rejection(.unavailable(.overloaded)) }
            reply = try await answer(request, target, for: client, on: context.surface)
        } catch {
            reply = refuse(error, request, target)
        }
        if case .unavailable(let refusal)? = reply.cause, case .log(let error) = refusal {
            outages.refused(error, at: service.uptime())
        }
        let duration = ContinuousClock.now - start
        record(reply, request.method, route, client, duration)
        return reply.response
    }

    private func answer(
        _ request: Request, _ target: RequestTarget, for client: ClientAddress?, on surface: Surface
    ) async throws(LinkService.Rejection) -> Reply {
        let route = target.route
        guard surface.serves(route), route != .consumption || export != nil else {
            throw .init(.request(.noSuchResource))
        }
        guard route.allows(request.method) else { throw .init(.request(.method(allowed: route.allowedMethods))) }
        let body = try body(of: request)
        if request.method == .OPTIONS { return Reply(.options(route), outcome: "ok") }
        switch route {
        case .link:
            return request.method == .POST
                ? try await open(request, target, for: client) : try await show(request, target, for: client)
        case .verify: return try await verify(request, body, for: client)
        case .start: return try await start(request, body, for: client)
        case .finish: return try await finish(request, body, for: client)
        case .auth: return try await authorize(request, for: client)
        case .done: return try await thank(request, target)
        case .health: return Reply(.plain("ok\n"), outcome: "ok")
        case .readiness: return readiness()
        case .metrics: return report()
        case .openAPI: return Reply(.openAPI, outcome: "ok")
        case .consumption: return try await consumption(request, target)
        case .unknown: throw .init(.request(.noSuchResource))
        }
    }

    private func body(of request: Request) throws(LinkService.Rejection) -> ByteBuffer {
        switch request.body {
        case .whole(let body): return body
        case .tooLarge: throw .init(.request(.tooLarge))
        case .brokenOff: throw .init(.request(.brokenOff))
        }
    }

    /// The answer to a refused request, in the form that its client reads.
    private func refuse(_ rejection: LinkService.Rejection, _ request: Request, _ target: RequestTarget) -> Reply {
        let (refusal, route) = (rejection.refusal, target.route)
        var response: Response
        switch route {
        case .link, .done:
            response = page(refusal, request, target)
        case .unknown:
            // Browsers come here with links that were cut off or mistyped.
            response =
                !target.isAPI && request.prefersHTML
                ? page(refusal, request, target) : .problem(refusal, status: refusal.status(isPage: false))
            response.headers.add(name: "Vary", value: "Accept")
        case .auth:
            response = refuseAuthorization(refusal, request)
        default:
            response = .problem(refusal, status: refusal.status(isPage: false))
        }
        var reply = Reply(response, outcome: refusal.code, nonce: rejection.nonce)
        reply.cause = refusal
        return reply
    }

    private func page(_ refusal: Refusal, _ request: Request, _ target: RequestTarget) -> Response {
        var response = page(
            Page(refusal, at: target.route), request, target.query, status: refusal.status(isPage: true))
        response.addFields(of: refusal)
        return response
    }

    func page(
        _ page: Page, _ request: Request, _ query: QueryString, status: HTTPResponseStatus,
        formTarget: String = "'none'"
    ) -> Response {
        let language = Language(of: query, acceptLanguage: request["Accept-Language"])
        var fields = HTTPHeaders.guarded(contentType: "text/html; charset=utf-8")
        fields.add(contentsOf: [
            ("Content-Language", language.tag),
            ("Vary", "Accept-Language"),
            ("X-Frame-Options", "DENY"),
            (
                "Content-Security-Policy",
                "default-src 'none'; style-src \(pages.styleSource); img-src data:; form-action \(formTarget); "
                    + "base-uri 'none'; frame-ancestors 'none'"
            ),
        ])
        return Response(status, fields, pages.body(page, in: language))
    }

    private func record(
        _ reply: Reply, _ method: HTTPMethod, _ route: Route, _ client: ClientAddress?, _ duration: Duration
    ) {
        metrics.record(
            EdgeMetrics.RequestKey(
                route: route, method: method.label, status: Int(reply.response.status.code), outcome: reply.outcome),
            refusal: reply.cause?.code, link: reply.isStart || reply.isFinish ? reply.outcome : nil,
            startedBy: reply.startedBy,
            seconds: duration / .seconds(1))
        guard logger.logLevel <= .info else { return }
        let entry = RequestLogEntry(
            method: method.label, route: route, status: reply.response.status.code, outcome: reply.outcome,
            duration: duration, code: reply.cause?.code, agent: reply.startedBy?.name, client: client,
            nonce: reply.nonce)
        if let lines = logger.handler as? LineLogHandler {
            lines.log(entry)
        } else {
            logger.info("\(RequestLogEntry.message)", metadata: entry.metadata)
        }
    }
}

extension HTTPMethod {
    /// The method where it is one of ours: a label that a client chooses would be without bounds.
    var label: String {
        switch self {
        case .GET, .HEAD, .POST, .OPTIONS, .PUT, .DELETE, .PATCH: rawValue
        default: "other"
        }
    }
}
