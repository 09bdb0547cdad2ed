import Consumption
import Encoding
import HTTPServer
import LinkToken
import NIOHTTP1

/// What people see.
extension EdgeResponder {
    /// `GET /l/{token}`. Whatever its header says, it consumes nothing: mail scanners and previews fetch every link.
    func show(
        _ request: Request, _ target: RequestTarget, _ record: inout RequestRecord
    ) async throws(Refusal) -> Response {
        let link = target.link
        let genuine = try await service.genuineLink(link.token, data: .query(link.query), for: record.client)
        let isStarted = try await service.look(at: genuine) != nil
        let survey = try genuine.requireSurvey()
        record.outcome = isStarted ? .resumable : .ready
        record.nonce = genuine.link.nonce
        return page(
            isStarted ? .resumable : .ready, request, link.query, status: .ok,
            formTarget: Self.formTarget(for: survey.text))
    }

    /// Chromium holds `form-action` against the whole chain of redirects that a form leads to, and survey tools redirect
    /// among hosts of their own. So the policy names this origin and the survey's scheme.
    private static func formTarget(for survey: String) -> String {
        survey.lowercased().hasPrefix("https:") ? "'self' https:" : "'self' https: http:"
    }

    /// `POST /l/{token}`: starts or resumes the survey, and redirects the person to it.
    ///
    /// No CSRF token guards it. There is no cookie that another site could make a browser use: the authority is in the
    /// address, and whoever can make a browser post to it has the link already. And a start that someone else caused
    /// locks nobody out, since a started survey can be resumed.
    func open(
        _ request: Request, _ target: RequestTarget, _ record: inout RequestRecord
    ) async throws(Refusal) -> Response {
        let link = target.link
        let genuine = try await service.genuineLink(link.token, data: .query(link.query), for: record.client)
        // Before anything is recorded.
        let survey = try genuine.requireSurvey()
        let start = try await start(genuine, request, &record)
        var fields = HTTPHeaders.guarded
        fields.add(name: "Location", value: genuine.address(of: survey, session: start.session))
        return Response(.seeOther, fields)
    }

    /// The parameter `session`, or else the session that others hold: some survey tools pass on only parameters of their
    /// own. Nil if none has any. If sessions differ, the result is a text that is not a session.
    private static func session(of query: QueryString) -> String? {
        if let named = query["session"], named.contains(where: { !$0.isWhitespace }) {
            return SessionText.session(in: named)
        }
        let found = Set(query.parameters.compactMap { SessionText.found(in: $0.value) })
        return found.isEmpty ? nil : found.joined(separator: " ")
    }

    /// `GET /done?session=…`: where a survey tool sends people at the end.
    ///
    /// It finishes although it is a GET, because survey tools end with a redirect. A session can't be guessed, finishing
    /// twice changes nothing, and what is only looked at or fetched ahead of time does not count.
    ///
    /// People who reached the survey without a link have no session, and survey tools leave the parameter empty or out.
    /// They are thanked too, and nothing is recorded.
    func thank(
        _ request: Request, _ target: RequestTarget, _ record: inout RequestRecord
    ) async throws(Refusal) -> Response {
        if let session = Self.session(of: target.query) {
            if request.isPrefetch { throw Refusal(.unavailable(.prefetch)) }
            if request.method == .HEAD {
                record.nonce = try service.receipt(session).nonce
            } else {
                _ = try await finish(.session(session), &record)
            }
        } else {
            record.outcome = .noSession
        }
        return page(.done, request, target.query, status: .ok)
    }
}

extension Request {
    /// Whether a browser fetches it before anybody asked to see it (Fetch §3.6, and the older `Purpose`).
    fileprivate var isPrefetch: Bool {
        ["Sec-Purpose", "Purpose"].contains { self[$0]?.lowercased().contains("prefetch") ?? false }
    }
}
