import Consumption
import Encoding
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
        return .json {
            $0.member("valid", true)
            $0.add(genuine)
        }
    }

    /// `POST /v1/start`.
    func start(
        _ request: Request, _ body: ByteBuffer, _ record: inout RequestRecord
    ) async throws(Refusal) -> Response {
        let (token, data) = try LinkRequest(of: request, body: body).tokenAndData()
        let genuine = try await service.genuineLink(token, data: data, for: record.client)
        let start = try await start(genuine, request, &record)
        return .json { (json) in
            json.member("outcome", start.outcome.code)
            json.member("startedAt", start.startedAt.description)
            json.member("session", start.session)
            json.member("surveyURL", genuine.survey.map { genuine.address(of: $0, session: start.session) })
            json.add(genuine)
        }
    }

    /// `POST /v1/finish`.
    func finish(
        _ request: Request, _ body: ByteBuffer, _ record: inout RequestRecord
    ) async throws(Refusal) -> Response {
        let finish = try await finish(LinkRequest(of: request, body: body).credential(), &record)
        return .json {
            $0.member("outcome", finish.outcome.code)
            $0.member("startedAt", finish.startedAt.description)
            $0.member("distribution", finish.nonce.distribution.description)
            $0.member("serial", finish.nonce.serial.rawValue)
        }
    }
}

extension JSONWriter {
    /// What is known of a genuine link.
    fileprivate mutating func add(_ genuine: GenuineLink) {
        let claims = genuine.link.claims
        member("distribution", claims.nonce.distribution.description)
        member("serial", claims.nonce.serial.rawValue)
        member("contactID", claims.contactID.text)
        member("expiry", genuine.link.expiry.description)
        member("keyID", genuine.link.keyID.description)
        member("embeddedDataHash", claims.embeddedDataHash?.description)
        name("data")
        object { for field in genuine.data { $0.member(field.name, field.value) } }
    }
}
