import Hummingbird
import Logging
import Synchronization

/// A survey of one question behind a proxy that asks the edge: it believes the proxy who answers, and sends the
/// participant to the edge at the end.
enum SurveyServer {
    static func serve(_ body: @Sendable (_ port: Int, _ gate: SurveyGate) async throws -> Void) async throws {
        let gate = SurveyGate()
        let router = Router()
        router.get("/survey") { (request, _) in
            let session = request.uri.queryParameters["session"].map(String.init) ?? ""
            await gate.pass(session)
            let serial = request.headers[.init("X-Linkseal-Serial")!] ?? "nobody"
            return page(
                """
                <p>You are respondent \(serial).</p>
                <form method="post" action="/survey?session=\(session)">
                <label for="answer">How was your visit?</label> <input id="answer" name="answer" required>
                <button>Send</button></form>
                """)
        }
        router.post("/survey") { (request, _) in
            let session = request.uri.queryParameters["session"].map(String.init) ?? ""
            return Response(status: .seeOther, headers: [.location: "/done?session=\(session)"])
        }
        var logger = Logger(label: "survey")
        logger.logLevel = .critical
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { (channel) in port.yield(channel.localAddress?.port ?? 0) }, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { (tasks) in
            tasks.addTask { try await application.run() }
            defer {
                gate.open()
                tasks.cancelAll()
            }
            guard let port = await ports.first(where: { _ in true }) else { return }
            try await body(port, gate)
        }
    }

    private static func page(_ body: String) -> Response {
        let html = """
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Survey</title>
            <main><h1>Survey</h1>\(body)</main></html>
            """
        return Response(
            status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }
}

/// Makes a survey slow: while it is closed, the survey's page is asked for and does not come.
final class SurveyGate: Sendable {
    private struct State {
        var isOpen = true
        var sessions: [String] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Who has asked for the page, in order, repetitions included.
    var sessions: [String] { state.withLock { $0.sessions } }

    /// Closes it and forgets who has asked.
    func close() {
        state.withLock { ($0.isOpen, $0.sessions) = (false, []) }
    }

    func open() {
        let waiting = state.withLock { (state) in
            state.isOpen = true
            return exchange(&state.waiting, with: [])
        }
        for waiter in waiting { waiter.resume() }
    }

    fileprivate func pass(_ session: String) async {
        await withCheckedContinuation { (waiter) in
            let isOpen = state.withLock { (state) in
                state.sessions.append(session)
                if !state.isOpen { state.waiting.append(waiter) }
                return state.isOpen
            }
            if isOpen { waiter.resume() }
        }
    }
}
