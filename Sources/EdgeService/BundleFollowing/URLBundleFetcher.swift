import AsyncHTTPClient
import Fetching
import NIOCore
import NIOHTTP1
import Trust

/// Fetches a bundle over HTTP when it has changed, by its ETag (RFC 9110 §8.8.3, §13.1.2).
struct URLBundleFetcher: Sendable {
    let address: WebAddress
    let limits: FetchLimits
    private let client: HTTPClient
    /// Of the last response, and of the last one that was accepted.
    var fetchedETag: String?
    var acceptedETag: String?

    init(_ address: WebAddress, limits: FetchLimits, client: HTTPClient) {
        self.address = address
        self.limits = limits
        self.client = client
    }

    mutating func fetch() async throws(BundleRefusal) -> BundleFetch {
        let (limits, client, request) = (limits, client, request)
        let mayBeUnmodified = acceptedETag != nil
        do {
            let (tag, fetched) = try await within(seconds: limits.wholeSeconds) {
                let response = try await within(seconds: limits.headSeconds) {
                    try await client.execute(request, deadline: .now() + .seconds(Int64(limits.wholeSeconds)))
                }
                return (response.headers.first(name: "ETag"), try await Self.read(response, limits, mayBeUnmodified))
            }
            fetchedETag = tag
            return fetched
        } catch let refusal as BundleRefusal {
            throw refusal
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            throw .notFetched(from: address.description, .timedOut(seconds: limits.wholeSeconds))
        } catch {
            throw .notFetched(from: address.description, FetchFailure(error))
        }
    }

    private var request: HTTPClientRequest {
        var request = HTTPClientRequest(address)
        request.headers.add(name: "Accept", value: "*/*")
        if let acceptedETag { request.headers.add(name: "If-None-Match", value: acceptedETag) }
        return request
    }

    private static func read(
        _ response: HTTPClientResponse, _ limits: FetchLimits, _ mayBeUnmodified: Bool
    ) async throws -> BundleFetch {
        switch response.status.code {
        case 200: break
        // Only an answer to a question that was asked.
        case 304 where mayBeUnmodified: return .asAccepted
        case 300...303, 305..<400: throw FetchFailure.redirect(Int(response.status.code))
        default: throw FetchFailure.status(Int(response.status.code))
        }
        let tooLarge = BundleRefusal.bundle(.bundleTooLarge(limit: limits.byteCount))
        let announced = response.headers.first(name: "Content-Length").flatMap { Int($0) }
        if let announced, announced > limits.byteCount { throw tooLarge }
        var bytes: [UInt8] = []
        // A server may announce what it does not send; room is made for what arrives.
        for try await part in response.body {
            guard bytes.count + part.readableBytes <= limits.byteCount else { throw tooLarge }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return .bytes(bytes)
    }
}

/// Runs the body, and cancels it when it takes longer.
private func within<Result: Sendable>(
    seconds: Int, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { (group) in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: .seconds(seconds))
            throw FetchFailure.timedOut(seconds: seconds)
        }
        defer { group.cancelAll() }
        // Both of them either return or throw, and the first to do so decides.
        return try await group.next()!
    }
}
