import Cryptography
import Distributions
import Encoding
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Trust

/// Lets a request through to its page, or says why not. The checks run in this order: the host, the path, the method,
/// where the request comes from, the session, the role, the form's token.
struct ConsoleResponder: HTTPResponder {
    typealias Context = ConsoleContext

    static let formLimit = 2 << 20
    /// What anybody may have taken apart, beside a form that the sign-in page carries.
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
        let found = service.session(of: request, origin, at: now)
        session = found
        // Only the form's own page shows it.
        session?.unsent = nil
        let matches = service.routes.compactMap { (route) in route.parameters(of: words).map { (route, $0) } }
        guard !matches.isEmpty else { throw session == nil ? ConsoleRefusal.signInRequired : ConsoleRefusal.noSuchPage }
        let method: HTTPRequest.Method = request.method == .head ? .get : request.method
        guard let (route, parameters) = matches.first(where: { $0.0.method == method }) else {
            throw ConsoleRefusal.method(allowed: matches.map(\.0.method.rawValue).joined(separator: ", "))
        }
        if route.method == .post, !origin.isSameOrigin(request.headers) { throw ConsoleRefusal.crossSite }
        let here = ConsolePath(target)
        var call = Call(
            request: request, origin: origin, parameters: parameters,
            query: FormFields(target.dropFirst(path.count + 1)), session: session, now: now)
        guard let role = route.access.role else {
            if route.body == .form {
                call.form = try await form(of: request, upTo: Self.signInLimit + UnsentForm.limit * 4 / 3)
                let carried = call.form[UnsentForm.fieldName].utf8.count
                guard call.form.byteCount - carried <= Self.signInLimit else {
                    throw ConsoleRefusal.tooLarge(limit: Self.signInLimit)
                }
            }
            return try await route.answer(call)
        }
        guard let known = found else {
            guard method == .post, !request.wantsJSON, let here else { throw ConsoleRefusal.signInRequired }
            return try service.askToSignIn(call, unsent: try await unsent(route, call, at: here))
        }
        guard known.role >= role else {
            try service.record(
                .refused, call, detail: "\(method.rawValue) \(route.path) needs the role \(role.rawValue)")
            throw ConsoleRefusal.role(needed: role, user: known.user, has: known.role)
        }
        switch route.body {
        case .none:
            call.session?.page = here
            if method == .get, request.method != .head, let form = known.unsent, form.page == here {
                service.sessions.forgetUnsent(of: known)
                return try await service.show(form, call)
            }
        case .form:
            call.form = try await form(of: request, upTo: Self.formLimit)
            let given = call.form["form-token"]
            let token = FormToken(given)
            guard FormToken.haveSameSecret(given, call.formToken) else {
                // Of an earlier session of the same user: nothing is done, and nothing is lost.
                guard let token, token.user == known.user, !request.wantsJSON, let here else {
                    throw ConsoleRefusal.formToken
                }
                let form = UnsentForm(
                    action: here, page: page(of: token, of: call, at: here), user: known.user, hadFile: false,
                    fields: call.form)
                do {
                    var response = try await service.show(form, call)
                    response.status = ConsoleRefusal.formToken.status
                    return response
                } catch is ConsoleRefusal, is DistributionsError {
                    // Its page is about something that is not there.
                    throw ConsoleRefusal.formToken
                }
            }
            let shown = page(of: token, of: call, at: here)
            call.session?.page = shown
        case .upload:
            let shown = page(of: nil, of: call, at: here)
            call.session?.page = shown
        }
        let admitted = call
        return try await DistributionChange.$actor.withValue(ConsoleService.actor(known.user)) {
            try await route.answer(admitted)
        }
    }

    /// What somebody sent after their session had ended.
    private func unsent(_ route: Route, _ call: Call, at here: ConsolePath) async throws -> UnsentForm? {
        var fields = FormFields()
        switch route.body {
        case .none: return nil
        case .form: fields = try await form(of: call.request, upTo: UnsentForm.limit)
        case .upload:
            // The token comes first; the file stays unread.
            var head: [UInt8] = []
            for try await bytes in call.request.body {
                head.append(contentsOf: bytes.readableBytesView.prefix(4096 - head.count))
                if head.count >= 4096 { break }
            }
            let text = String(decoding: head, as: UTF8.self)
            let token = text.firstMatch(of: /name="form-token"\r\n\r\n([A-Za-z0-9_.-]+)\r\n/)
            if let token { fields.append("form-token", String(token.1)) }
        }
        guard let token = FormToken(fields["form-token"]) else { return nil }
        return UnsentForm(
            action: here, page: page(of: token, of: call, at: here), user: token.user,
            hadFile: route.body == .upload, fields: fields)
    }

    /// The page that shows a form: the one that its token names, or the nearest above where it was sent.
    private func page(of token: FormToken?, of call: Call, at here: ConsolePath?) -> ConsolePath {
        if let page = token?.page, service.route(.get, page.words) != nil { return page }
        var words = here?.path.split(separator: "/") ?? []
        while !words.isEmpty {
            let path = ConsolePath("/" + words.joined(separator: "/"))
            if let path, service.route(.get, path.words) != nil { return path }
            words.removeLast()
        }
        return .start
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
            guard request.method == .get, !request.wantsJSON else {
                return service.problem(ConsoleRefusal.signInRequired, status: .unauthorized, session)
            }
            let here = ConsolePath(request.head.path ?? "/") ?? .start
            return RequestOrigin.isNavigationFromElsewhere(request.headers)
                ? service.continuing(to: here) : .seeOther(ConsoleService.signInPath(to: here))
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

extension Request {
    /// Whether a script asks, which can't use a page.
    fileprivate var wantsJSON: Bool { headers[.accept]?.contains("application/json") == true }
}
