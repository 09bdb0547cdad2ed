import ConsumptionLog
import LinkToken
import NIOCore
import NIOHTTP1
import Trust

/// What survey engines and proxies ask.
extension EdgeResponder {
    private func read(_ request: Request, _ body: ByteBuffer) throws(LinkService.Rejection) -> LinkRequest {
        do {
            return try LinkRequest(contentType: request["Content-Type"], body: body)
        } catch {
            throw .init(error)
        }
    }

    private func tokenAndData(
        of body: LinkRequest
    ) throws(LinkService.Rejection) -> (token: String, data: LinkData) {
        do {
            return try body.tokenAndData()
        } catch {
            throw .init(error)
        }
    }

    /// `POST /v1/verify`: every check that needs no state.
    func verify(
        _ request: Request, _ body: ByteBuffer, for client: ClientAddress?
    ) async throws(LinkService.Rejection) -> Reply {
        let (token, data) = try tokenAndData(of: try read(request, body))
        let genuine = try await service.verify(token, data: data, for: client)
        var json = JSONObjectWriter()
        json.add("valid", true)
        json.add(genuine)
        return Reply(.json(json.finish()), outcome: "valid", nonce: genuine.link.nonce)
    }

    /// `POST /v1/start`.
    func start(
        _ request: Request, _ body: ByteBuffer, for client: ClientAddress?
    ) async throws(LinkService.Rejection) -> Reply {
        let (token, data) = try tokenAndData(of: try read(request, body))
        let start = try await service.start(
            token, data: data, by: UserAgentClass(userAgent: request["User-Agent"]), needsSurvey: false,
            for: client)
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
    func finish(
        _ request: Request, _ body: ByteBuffer, for client: ClientAddress?
    ) async throws(LinkService.Rejection) -> Reply {
        let asked = try read(request, body)
        let credential: Credential
        do {
            credential = try asked.credential()
        } catch {
            throw .init(error)
        }
        let finish = try await service.finish(credential, for: client)
        let outcome = finish.isFirst ? "finished" : "already_finished"
        var json = JSONObjectWriter()
        json.add("outcome", outcome)
        json.add("startedAt", finish.startedAt.description)
        json.add("distribution", finish.nonce.distribution.description)
        json.add("serial", finish.nonce.serial.rawValue)
        var reply = Reply(.json(json.finish()), outcome: outcome, nonce: finish.nonce)
        reply.isFinish = true
        return reply
    }

    /// `GET /auth`: for nginx `auth_request`, Caddy `forward_auth` and Traefik's ForwardAuth.
    func authorize(_ request: Request, for client: ClientAddress?) async throws(LinkService.Rejection) -> Reply {
        // Traefik and Caddy send X-Forwarded-Uri; nginx sends what its configuration says, by custom X-Original-URI.
        let queries = ["X-Forwarded-Uri", "X-Original-URI"].compactMap { request[$0] }
            .map { RequestTarget($0).query }
        guard let credential = Credential(of: request, queries: queries) else {
            throw .init(.request(.credentialsMissing))
        }
        let admission = try await service.admit(credential, queries: queries, for: client)
        var fields = HTTPHeaders.guarded
        fields.add(name: "X-Linkseal-Distribution", value: admission.nonce.distribution.description)
        fields.add(name: "X-Linkseal-Serial", value: admission.nonce.serial.description)
        let link = admission.genuine?.link
        // Percent-encoded: a field's value is ASCII (RFC 9110 §5.5), a contact ID is not. Empty where it is not known, so
        // that a proxy that copies it overwrites what the client may have claimed.
        fields.add(name: "X-Linkseal-Contact-Id", value: link?.claims.contactID.text.percentEncoded ?? "")
        fields.add(name: "X-Linkseal-Expiry", value: link?.expiry.description ?? "")
        fields.add(name: "X-Linkseal-Started-At", value: admission.startedAt?.description ?? "")
        return Reply(Response(.noContent, fields), outcome: "admitted", nonce: admission.nonce)
    }
}

extension Credential {
    /// The first of: `X-Linkseal-Token`, `Authorization: Bearer`, the original address's `session` or `token`, the cookie
    /// `linkseal`. An address comes before the cookie because a new link is meant to replace an old one.
    fileprivate init?(of request: Request, queries: [QueryString]) {
        func nonEmpty(_ text: (some StringProtocol)?) -> String? { text.flatMap { $0.isEmpty ? nil : String($0) } }

        // Survey tools have short parameters of these names themselves.
        func inAddress(_ text: String?) -> String? {
            text.flatMap { $0.utf8.count >= SessionReceipt.characterCount ? $0 : nil }
        }
        let bearer = request["Authorization"].flatMap { (field) -> Substring? in
            let parts = field.split(separator: " ", maxSplits: 1)
            return parts.count == 2 && parts[0].lowercased() == "bearer" ? parts[1] : nil
        }
        let asked = queries.lazy.compactMap { inAddress($0["session"]) ?? inAddress($0["token"]) }.first
        let found =
            nonEmpty(request["X-Linkseal-Token"]) ?? nonEmpty(bearer) ?? asked
            ?? nonEmpty(request.cookie("linkseal"))
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
