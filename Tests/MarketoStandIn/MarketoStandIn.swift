import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// A server on a loopback port that answers as Marketo's REST API is published to.
///
/// ```swift
/// try await MarketoStandIn.serve(Instance(lists: [list])) { standIn in
///     standIn.change { $0.faults = [.code("606")] }
/// }
/// ```
public final class MarketoStandIn: Sendable {
    public let port: Int
    private let state: StandInState

    private init(port: Int, state: StandInState) {
        self.port = port
        self.state = state
    }

    public var endpoint: String { "http://127.0.0.1:\(port)/rest" }

    /// Reads or changes the instance.
    @discardableResult
    public func change<Result: Sendable>(_ body: @Sendable (inout Instance) -> Result) -> Result {
        state.instance.withLock { body(&$0) }
    }

    /// Serves an instance until the body has ended.
    ///
    /// - Parameter now: the time, in seconds since any moment.
    public static func serve<Result: Sendable>(
        _ instance: Instance, now: @escaping @Sendable () -> Double = { Date.timeIntervalSinceReferenceDate },
        _ body: @Sendable (MarketoStandIn) async throws -> Result
    ) async throws -> Result {
        let state = StandInState(instance, now: now)
        let (ports, portFound) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "stand-in")
        logger.logLevel = .critical
        let application = Application(
            responder: StandInResponder(state: state),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                portFound.yield(channel.localAddress?.port ?? 0)
                portFound.finish()
            }, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            defer { group.cancelAll() }
            var iterator = ports.makeAsyncIterator()
            let port = await iterator.next() ?? 0
            return try await body(MarketoStandIn(port: port, state: state))
        }
    }
}

final class StandInState: Sendable {
    let instance: Mutex<Instance>
    let now: @Sendable () -> Double

    init(_ instance: Instance, now: @escaping @Sendable () -> Double) {
        self.instance = Mutex(instance)
        self.now = now
    }
}

private struct StandInResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let state: StandInState

    func respond(to request: Request, context: Context) async throws -> Response {
        let body = try await request.body.collect(upTo: 1 << 20)
        let query = Dictionary(
            request.uri.queryParameters.map { (String($0.key), String($0.value)) }, uniquingKeysWith: { $1 })
        let path = request.uri.path
        if path == "/identity/oauth/token" {
            let (status, json) = state.instance.withLock { (instance) -> (Int, Data) in
                instance.calls.append(path)
                let answer = instance.identity(query, at: state.now())
                return (answer.status, encode(answer.body))
            }
            return response(status, json)
        }
        let call = Instance.Request(
            method: request.method.rawValue, path: path, query: query,
            authorization: request.headers[.authorization], body: Array(buffer: body))
        let (fault, json) = state.instance.withLock { (instance) -> (Fault?, Data) in
            instance.calls.append(path)
            let fault = instance.nextFault()
            switch fault {
            case .code(let code): return (fault, encode(instance.failure(code, "as it happens")))
            case .status: return (fault, Data())
            case .expiry: instance.token?.expiresAt = state.now()
            case .cut, .slow, nil: break
            }
            return (fault, encode(instance.answer(to: call, at: state.now())))
        }
        switch fault {
        case .status(let status): return response(status, json)
        case .cut:
            return Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(contentLength: json.count) { writer in
                    try await writer.write(ByteBuffer(bytes: json.prefix(json.count / 2)))
                    throw CancellationError()
                })
        case .slow(let duration):
            try await Task.sleep(for: duration)
            return response(200, json)
        default: return response(200, json)
        }
    }

    private func encode(_ object: [String: Any]) -> Data {
        try! JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
    }

    private func response(_ status: Int, _ json: Data) -> Response {
        Response(
            status: .init(code: status), headers: [.contentType: "application/json;charset=UTF-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
    }
}
