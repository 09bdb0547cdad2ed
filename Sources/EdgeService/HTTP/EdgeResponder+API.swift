import ConsumptionLog
import HTTPTypes
import Hummingbird
import LinkToken
import Trust

/// What survey engines and proxies ask.
extension EdgeResponder {
    private func body(of request: Request) async throws(LinkService.Rejection) -> LinkRequest {
        do {
            return try await LinkRequest.read(request)
        } catch {
            throw .init(error)
        }
    }

    private func tokenAndData(
        of body: LinkRequest
    ) throws(LinkService.Rejection) -> (token: String, data: LinkService.Parameters) {
        do {
            return try body.tokenAndData()
        } catch {
            throw .init(error)
        }
    }

    /// `POST /v1/verify`: every check that needs no state.
    func verify(_ request: Request) async throws(LinkService.Rejection) -> Reply {
        let (token, data) = try tokenAndData(of: try await body(of: request))
        let genuine = try service.verify(token, data: data)
        var json = JSONObjectWriter()
        json.add("valid", true)
        json.add(genuine)
        return Reply(.json(json.finish()), outcome: "valid", nonce: genuine.link.nonce)
    }

    /// `POST /v1/start`.
    func start(_ request: Request) async throws(LinkService.Rejection) -> Reply {
        let (token, data) = try tokenAndData(of: try await body(of: request))
        let start = try await service.start(
            token, data: data, by: UserAgentClass(userAgent: request.headers[.userAgent]), needsSurvey: false)
        let outcome = start.isFirst ? "started" : "resumed"
        var json = JSONObjectWriter()
        json.add("outcome", outcome)
        json.add("startedAt", start.startedAt.description)
        json.add("session", start.session)
        json.add("surveyURL", start.surveyURL)
        json.add(start.genuine)
        var reply = Reply(.json(json.finish()), outcome: outcome, nonce: start.genuine.link.nonce)
        reply.isStart = true
        reply.startedBy = start.startedBy
        return reply
    }

    /// `POST /v1/finish`.
    func finish(_ request: Request) async throws(LinkService.Rejection) -> Reply {
        let body = try await body(of: request)
        let credential: Credential
        do {
            credential = try body.credential()
        } catch {
            throw .init(error)
        }
        let finish = try await service.finish(credential)
        let outcome = finish.isFirst ? "finished" : "already_finished"
        var json = JSONObjectWriter()
        json.add("outcome", outcome)
        json.add("startedAt", finish.startedAt.description)
        json.add("distribution", finish.nonce.distribution.description)
        json.add("serial", finish.nonce.serial.rawValue)
        return Reply(.json(json.finish()), outcome: outcome, nonce: finish.nonce)
    }

    /// `GET /auth`: for nginx `auth_request`, Caddy `forward_auth` and Traefik's ForwardAuth.
    func authorize(_ request: Request) async throws(LinkService.Rejection) -> Reply {
        // Traefik and Caddy send X-Forwarded-Uri; nginx sends what its configuration says, by custom X-Original-URI.
        let queries = [HTTPField.Name.xForwardedURI, .xOriginalURI].compactMap { request.headers[$0] }
            .map { RequestTarget($0).query }
        guard let credential = Credential(of: request, queries: queries) else {
            throw .init(.request(.credentialsMissing))
        }
        let admission = try await service.admit(credential, queries: queries.map(\.parameters))
        var fields = HTTPFields.guarded
        fields[.linksealDistribution] = admission.nonce.distribution.description
        fields[.linksealSerial] = admission.nonce.serial.description
        let link = admission.genuine?.link
        // Percent-encoded: a field's value is ASCII (RFC 9110 §5.5), a contact ID is not. Empty where it is not known, so
        // that a proxy that copies it overwrites what the client may have claimed.
        fields[.linksealContactID] = link?.claims.contactID.text.percentEncoded ?? ""
        if let link { fields[.linksealExpiry] = link.expiry.description }
        if let start = admission.startedAt { fields[.linksealStartedAt] = start.description }
        return Reply(Response(status: .noContent, headers: fields), outcome: "admitted", nonce: admission.nonce)
    }
}

extension Credential {
    /// The first of: `X-Linkseal-Token`, `Authorization: Bearer`, the original address's `session` or `token`, the cookie
    /// `linkseal`. An address comes before the cookie because a new link is meant to replace an old one.
    fileprivate init?(of request: Request, queries: [QueryString]) {
        func nonEmpty(_ text: (some StringProtocol)?) -> String? { text.flatMap { $0.isEmpty ? nil : String($0) } }

        let bearer = request.headers[.authorization].flatMap { (field) -> Substring? in
            let parts = field.split(separator: " ", maxSplits: 1)
            return parts.count == 2 && parts[0].lowercased() == "bearer" ? parts[1] : nil
        }
        let asked = queries.lazy.compactMap { nonEmpty($0["session"]) ?? nonEmpty($0["token"]) }.first
        let found =
            nonEmpty(request.headers[.xLinksealToken]) ?? nonEmpty(bearer) ?? asked
            ?? nonEmpty(request.cookies["linkseal"]?.value)
        guard let found else { return nil }
        self.init(found)
    }
}

extension JSONObjectWriter {
    /// What is known of a genuine link.
    fileprivate mutating func add(_ genuine: GenuineLink) {
        let claims = genuine.link.claims
        add("distribution", claims.nonce.distribution.description)
        add("serial", claims.nonce.serial.rawValue)
        add("contactID", claims.contactID.text)
        add("expiry", genuine.link.expiry.description)
        add("keyID", genuine.link.keyID.description)
        add("embeddedDataHash", claims.embeddedDataHash?.description)
        add("data", genuine.data.map { ($0.name, $0.value) })
    }
}
