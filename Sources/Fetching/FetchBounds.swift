import AsyncHTTPClient
import NIOCore

/// Runs the body, and cancels it when it takes longer.
///
/// - Throws: what the body throws, or ``FetchError/timedOut(seconds:)``.
public func within<Result: Sendable>(
    seconds: Int, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { (group) in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: .seconds(seconds))
            throw FetchError.timedOut(seconds: seconds)
        }
        defer { group.cancelAll() }
        // Both of them either return or throw, and the first to do so decides.
        return try await group.next()!
    }
}

extension HTTPClientResponse {
    /// The body, or nil if it is longer than that.
    public func bytes(upTo limit: Int) async throws -> [UInt8]? {
        let announced = headers.first(name: "Content-Length").flatMap { Int($0) }
        if let announced, announced > limit { return nil }
        var bytes: [UInt8] = []
        // A server may announce what it does not send; room is made for what arrives.
        for try await part in body {
            guard bytes.count + part.readableBytes <= limit else { return nil }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return bytes
    }
}
