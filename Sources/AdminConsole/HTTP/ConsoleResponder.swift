import Cryptography
import Distributions
import Encoding
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Trust

/// Lets a request through to its page, or says why not. The checks run in this order: the host, the path, the method,
/// where the request comes from, the session, the form's token.
struct ConsoleResponder: HTTPResponder {
    typealias Context = ConsoleContext

    static let formLimit = 2 << 20
    /// What anybody may have taken apart.
    static let signInLimit = 8 << 10

    let service: ConsoleService
    let logger: Logger

    func respond(to request: Request, context: ConsoleContext) async -> Response {
        let origin = RequestOrigin(request.head, peer: context.peer, proxyHosts: service.proxyHosts)
        var response = await withTaskExecutorPreference(service.requestThreads) {
            await answer(request, origin)
        }
        if request.method == .head { response = response.createHeadResponse() }
        response.secure(isEncrypted: origin.isSecure)
        return response
    }

    private func answer(_ request: Request, _ origin: RequestOrigin) async -> Response {
        var session: Session?
        do {
            return try await admit(request, origin, &session)
        } catch {
            return refuse(error, request, session)
        }
    }

    private func admit(
        _ request: Request, _ origin: RequestOrigin, _ session: inout Session?
    ) async throws -> Response {
        guard origin.isFor(hosts: service.hosts) else { throw ConsoleRefusal.host }
        let target = request.head.path ?? "/"
        let path = target.prefix { $0 != "?" }
        let words = path.split(separator: "/").map(\.percentDecoded)
        let now = service.clock()
        session = service.session(of: request, origin, at: now)
        let found = service.routes.compactMap { (route) in route.parameters(of: words).map { (route, $0) } }
        guard !found.isEmpty else { throw session == nil ? ConsoleRefusal.signInRequired : ConsoleRefusal.noSuchPage }
        let method: HTTPRequest.Method = request.method == .head ? .get : request.method
        guard let (route, parameters) = found.first(where: { $0.0.method == method }) else {
            throw ConsoleRefusal.method(allowed: found.map(\.0.method.rawValue).joined(separator: ", "))
        }
        if route.method == .post, !origin.isSameOrigin(request.headers) { throw ConsoleRefusal.crossSite }
        if route.access == .signedIn, session == nil { throw ConsoleRefusal.signInRequired }
        var call = Call(
            request: request, origin: origin, parameters: parameters,
            query: FormFields(target.dropFirst(path.count + 1)), session: session, now: now)
        if route.body == .form {
            call.form = try await form(of: request, upTo: route.access == .signedIn ? Self.formLimit : Self.signInLimit)
            // The form that signs in belongs to no session yet and has its own check.
            if route.access == .signedIn {
                guard isEqualInConstantTime(call.form["form-token"], call.formToken) else {
                    throw ConsoleRefusal.formToken
                }
            }
        }
        return try await DistributionChange.$actor.withValue(session?.user) { [call] in
            try await route.answer(call)
        }
    }

    private func form(of request: Request, upTo limit: Int) async throws -> FormFields {
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.lowercased() ?? ""
        guard type == "application/x-www-form-urlencoded" else {
            throw ConsoleRefusal.malformed("the form did not arrive as application/x-www-form-urlencoded")
        }
        do {
            let body = try await request.body.collect(upTo: limit)
            return FormFields(String(buffer: body))
        } catch is NIOTooManyBytesError {
            throw ConsoleRefusal.tooLarge(limit: limit)
        }
    }

    /// The page that says what went wrong. Errors of the modules below say themselves what to do.
    private func refuse(_ error: any Error, _ request: Request, _ session: Session?) -> Response {
        if case ConsoleRefusal.signInRequired = error {
            guard request.method == .get, request.headers[.accept]?.contains("application/json") != true else {
                return service.problem(ConsoleRefusal.signInRequired, status: .unauthorized, session)
            }
            return .seeOther("/sign-in")
        }
        var response: Response
        switch error {
        case let error as ConsoleRefusal:
            response = service.problem(error, status: error.status, session)
            if case .method(let allowed) = error { response.headers[.allow] = allowed }
            if case .tooManyAttempts(let seconds) = error { response.headers[.retryAfter] = String(seconds) }
        case DistributionsError.busy:
            response = service.busy(session)
        case let error as DistributionsError:
            let status: HTTPResponse.Status =
                switch error {
                case .notFound: .notFound
                case .file, .damaged, .cryptography: .internalServerError
                default: .unprocessableContent
                }
            response = service.problem(error, status: status, session)
        case is TrustError, is any ContactSourceError, is CryptographyError, is SurveyURLTemplateError:
            response = service.problem(ConsoleService.advised(error), status: .unprocessableContent, session)
        default:
            logger.error("a page failed", metadata: ["reason": "\(type(of: error))"])
            response = service.problem(
                "an unexpected error occurred, so the action may be incomplete; see the console's log",
                status: .internalServerError, session)
        }
        // The rest of a body is not worth reading.
        if request.method == .post { response.headers[.connection] = "close" }
        return response
    }
}
