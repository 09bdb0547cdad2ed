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
        guard let token = ConsoleCookie.session.value(in: request, origin), token.utf8.count == 43,
            let stored = try? Passwords(contentsOf: files.passwords)
        else { return nil }
        let isUse = request.method != .get || !request.uri.path.hasSuffix(".json")
        return sessions.session(of: token, at: now, isUse: isUse) { stored[$0] }
    }

    /// The sign-in page that leads to a page afterwards.
    static func signInPath(to page: ConsolePath) -> String {
        "/sign-in" + (page == .start ? "" : "?next=\(page.text.percentEncoded)")
    }

    func showSignIn(_ call: Call) throws -> Response {
        let next = ConsolePath(call.query["next"])
        if call.session != nil { return .seeOther(next.flatMap(existing)?.text ?? "/") }
        return try signInPage(call, next: next)
    }

    /// Asks somebody to sign in whose form came without a session, and keeps what was typed.
    func askToSignIn(_ call: Call, unsent: UnsentForm?) throws -> Response {
        var response = try signInPage(
            call, problem: unsent == nil ? .signInRequired : nil, next: unsent?.page, unsent: unsent,
            status: .unauthorized)
        // Of a file the rest is not read.
        if unsent?.hadFile == true { response.headers[.connection] = "close" }
        return response
    }

    func signIn(_ call: Call) async throws -> Response {
        try checkSignInForm(call)
        let given = call.form["user"]
        let user = given.utf8.count <= Self.longestUser ? given : ""
        let (next, unsent) = (ConsolePath(call.form["next"]), UnsentForm(call.form[UnsentForm.fieldName]))
        let attempt: SignInLimiter.Attempt
        switch limiter.admit(call.origin.client, at: call.now) {
        case .admitted(let admitted): attempt = admitted
        case .wait(let seconds):
            let refusal = ConsoleRefusal.tooManyAttempts(seconds: seconds)
            var response = try signInPage(
                call, problem: refusal, user: user, next: next, unsent: unsent, status: refusal.status)
            response.headers[.retryAfter] = String(seconds)
            return response
        }
        var matched: Passwords.Account?
        defer { limiter.end(attempt, succeeded: matched != nil, at: call.now) }
        let password = Array(call.form["password"].utf8)
        matched = try await passwords.check(user, SecretBytes(copying: password.span))
        guard let matched else {
            try record(.signInFailed, by: user, from: call.origin.address)
            return try signInPage(
                call, problem: .wrongPassword, user: user, next: next, unsent: unsent, status: .unauthorized)
        }
        return try beginSession(
            .password(matched.password), matched.role, of: user, call, next: next, unsent: unsent)
    }

    func checkSignInForm(_ call: Call) throws {
        guard let cookie = ConsoleCookie.signIn.value(in: call.request, call.origin),
            isEqualInConstantTime(try signInToken(cookie), call.form["form-token"])
        else { throw ConsoleRefusal.formToken }
    }

    /// Signs a user in, and leads to the page that was asked for, or to the form that was not sent.
    func beginSession(
        _ credential: Session.Credential, _ role: Role, of user: String, _ call: Call, next: ConsolePath?,
        unsent: UnsentForm?
    ) throws -> Response {
        // A session that the browser brought along, its own or one that was put there, ends here.
        if let old = ConsoleCookie.session.value(in: call.request, call.origin) { sessions.end(old) }
        let own = unsent.flatMap { $0.user == user ? $0 : nil }
        let token = try sessions.begin(
            credential, role, of: user, from: call.origin.address, unsent: own, at: call.now)
        try record(.signedIn, by: user, from: call.origin.address)
        // What another user typed stays with that user, and so does the page that it was typed into.
        let page = unsent == nil ? next : own?.page
        var response = Response.seeOther(page.flatMap(existing)?.text ?? "/")
        response.headers[values: .setCookie] = [
            ConsoleCookie.session.setting(token, call.origin), ConsoleCookie.signIn.clearing(call.origin),
        ]
        return response
    }

    /// A path, if there is a page.
    private func existing(_ path: ConsolePath) -> ConsolePath? {
        route(.get, path.words) == nil ? nil : path
    }

    func signOut(_ call: Call) throws -> Response {
        if let session = call.session {
            guard FormToken.haveSameSecret(call.form["form-token"], session.formToken) else {
                throw ConsoleRefusal.formToken
            }
            if let token = ConsoleCookie.session.value(in: call.request, call.origin) { sessions.end(token) }
            try record(.signedOut, call)
        }
        var response = Response.seeOther("/sign-in")
        response.headers[.setCookie] = ConsoleCookie.session.clearing(call.origin)
        return response
    }

    /// Where a tab leads in which somebody signed in for another one.
    func showSignedIn(_ call: Call) -> Response {
        page("signed-in", "Signed in", in: nil, ["next": "/", "isForAnotherTab": true], for: call.session)
    }

    /// Leads on to a page with a request of the console's own, which has the cookies that browsers keep back when a link
    /// elsewhere leads here.
    func continuing(to path: ConsolePath) -> Response {
        var response = page("signed-in", "linkseal", in: nil, ["next": path.text, "isForAnotherTab": false], for: nil)
        response.headers[.refresh] = "0; url=\(path.text)"
        return response
    }

    /// Tells a page's script which secret its forms need after somebody has signed in again.
    func describeSession(_ call: Call) throws -> Response {
        struct Description: Encodable {
            var user: String
            var formSecret: String
        }
        let session = call.session
        return try .json(Description(user: call.user, formSecret: session?.formSecret ?? ""))
    }

    func signInPage(
        _ call: Call, problem: ConsoleRefusal? = nil, user: String = "", next: ConsolePath?,
        unsent: UnsentForm? = nil, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let given = ConsoleCookie.signIn.value(in: call.request, call.origin)
        let cookie =
            try given.flatMap { $0.utf8.count == 43 ? $0 : nil }
            ?? randomText(32)
        let carried = unsent?.text
        var response = page(
            "sign-in", "Sign in", in: nil,
            [
                "token": try signInToken(cookie),
                "user": user.isEmpty ? unsent.map { Passwords.isUsable($0.user) ? $0.user : "" } ?? "" : user,
                "hasProblem": problem != nil, "problem": problem.map { Self.sentence($0.description) } ?? "",
                "next": next?.text ?? "", "unsent": carried ?? "", "unsentName": UnsentForm.fieldName,
                "hasUnsent": carried != nil, "isTooLong": unsent != nil && carried == nil,
                "hasProvider": configuration.provider != nil, "provider": configuration.provider?.name ?? "",
                "unsentUser": unsent.map { Session.shortName(of: $0.user) } ?? "", "hadFile": unsent?.hadFile ?? false,
            ], for: nil, status: status)
        response.headers[.setCookie] = ConsoleCookie.signIn.setting(cookie, call.origin)
        return response
    }

    /// What the form of a browser with that cookie carries. Nobody else can compute it.
    private func signInToken(_ cookie: String) throws -> String {
        let bytes = Array(cookie.utf8)
        let tag = try signInKey.tag(for: bytes.span)
        return Base64URL.encode(tag.span)
    }
}
