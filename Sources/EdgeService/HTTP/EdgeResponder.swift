import BundleFollowing
import Consumption
import Encoding
import HTTPServer
import LinkToken
import Logging
import NIOCore
import NIOHTTP1

/// Answers every request: finds the route, has it handled, counts and logs it.
struct EdgeResponder: Sendable {
    let service: LinkService
    let server: Server
    let following: @Sendable () -> BundleStatus?
    let pages: PageCatalog
    let metrics: EdgeMetrics
    let outages: StoreOutageLog
    let export: ConsumptionExport?
    let logger: Logger

    func respond(to request: Request, on surface: Surface) async -> Response {
        let start = ContinuousClock.now
        let target = RequestTarget(request.head.uri)
        let route = target.route
        let client = route.looksAtLinks || logger.logLevel <= .info ? request.client : nil
        var record = RequestRecord(method: request.method.label, route: route, client: client)
        let response: Response
        do throws(Refusal) {
            if route.looksAtLinks, server.load.isExcessive { throw Refusal(.unavailable(.overloaded)) }
            response = try await answer(request, target, on: surface, &record)
        } catch {
            response = refuse(error.reason, request, target)
            record.outcome = .refused(error.reason)
            record.nonce = error.nonce
            if case .unavailable(.log(let failure)) = error.reason { outages.refused(failure, at: service.uptime()) }
        }
        record.status = response.status.code
        record.duration = ContinuousClock.now - start
        metrics.record(record)
        log(record)
        return response
    }

    private func answer(
        _ request: Request, _ target: RequestTarget, on surface: Surface, _ record: inout RequestRecord
    ) async throws(Refusal) -> Response {
        let route = target.route
        guard surface.serves(route), route != .consumption || export != nil else {
            throw Refusal(.request(.noSuchResource))
        }
        guard route.allows(request.method) else {
            throw Refusal(.request(.method(allowed: route.allowedMethods)))
        }
        let body = try body(of: request)
        if request.method == .OPTIONS { return .options(route) }
        switch route {
        case .link:
            return request.method == .POST
                ? try await open(request, target, &record) : try await show(request, target, &record)
        case .verify: return try await verify(request, body, &record)
        case .start: return try await start(request, body, &record)
        case .finish: return try await finish(request, body, &record)
        case .auth: return try await authorize(request, &record)
        case .done: return try await thank(request, target, &record)
        case .health: return .plain("ok\n")
        case .readiness: return readiness(&record)
        case .metrics: return report()
        case .openAPI: return .openAPI
        case .consumption: return try await consumption(request, target)
        case .unknown: throw Refusal(.request(.noSuchResource))
        }
    }

    private func body(of request: Request) throws(Refusal) -> ByteBuffer {
        switch request.body {
        case .whole(let body): return body
        case .tooLarge(let limit): throw Refusal(.request(.tooLarge(limit: limit)))
        case .brokenOff: throw Refusal(.request(.brokenOff))
        }
    }

    /// Starts a survey or resumes it, for the API and for people.
    func start(
        _ genuine: GenuineLink, _ request: Request, _ record: inout RequestRecord
    ) async throws(Refusal) -> LinkService.Start {
        let details = StartDetails(startedBy: UserAgentClass(userAgent: request["User-Agent"]))
        let start = try await service.start(genuine, details: details)
        record.outcome = start.outcome
        record.nonce = genuine.link.nonce
        if start.outcome == .started { record.details = details }
        return start
    }

    /// Finishes a survey, for the API and for people.
    func finish(_ credential: Credential, _ record: inout RequestRecord) async throws(Refusal) -> LinkService.Finish {
        let finish = try await service.finish(credential, for: record.client)
        record.outcome = finish.outcome
        record.nonce = finish.nonce
        return finish
    }

    /// The answer to a refused request, in the form that its client reads.
    private func refuse(_ refusal: Refusal.Reason, _ request: Request, _ target: RequestTarget) -> Response {
        switch target.route {
        case .link, .done: return page(refusal, request, target)
        case .unknown:
            // Browsers come here with links that were cut off or mistyped.
            var response =
                !target.isAPI && request.prefersHTML
                ? page(refusal, request, target) : .problem(refusal, status: refusal.status(isPage: false))
            response.headers.add(name: "Vary", value: "Accept")
            return response
        case .auth: return refuseAuthorization(refusal, request)
        default: return .problem(refusal, status: refusal.status(isPage: false))
        }
    }

    private func page(_ refusal: Refusal.Reason, _ request: Request, _ target: RequestTarget) -> Response {
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

    private func log(_ record: RequestRecord) {
        guard logger.logLevel <= .info else { return }
        if let lines = logger.handler as? LineLogHandler {
            lines.log(record)
        } else {
            logger.info("\(RequestRecord.message)", metadata: record.metadata)
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
