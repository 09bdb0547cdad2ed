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

    public var origin: String { "http://127.0.0.1:\(port)" }
    public var endpoint: String { origin + "/rest" }

    /// Reads or changes the instance.
    @discardableResult
    public func change<Result: Sendable>(_ body: @Sendable (inout Instance) -> Result) -> Result {
        state.instance.withLock { body(&$0) }
    }

    /// Serves an instance, and runs the body.
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
        // It serves as long as the process lives: SwiftNIO stops the process over a connection that comes while a server
        // ends, as those of killed programs do.
        Task {
            defer { portFound.finish() }
            try await application.run()
        }
        var iterator = ports.makeAsyncIterator()
        let port = await iterator.next() ?? 0
        return try await body(MarketoStandIn(port: port, state: state))
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

    /// "1MB" as Marketo documents it.
    private static let bodyLimit = 1 << 20

    func respond(to request: Request, context: Context) async throws -> Response {
        let body = try await request.body.collect(upTo: 16 << 20)
        guard body.readableBytes <= Self.bodyLimit else { return response(413, Data()) }
        let query = Dictionary(
            request.uri.queryParameters.map { (String($0.key), String($0.value)) }, uniquingKeysWith: { $1 })
        let path = request.uri.path
        let (onCall, count) = state.instance.withLock { (instance) in
            instance.calls.append(path)
            instance.largestBody = max(instance.largestBody, body.readableBytes)
            return (instance.onCall, instance.calls.count)
        }
        onCall?(count)
        if path == "/identity/oauth/token" {
            let (status, json) = state.instance.withLock { (instance) -> (Int, Data) in
                let answer = instance.identity(query, at: state.now())
                return (answer.status, encode(answer.body))
            }
            return response(status, json)
        }
        let call = Instance.Request(
            method: request.method.rawValue, path: path, query: query,
            authorization: request.headers[.authorization], range: request.headers[.range],
            body: Array(buffer: body))
        let (fault, answer) = state.instance.withLock { (instance) -> (Fault?, Answer) in
            let fault = instance.nextFault()
            switch fault {
            case .code(let code): return (fault, .json(encode(instance.failure(code, "as it happens"))))
            case .status: return (fault, .json(Data()))
            case .expiry: instance.token?.expiresAt = state.now()
            case .cut, .slow, nil: break
            }
            guard path.hasSuffix("/file.json") else {
                return (fault, .json(encode(instance.answer(to: call, at: state.now()))))
            }
            if let refusal = instance.refusal(of: call, at: state.now()) { return (fault, .json(encode(refusal))) }
            instance.ranges.append(call.range)
            let file = instance.file(of: call)
            guard instance.cutFiles > 0 else { return (fault, .file(file)) }
            instance.cutFiles -= 1
            return (.cut, .file(file))
        }
        switch (answer, fault) {
        case (.json(let json), .status(let status)): return response(status, json)
        case (.json(let json), .cut): return cut(response(200, json), json.prefix(json.count / 2))
        case (.json(let json), .slow(let duration)):
            try await Task.sleep(for: duration)
            return response(200, json)
        case (.json(let json), _): return response(200, json)
        case (.file(.notFound), _):
            return Response(
                status: .notFound, headers: [.contentType: "text/plain"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: "the file is not there")))
        case (.file(.bytes(let bytes, let offset, let size)), _):
            let file = response(bytes, offset: offset, size: size)
            return fault == .cut ? cut(file, Data(bytes.prefix(bytes.count / 2))) : file
        }
    }

    private enum Answer: Sendable {
        case json(Data)
        case file(Instance.FileAnswer)
    }

    /// The same response, whose connection is closed after a part of it.
    private func cut(_ whole: Response, _ part: Data) -> Response {
        let length = whole.body.contentLength ?? 0
        return Response(
            status: whole.status, headers: whole.headers,
            body: ResponseBody(contentLength: length) { writer in
                try await writer.write(ByteBuffer(bytes: part))
                throw CancellationError()
            })
    }

    private func response(_ bytes: ArraySlice<UInt8>, offset: Int?, size: Int) -> Response {
        var headers: HTTPFields = [.contentType: "text/csv", .acceptRanges: "bytes"]
        if let offset { headers[.contentRange] = "bytes \(offset)-\(offset + bytes.count - 1)/\(size)" }
        return Response(
            status: offset == nil ? .ok : .partialContent, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
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
