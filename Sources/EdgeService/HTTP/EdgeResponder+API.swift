import Consumption
import HTTPServer
import LinkToken
import NIOCore
import NIOHTTP1
import Trust

/// What survey engines ask.
extension EdgeResponder {
    /// `POST /v1/verify`: every check that needs no state.
    func verify(
        _ request: Request, _ body: ByteBuffer, _ record: inout RequestRecord
    ) async throws(Refusal) -> Response {
        let (token, data) = try LinkRequest(of: request, body: body).tokenAndData()
        let genuine = try await service.verify(token, data: data, for: record.client)
        record.outcome = .valid
        record.nonce = genuine.link.nonce
        var json = JSONObjectWriter()
        json.add("valid", true)
        json.add(genuine)
        return .json(json.finish())
    }

    /// `POST /v1/start`.
    func start(
        _ request: Request, _ body: ByteBuffer, _ record: inout RequestRecord
    ) async throws(Refusal) -> Response {
        let (token, data) = try LinkRequest(of: request, body: body).tokenAndData()
        let genuine = try await service.genuineLink(token, data: data, for: record.client)
        let start = try await start(genuine, request, &record)
        var json = JSONObjectWriter()
        json.add("outcome", start.outcome.code)
        json.add("startedAt", start.startedAt.description)
        json.add("session", start.session)
        json.add("surveyURL", genuine.survey.map { genuine.address(of: $0, session: start.session) })
        json.add(genuine)
        return .json(json.finish())
    }

    /// `POST /v1/finish`.
    func finish(
        _ request: Request, _ body: ByteBuffer, _ record: inout RequestRecord
    ) async throws(Refusal) -> Response {
        let finish = try await finish(LinkRequest(of: request, body: body).credential(), &record)
        var json = JSONObjectWriter()
        json.add("outcome", finish.outcome.code)
        json.add("startedAt", finish.startedAt.description)
        json.add("distribution", finish.nonce.distribution.description)
        json.add("serial", finish.nonce.serial.rawValue)
        return .json(json.finish())
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
