import HTTPTypes
import Hummingbird
import LinkToken

/// Signing in with the provider.
extension ConsoleService {
    /// Where the provider sends browsers back to.
    static let providerPath = "/sign-in/provider/done"

    /// Sends a browser to the provider.
    func beginProviderSignIn(_ call: Call) async throws -> Response {
        guard let provider = configuration.provider else { throw ConsoleRefusal.noSuchPage }
        try checkSignInForm(call)
        let (next, unsent) = (ConsolePath(call.form["next"]), UnsentForm(call.form[UnsentForm.fieldName]))
        // Each asks the provider and is remembered for a while. It counts as a failure until somebody has signed in.
        switch limiter.admit(call.origin.client, at: call.now) {
        case .admitted(let admitted): limiter.end(admitted, succeeded: false, at: call.now)
        case .wait(let seconds):
            let refusal = ConsoleRefusal.tooManyAttempts(seconds: seconds)
            var response = try signInPage(call, problem: refusal, next: next, unsent: unsent, status: refusal.status)
            response.headers[.retryAfter] = String(seconds)
            return response
        }
        let redirectURI = (call.origin.isSecure ? "https://" : "http://") + call.origin.authority + Self.providerPath
        let attempt = try SignInProvider.Attempt(redirectURI: redirectURI, next: next, unsent: unsent, at: call.now)
        let address: String
        do {
            address = provider.address(for: attempt, try await provider.metadata(edgeClient))
        } catch let error as ConsoleRefusal {
            return try signInPage(call, problem: error, next: next, unsent: unsent, status: error.status)
        }
        pendingSignIns.keep(attempt)
        // A redirection would be one of the form, which may lead to the console alone.
        var response = page(
            "signed-in", "Sign in", in: nil, ["next": address, "isForAnotherTab": false], for: nil)
        response.headers[.refresh] = "0; url=\(address)"
        response.headers[.setCookie] = ConsoleCookie.provider.setting(attempt.state, call.origin, isLax: true)
        return response
    }

    /// What the provider sends a browser back with.
    func finishProviderSignIn(_ call: Call) async throws -> Response {
        guard let provider = configuration.provider else { throw ConsoleRefusal.noSuchPage }
        let state = call.query["state"]
        // The state is of a sign-in that this browser began, and is answered once.
        guard let cookie = ConsoleCookie.provider.value(in: call.request, call.origin),
            isEqualInConstantTime(cookie, state), let attempt = pendingSignIns.take(state, at: call.now)
        else {
            try record(.signInFailed, by: "", from: call.origin.address, detail: "an unknown state")
            throw ConsoleRefusal.provider(
                reason: "this sign-in was not begun in this browser, or too long ago; try again")
        }
        do {
            let error = call.query["error"]
            guard error.isEmpty else {
                let isCode =
                    error.utf8.count <= 40 && error.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F }
                throw ConsoleRefusal.provider(reason: "it refused to sign you in" + (isCode ? " (\(error))" : ""))
            }
            // RFC 9207.
            guard ["", provider.issuer].contains(call.query["iss"]) else {
                throw ConsoleRefusal.provider(reason: "the answer is of another issuer")
            }
            let (user, role) = try await provider.user(
                by: call.query["code"], of: attempt, provider.metadata(edgeClient), edgeClient, at: call.now)
            limiter.forgive(call.origin.client, at: call.now)
            var response = try beginSession(
                .provider, role, of: user, call, next: attempt.next, unsent: attempt.unsent)
            // The browser comes from the provider, and keeps the session's cookie back in requests that follow from there.
            let page = response.headers[.location].flatMap { ConsolePath($0) } ?? .start
            let cookies = response.headers[values: .setCookie]
            response = continuing(to: page)
            response.headers[values: .setCookie] = cookies + [ConsoleCookie.provider.clearing(call.origin)]
            return response
        } catch let error as ConsoleRefusal {
            let user = if case .noRoleFromProvider(let user) = error { user } else { "" }
            try record(.signInFailed, by: user, from: call.origin.address, detail: "with \(provider.name)")
            return try signInPage(
                call, problem: error, next: attempt.next, unsent: attempt.unsent, status: error.status)
        }
    }
}
