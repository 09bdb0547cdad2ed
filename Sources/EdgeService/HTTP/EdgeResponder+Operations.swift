import Consumption
import ConsumptionLog
import HTTPServer
import LinkToken
import NIOCore
import NIOHTTP1
import Trust

/// What those who run the edge ask.
extension EdgeResponder {
    /// `GET /readyz`: whether links can be opened now. An overdue bundle is said here and stops nothing until its grace is
    /// over: taking every edge out of service at once would be the worse failure.
    func readiness(_ record: inout RequestRecord) -> Response {
        let freshness = service.trust.bundle.bundle.freshness(at: service.clock(), grace: service.trustGrace)
        let isLogAccepting = storeFailure == nil
        let isReady = freshness.isUsable && isLogAccepting
        var response = Response.json(status: isReady ? .ok : .serviceUnavailable) {
            $0.member("ready", isReady)
            $0.member("log", isLogAccepting ? "accepting" : "stopped")
            $0.member("trust", freshness.word)
            $0.member("bundleSequence", service.trust.bundle.bundle.sequence)
            following()?.add(to: &$0)
        }
        if !isReady { response.headers.add(name: "Retry-After", value: "30") }
        record.outcome = isReady ? .ready : .notReady
        return response
    }

    /// `GET /metrics`.
    func report() -> Response {
        let report = MetricsReport(
            tally: metrics.total, bundle: service.trust.bundle.bundle, following: following(), now: service.clock(),
            server: server.report, cacheUses: service.cache.uses, cachedLinks: service.cache.count,
            limitedAddresses: service.limiter.count, store: service.store.measurements,
            isLogAccepting: storeFailure == nil,
            droppedLogEntries: LogOutput.standardError.droppedCount, process: .now())
        return .plain(report.text, contentType: "text/plain; version=0.0.4; charset=utf-8")
    }

    /// `GET /consumption`: the next durable events of the log, for the admin's copy.
    func consumption(_ request: Request, _ target: RequestTarget) async throws(Refusal) -> Response {
        guard let export, let shown = request.bearer, export.key.matches(shown) else {
            throw Refusal(.request(.keyRefused))
        }
        guard let log = export.log else { throw Refusal(.request(.storeShared)) }
        var position: LogPosition?
        if let text = target.query["after"] {
            guard let given = LogPosition(text) else {
                throw Refusal(.request(.malformed("\"after\" is not a position; use the value of Linkseal-Position")))
            }
            position = given
        }
        let page: LogPage?
        do throws(ConsumptionError) {
            page = try await log.page(after: position)
        } catch {
            throw Refusal(.unavailable(.log(error)))
        }
        guard let page else { throw Refusal(.request(.positionUnknown)) }
        var fields = HTTPHeaders.guarded(contentType: "application/octet-stream")
        fields.add(name: "Linkseal-Position", value: page.end.description)
        fields.add(name: "Linkseal-Remaining", value: String(page.remaining))
        return Response(.ok, fields, ByteBuffer(bytes: page.bytes))
    }

    /// Logs within a second that the store stopped recording, also where no request meets it. Returns when it is cancelled.
    func watchStore() async {
        while !Task.isCancelled {
            outages.look(at: storeFailure, at: service.uptime())
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private var storeFailure: ConsumptionError? { service.store.failure(at: service.clock()) }
}

extension BundleFreshness {
    /// As `/readyz` says it.
    fileprivate var word: String {
        switch self {
        case .current: "current"
        case .overdue: "overdue"
        case .expired: "expired"
        }
    }
}
