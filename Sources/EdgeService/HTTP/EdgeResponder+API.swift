import Consumption
import LinkToken
import NIOCore
import NIOHTTP1
import Trust

/// What survey engines ask.
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
