import Cryptography
import Encoding
import Hummingbird
import LinkToken

/// Signing in and out.
extension ConsoleService {
    /// In bytes of UTF-8. No user has a longer name.
    private static let longestUser = 64

    /// The session that a request carries, when it is one.
    func session(of request: Request, _ origin: RequestOrigin, at now: UnixTime) -> Session? {
        guard let token = ConsoleCookie.session.value(in: request, isSecure: origin.isSecure), token.utf8.count == 43,
            let stored = try? Passwords(contentsOf: files.passwords)
        else { return nil }
        let isUse = request.method != .get || !request.uri.path.hasSuffix(".json")
        return sessions.session(of: token, at: now, isUse: isUse) { stored[$0] }
    }

    func showSignIn(_ call: Call) throws -> Response {
        if call.session != nil { return .seeOther("/") }
        return try signInPage(call, problem: nil, user: "", status: .ok)
    }

    func signIn(_ call: Call) async throws -> Response {
        guard let cookie = ConsoleCookie.signIn.value(in: call.request, isSecure: call.origin.isSecure),
            isEqualInConstantTime(try signInToken(cookie), call.form["form-token"])
        else { throw ConsoleRefusal.formToken }
        let given = call.form["user"]
        let user = given.utf8.count <= Self.longestUser ? given : ""
        let attempt: SignInLimiter.Attempt
        switch limiter.admit(call.origin.client, at: call.now) {
        case .admitted(let admitted): attempt = admitted
        case .wait(let seconds):
            let refusal = ConsoleRefusal.tooManyAttempts(seconds: seconds)
            var response = try signInPage(call, problem: refusal, user: user, status: refusal.status)
            response.headers[.retryAfter] = String(seconds)
            return response
        }
        var matched: PasswordHash?
        defer { limiter.end(attempt, succeeded: matched != nil, at: call.now) }
        let password = Array(call.form["password"].utf8)
        matched = try await passwords.check(user, SecretBytes(copying: password.span))
        guard let matched else {
            try record(.signInFailed, by: user, from: call.origin.address)
            return try signInPage(call, problem: .wrongPassword, user: user, status: .unauthorized)
        }
        // A session that the browser brought along, its own or one that was put there, ends here.
        if let old = ConsoleCookie.session.value(in: call.request, isSecure: call.origin.isSecure) { sessions.end(old) }
        let (token, _) = try sessions.begin(user, matched, at: call.now)
        try record(.signedIn, by: user, from: call.origin.address)
        var response = Response.seeOther("/")
        response.headers[values: .setCookie] = [
            ConsoleCookie.session.setting(token, isSecure: call.origin.isSecure),
            ConsoleCookie.signIn.clearing(isSecure: call.origin.isSecure),
        ]
        return response
    }

    func signOut(_ call: Call) throws -> Response {
        if let token = ConsoleCookie.session.value(in: call.request, isSecure: call.origin.isSecure) {
            sessions.end(token)
        }
        try record(.signedOut, call)
        var response = Response.seeOther("/sign-in")
        response.headers[.setCookie] = ConsoleCookie.session.clearing(isSecure: call.origin.isSecure)
        return response
    }

    private func signInPage(
        _ call: Call, problem: ConsoleRefusal?, user: String, status: HTTPResponse.Status
    ) throws -> Response {
        let given = ConsoleCookie.signIn.value(in: call.request, isSecure: call.origin.isSecure)
        let cookie =
            try given.flatMap { $0.utf8.count == 43 ? $0 : nil }
            ?? randomText(32)
        var response = page(
            "sign-in", "Sign in", in: nil,
            [
                "token": try signInToken(cookie), "user": user, "hasProblem": problem != nil,
                "problem": problem.map { Self.sentence($0.description) } ?? "",
            ], for: nil, status: status)
        response.headers[.setCookie] = ConsoleCookie.signIn.setting(cookie, isSecure: call.origin.isSecure)
        return response
    }

    /// What the form of a browser with that cookie carries. Nobody else can compute it.
    private func signInToken(_ cookie: String) throws -> String {
        let bytes = Array(cookie.utf8)
        let tag = try signInKey.tag(for: bytes.span)
        return Base64URL.encode(tag.span)
    }
}
