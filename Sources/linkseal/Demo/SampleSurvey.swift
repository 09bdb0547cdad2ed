import Encoding
import Foundation
import Hummingbird
import Logging

/// A survey tool of one question, which knows of linkseal only what any survey tool would: it is opened with a session,
/// keeps it beside the response, and sends the participant to the edge at the end.
struct SampleSurvey: Sendable {
    /// Where participants go at the end, without the session.
    let donePage: @Sendable () -> String

    func application(onServerRunning: @escaping @Sendable (Int) async -> Void) -> some ApplicationProtocol {
        let router = Router()
        router.get("/survey") { (request, _) -> Response in
            let contact = request.uri.queryParameters["c"].map(String.init) ?? ""
            let session = request.uri.queryParameters["r"].map(String.init) ?? ""
            return Self.page(
                """
                <h1>How was your visit?</h1>
                <form method="post" action="/survey">
                  <input type="hidden" name="session" value="\(session.markupEscaped)">
                  <label for="answer">Tell us in a word, \(contact.markupEscaped):</label>
                  <p><input id="answer" name="answer" required autofocus></p>
                  <button>Send</button>
                </form>
                """)
        }
        router.post("/survey") { (request, _) -> Response in
            var request = request
            let form = String(buffer: try await request.collectBody(upTo: 16 << 10))
            let session = URLComponents(string: "?" + form)?.queryItems?.first { $0.name == "session" }?.value ?? ""
            return Response(
                status: .seeOther, headers: [.location: donePage() + "?session=" + session.percentEncodedForQuery])
        }
        var logger = Logger(label: "survey")
        logger.logLevel = .error
        return Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { (channel) in await onServerRunning(channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    private static func page(_ body: String) -> Response {
        let html = """
            <!doctype html><html lang="en"><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1"><title>Sample survey</title>
            <style>
              body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 4rem auto; padding: 0 1rem }
              input, button { font: inherit; padding: .5rem .75rem }
            </style>
            \(body)
            """
        return Response(
            status: .ok, headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }
}

extension String {
    fileprivate var percentEncodedForQuery: String {
        addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}
