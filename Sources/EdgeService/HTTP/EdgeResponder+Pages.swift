import Consumption
import Encoding
import LinkToken
import NIOHTTP1

/// What people see.
extension EdgeResponder {
    /// `GET /l/{token}`. Whatever its header says, it consumes nothing: mail scanners and previews fetch every link.
    func show(
        _ request: Request, _ target: RequestTarget, for client: ClientAddress?
    ) async throws(LinkService.Rejection) -> Reply {
        let link = target.link
        let look = try await service.look(at: link.token, data: .query(link.query), for: client)
        let nonce = look.genuine.link.nonce
        let (shown, outcome): (Page, String)
        switch look.verdict {
        case .ready: (shown, outcome) = (.ready, "ready")
        case .resumable: (shown, outcome) = (.resumable, "resumable")
        case .refused(let refusal): throw .init(.start(refusal), nonce)
        }
        guard let survey = look.genuine.distribution?.surveyURL ?? service.defaultSurveyURL else {
            throw .init(.distributionUnknown(nonce.distribution), nonce)
        }
        return Reply(
            page(shown, request, link.query, status: .ok, formTarget: Self.formTarget(for: survey.text)),
            outcome: outcome,
            nonce: nonce)
    }

    /// Chromium holds `form-action` against the whole chain of redirects that a form leads to, and survey tools redirect
    /// among hosts of their own. So the policy names this origin and the survey's scheme.
    private static func formTarget(for survey: String) -> String {
        survey.lowercased().hasPrefix("https:") ? "'self' https:" : "'self' https: http:"
    }

    /// `POST /l/{token}`: starts the survey or goes on with it, and sends the person there.
    ///
    /// No CSRF token guards it. There is no cookie that another site could make a browser use: the authority is in the
    /// address, and whoever can make a browser post to it has the link already. And a start that someone else caused
    /// locks nobody out, since a started survey can be resumed.
    func open(
        _ request: Request, _ target: RequestTarget, for client: ClientAddress?
    ) async throws(LinkService.Rejection) -> Reply {
        let link = target.link
        let start = try await service.start(
            link.token, data: .query(link.query),
            by: UserAgentClass(userAgent: request["User-Agent"]), needsSurvey: true, for: client)
        let nonce = start.genuine.link.nonce
        guard let survey = start.surveyURL else { throw .init(.distributionUnknown(nonce.distribution), nonce) }
        var fields = HTTPHeaders.guarded
        fields.add(name: "Location", value: survey)
        var reply = Reply(
            Response(.seeOther, fields), outcome: start.isFirst ? "started" : "resumed", nonce: nonce)
        reply.isStart = true
        reply.startedBy = start.startedBy
        return reply
    }

    /// The parameter `session`, or else the session that others hold: some survey tools pass on only parameters of their
    /// own. Nil where none holds any. Different sessions make a text that is none.
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
    func thank(_ request: Request, _ target: RequestTarget) async throws(LinkService.Rejection) -> Reply {
        let thanks = page(.done, request, target.query, status: .ok)
        guard let session = Self.session(of: target.query) else { return Reply(thanks, outcome: "no_session") }
        if request.isPrefetch { throw .init(.unavailable(.prefetch)) }
        if request.method == .HEAD {
            let receipt = try service.receipt(session)
            return Reply(thanks, outcome: "ok", nonce: receipt.nonce)
        }
        let finish = try await service.finish(.session(session), for: nil)
        var reply = Reply(thanks, outcome: finish.isFirst ? "finished" : "already_finished", nonce: finish.nonce)
        reply.isFinish = true
        return reply
    }
}

extension Request {
    /// Whether a browser fetches it before anybody asked to see it (Fetch §3.6, and the older `Purpose`).
    fileprivate var isPrefetch: Bool {
        ["Sec-Purpose", "Purpose"].contains { self[$0]?.lowercased().contains("prefetch") ?? false }
    }
}
