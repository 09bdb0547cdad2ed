import Encoding
import HTTPServer
import LinkToken
import NIOHTTP1

/// What proxies ask before they forward a request.
extension EdgeResponder {
    /// `GET /auth`: for nginx `auth_request`, Caddy, HAProxy and Traefik's ForwardAuth.
    func authorize(_ request: Request, _ record: inout RequestRecord) async throws(Refusal) -> Response {
        let queries = request.originalQueries
        guard let shown = ShownCredential(in: request, queries, acceptingTokens: service.acceptsTokens) else {
            throw Refusal(.request(.credentialsMissing))
        }
        let admission = try await service.admit(shown.credential, queries: queries, for: record.client)
        var fields = HTTPHeaders.guarded
        fields.add(name: "X-Linkseal-Distribution", value: admission.nonce.distribution.description)
        fields.add(name: "X-Linkseal-Serial", value: admission.nonce.serial.description)
        let link = admission.genuine?.link
        // Percent-encoded: a field's value is ASCII (RFC 9110 §5.5), a contact ID is not. Empty where it is not known, so
        // that a proxy that copies it overwrites what the client may have claimed.
        fields.add(name: "X-Linkseal-Contact-Id", value: link?.claims.contactID.text.percentEncoded ?? "")
        fields.add(name: "X-Linkseal-Expiry", value: link?.expiry.description ?? "")
        fields.add(name: "X-Linkseal-Started-At", value: admission.startedAt?.description ?? "")
        if shown.isFromAddress { fields.add(name: "Set-Cookie", value: shown.cookie(isSecure: request.isSecure)) }
        record.outcome = .admitted
        record.nonce = admission.nonce
        return Response(.noContent, fields)
    }

    /// The answer to a request that is not admitted: a page where the proxy asks for somebody's browser, and a problem for
    /// everybody else.
    func refuseAuthorization(_ refusal: Refusal.Reason, _ request: Request) -> Response {
        let status = refusal.authorizationStatus
        var response: Response
        if request.prefersHTML {
            let query = request.originalQueries.first ?? QueryString("")
            response = page(Page(refusal, at: .auth), request, query, status: status)
            response.addFields(of: refusal)
        } else {
            response = .problem(refusal, status: status)
        }
        response.headers.add(name: "Vary", value: "Accept")
        response.headers.add(name: "X-Linkseal-Code", value: refusal.code)
        return response
    }
}

/// The credential of a request that a proxy asks about, and whether it is in the address.
private struct ShownCredential {
    let credential: Credential
    let isFromAddress: Bool

    /// The first of `X-Linkseal-Token`, `Authorization: Bearer`, the original address's `session` and `token`, and the
    /// cookie `linkseal` that has the form of an accepted credential. The address comes before the cookie because a new
    /// link is meant to replace an old one.
    ///
    /// Surveys have parameters and bearer tokens of their own under the same names, which must sign nobody out. Without an
    /// accepted credential, it is the one whose refusal tells most.
    init?(in request: Request, _ queries: [QueryString], acceptingTokens acceptsTokens: Bool) {
        func accepted(_ text: String) -> Credential? {
            let credential = Credential(wellFormed: text)
            if case .token = credential, !acceptsTokens { return nil }
            return credential
        }
        let field = request["X-Linkseal-Token"] ?? ""
        let bearer = request.bearer.map(String.init) ?? ""
        let cookie = request.cookie("linkseal").map(String.init) ?? ""
        let inAddress = queries.lazy.flatMap { (query) in
            ["session", "token"].lazy.flatMap { (name) in query.parameters.lazy.filter { $0.name == name } }
        }

        if let credential = accepted(field) ?? accepted(bearer) {
            (self.credential, isFromAddress) = (credential, false)
        } else if let credential = inAddress.compactMap({ accepted($0.value) }).first {
            (self.credential, isFromAddress) = (credential, true)
        } else if let credential = accepted(cookie) ?? Credential(refusable: field) ?? Credential(wellFormed: bearer)
            ?? inAddress.compactMap({ Credential(wellFormed: $0.value) }).first ?? Credential(refusable: cookie)
        {
            (self.credential, isFromAddress) = (credential, false)
        } else {
            return nil
        }
    }

    /// Keeps the credential of a survey's first page for the pages behind it (RFC 6265 §4.1).
    func cookie(isSecure: Bool) -> String {
        "linkseal=\(credential.text); Path=/; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
    }
}

extension Credential {
    /// The text where only a credential is expected. If it isn't one, the refusal says why. Nil for no text.
    fileprivate init?(refusable text: String) {
        guard !text.isEmpty else { return nil }
        self.init(text)
    }
}

extension Request {
    /// The queries of the address that a proxy asks about. Traefik and Caddy send `X-Forwarded-Uri`; nginx sends what its
    /// configuration says, by custom `X-Original-URI`.
    fileprivate var originalQueries: [QueryString] {
        ["X-Forwarded-Uri", "X-Original-URI"].compactMap { self[$0] }.map { RequestTarget($0).query }
    }

    /// The token of `Authorization: Bearer` (RFC 6750 §2.1).
    var bearer: Substring? {
        guard let parts = self["Authorization"]?.split(separator: " ", maxSplits: 1), parts.count == 2,
            parts[0].lowercased() == "bearer"
        else { return nil }
        return parts[1]
    }

    /// Whether the client came to the proxy by TLS.
    fileprivate var isSecure: Bool {
        self["X-Forwarded-Proto"].map { $0 == "https" || $0 == "wss" } ?? false
    }
}
