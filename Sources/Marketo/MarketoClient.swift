import AsyncHTTPClient
import Encoding
import Fetching
import FoundationEssentials
import NIOCore
import NIOFoundationEssentialsCompat
import NIOHTTP1
import Trust

/// Calls Marketo's REST API, one call at a time, and tries again what is worth it.
///
/// Tokens are renewed before they expire, and when Marketo says that one has (601, 602). Calls that Marketo puts off
/// (604, 606, 608, 611, 615, 713, and 1029 of a full queue), server errors and cut connections are tried again with
/// ``Backoff``. Errors that stay are thrown at once: among them the day's quotas (607, 1029), which no more calls would
/// help.
public actor MarketoClient {
    let credentials: MarketoCredentials
    let http: HTTPClient
    private let clock: MarketoClock
    private let backoff: Backoff
    let timeout: Duration
    private let waiting: (@Sendable (Wait) -> Void)?
    private var token: AccessToken?

    /// A pause before a call is tried again.
    public struct Wait: Hashable, Sendable {
        public let duration: Duration
        /// What Marketo said.
        public let reason: String
        /// How many attempts failed, and how many there are.
        public let failures, attempts: Int
    }

    /// A wait of which a person should know, 3 seconds.
    private static let notableWait = Duration.seconds(3)
    /// How often Marketo may refuse tokens that it has just given. A token may run out once between two calls.
    private static let tokenAttempts = 4

    /// Records and names of 300 leads take much less.
    private static let answerLimit = 32 << 20

    /// - Parameters:
    ///   - credentials: the address of the instance, and the API user's ID and secret.
    ///   - http: a client made by ``makeHTTPClient()``.
    ///   - clock: measures the waits.
    ///   - backoff: how long to wait between attempts.
    ///   - timeout: how long a call may take. Marketo itself gives up after 30 seconds (604).
    ///   - waiting: called before each wait of more than 3 seconds.
    public init(
        _ credentials: MarketoCredentials, http: HTTPClient, clock: MarketoClock = .continuous,
        backoff: Backoff = .standard, timeout: Duration = .seconds(60), waiting: (@Sendable (Wait) -> Void)? = nil
    ) {
        self.credentials = credentials
        self.http = http
        self.clock = clock
        self.backoff = backoff
        self.timeout = timeout
        self.waiting = waiting
    }

    /// A client that follows no redirection, which could carry a token elsewhere.
    public static func makeHTTPClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .seconds(15)
        // Between two pieces of a file, which may take longer in all than any call does.
        configuration.timeout.read = .seconds(60)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Does a call, however many attempts it takes.
    func answer<Item>(to call: Call, of: Item.Type = Item.self) async throws(MarketoError) -> Answer<Item> {
        try await retrying(call) { await attempt(call, of: Item.self) }
    }

    func retrying<Value>(
        _ call: Call, _ attempt: () async -> Outcome<Value>
    ) async throws(MarketoError) -> Value {
        var (failures, refusedTokens) = (0, 0)
        while true {
            let transient: TransientError
            switch await attempt() {
            case .success(let value): return value
            case .failure(.failed(let error)): throw error
            case .failure(.again(let reason)): transient = reason
            }
            failures += 1
            if transient.kind == .token { refusedTokens += 1 }
            guard refusedTokens < Self.tokenAttempts else {
                throw .tokensRefused(transient.reason, attempts: refusedTokens)
            }
            guard failures < backoff.attempts else {
                throw .unavailable(call: call.name, reason: transient.reason, attempts: failures)
            }
            let wait = Wait(
                duration: backoff.delay(after: failures, for: transient.kind, fraction: .random(in: 0...1)),
                reason: transient.reason, failures: failures, attempts: backoff.attempts)
            if wait.duration > Self.notableWait { waiting?(wait) }
            try await sleep(wait.duration)
        }
    }

    /// Waits until a job's status may have changed.
    func waitForExport(afterLooks looks: Int) async throws(MarketoError) {
        try await sleep(Backoff.exportDelay(after: looks))
    }

    private func sleep(_ duration: Duration) async throws(MarketoError) {
        do {
            try await clock.sleep(duration)
        } catch {
            throw .cancelled
        }
    }

    enum Outcome<Value: Sendable>: Sendable {
        case success(Value)
        case failure(CallError)
    }

    func attempt<Item>(_ call: Call, of: Item.Type) async -> Outcome<Answer<Item>> {
        let token: String
        switch await accessToken() {
        case .success(let text): token = text
        case .failure(let error): return .failure(error)
        }
        var request = HTTPClientRequest(url: credentials.endpoint.origin + call.target)
        request.method = HTTPMethod(rawValue: call.method.rawValue)
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        if let body = call.body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(body)
        }
        switch await send(request) {
        case .failure(let error): return .failure(error)
        case .success((let status, let body)): return reading(body, status: status, of: call)
        }
    }

    /// What an answer says.
    func reading<Item>(_ body: ByteBuffer, status: HTTPResponseStatus, of call: Call) -> Outcome<Answer<Item>> {
        if status == .unauthorized {
            token = nil
            return .failure(.again(TransientError(kind: .token, reason: "HTTP status 401")))
        }
        guard status == .ok else {
            return .failure(
                .failed(.refused(call: call.name, code: "HTTP \(status.code)", message: status.reasonPhrase)))
        }
        let answer: Answer<Item>
        do {
            answer = try JSONDecoder().decode(Answer<Item>.self, from: Data(buffer: body))
        } catch {
            return .failure(.failed(.answer(call: call.name, reason: Self.words(for: error))))
        }
        guard !answer.success else { return .success(answer) }
        let fault = answer.errors?.first ?? AnswerError(code: "none", message: "no reason was given")
        let error = fault.callError(of: call)
        if case .again(let transient) = error, transient.kind == .token { token = nil }
        return .failure(error)
    }

    func accessToken() async -> Outcome<String> {
        if let token, token.isFresh(at: clock.now()) { return .success(token.text) }
        token = nil
        let asked = clock.now()
        // The published API takes these in the query and nowhere else, so this URL must never be logged.
        let request = HTTPClientRequest(
            url: credentials.endpoint.origin + "/identity/oauth/token?grant_type=client_credentials&client_id="
                + credentials.clientID.percentEncoded + "&client_secret=" + credentials.clientSecret.percentEncoded)
        let status: HTTPResponseStatus
        let body: ByteBuffer
        switch await send(request) {
        case .failure(let error): return .failure(error)
        case .success(let answer): (status, body) = answer
        }
        let answer = try? JSONDecoder().decode(IdentityAnswer.self, from: Data(buffer: body))
        guard status == .ok, let text = answer?.accessToken, let lifetime = answer?.expiresIn else {
            let words = [answer?.error, answer?.errorDescription].compactMap { $0 }.joined(separator: ", ")
            let reason: String
            if status == .ok, answer?.error == nil {
                reason = "it holds no token"
            } else if words.isEmpty, status != .unauthorized {
                reason = "HTTP status \(status.code); is \(MarketoCredentials.endpointName) the right one?"
            } else {
                return .failure(.failed(.credentialsRefused(words.isEmpty ? "HTTP status 401" : words)))
            }
            return .failure(.failed(.answer(call: "GET /identity/oauth/token", reason: reason)))
        }
        let token = AccessToken(text: text, expiresAt: asked + .seconds(min(max(lifetime, 0), 86_400)))
        self.token = token
        return .success(text)
    }

    /// The answer, unless it is one that says nothing of the call.
    private func send(_ request: HTTPClientRequest) async -> Outcome<(status: HTTPResponseStatus, body: ByteBuffer)> {
        do {
            try Task.checkCancellation()
            let response = try await http.execute(request, timeout: TimeAmount(timeout))
            if let passing = passing(response.status) { return .failure(.again(passing)) }
            return .success((response.status, try await response.body.collect(upTo: Self.answerLimit)))
        } catch {
            return .failure(callError(from: error))
        }
    }

    /// Nil unless the status is one that passes.
    func passing(_ status: HTTPResponseStatus) -> TransientError? {
        guard status.code >= 500 || status == .tooManyRequests || status == .requestTimeout else { return nil }
        let kind: TransientError.Kind = status == .tooManyRequests ? .rate : .busy
        return TransientError(kind: kind, reason: "HTTP status \(status.code)")
    }

    /// What follows from a connection's end.
    func callError(from error: any Error) -> CallError {
        if Task.isCancelled || error is CancellationError { return .failed(.cancelled) }
        if error is NIOTooManyBytesError {
            return .failed(.answer(call: "a call", reason: "it is larger than \(Self.answerLimit) bytes"))
        }
        let failure = FetchError(error)
        // Trying again would meet the same certificate.
        if failure == .untrustedCertificate { return .failed(.untrusted(credentials.endpoint.origin)) }
        return .again(TransientError(kind: .busy, reason: failure.description))
    }

    /// Without the value that can't be decoded, which may be a person's data.
    private static func words(for error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" has another type than documented"
        default: "it is no JSON"
        }
    }
}
