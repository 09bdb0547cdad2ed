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
            throw .notFetched(from: address.description, FetchError(error))
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
        case 300...303, 305..<400: throw FetchError.redirect(Int(response.status.code))
        default: throw FetchError.status(Int(response.status.code))
        }
        let tooLarge = BundleRefusal.bundle(.bundleTooLarge(limit: limits.byteCount))
        guard let bytes = try await response.bytes(upTo: limits.byteCount) else { throw tooLarge }
        return .bytes(bytes)
    }
}
