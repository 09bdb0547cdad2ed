import AsyncHTTPClient
import Fetching
import Files
import Glibc
import NIOCore
import NIOHTTP1
import Trust

/// What a look at the source gave.
enum BundleFetch: Sendable {
    /// Something that was not seen before.
    case bytes([UInt8])
    /// What was accepted already.
    case asAccepted
    /// What was refused already.
    case asRefused
}

/// A source and what was seen there last, so that nothing is read twice.
enum BundleFetcher: Sendable {
    case file(FileBundleFetcher)
    case url(URLBundleFetcher)

    /// - Parameter client: who asks, where the source is a URL.
    init(_ source: BundleSource, limits: FetchLimits = .standard, client: HTTPClient = FetchClient.system) {
        switch source {
        case .file(let path): self = .file(FileBundleFetcher(path: path, limits: limits))
        case .url(let address): self = .url(URLBundleFetcher(address, limits: limits, client: client))
        }
    }

    mutating func fetch() async throws(BundleRefusal) -> BundleFetch {
        switch self {
        case .file(var fetcher):
            defer { self = .file(fetcher) }
            return try fetcher.fetch()
        case .url(var fetcher):
            defer { self = .url(fetcher) }
            return try await fetcher.fetch()
        }
    }

    /// Notes what became of the bytes that were fetched last.
    mutating func note(accepted: Bool) {
        switch self {
        case .file(var fetcher):
            fetcher.wasAccepted = accepted
            self = .file(fetcher)
        case .url(var fetcher):
            if accepted { fetcher.acceptedETag = fetcher.fetchedETag }
            self = .url(fetcher)
        }
    }

    /// Has the bytes that were fetched last fetched again, since neither was found out. A URL's are unless accepted.
    mutating func forget() {
        guard case .file(var fetcher) = self else { return }
        fetcher.forget()
        self = .file(fetcher)
    }
}

/// Reads a bundle from a file when it has changed.
struct FileBundleFetcher: Sendable {
    let path: String
    let limits: FetchLimits
    /// Whether the file as it was read last was accepted.
    var wasAccepted = false
    private var lastRead: FileFingerprint?

    init(path: String, limits: FetchLimits) {
        self.path = path
        self.limits = limits
    }

    mutating func fetch() throws(BundleRefusal) -> BundleFetch {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw .unreachable(reason: "\(FileError("find", path, errno: errno))")
        }
        let fingerprint = FileFingerprint(status)
        if fingerprint == lastRead { return wasAccepted ? .asAccepted : .asRefused }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreachable(reason: "\(path) is not a file") }
        guard status.st_size <= limits.byteCount else { throw .bundle(.bundleTooLarge(limit: limits.byteCount)) }
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try readSmallFile(path, limit: limits.byteCount)
        } catch {
            throw .unreachable(reason: "\(error)")
        }
        // Should the file change in between, the next look finds another fingerprint and reads again.
        lastRead = fingerprint
        return .bytes(bytes)
    }

    /// Has the file read again although it stays as it is.
    mutating func forget() { lastRead = nil }
}

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

/// How much, and for how long, an edge takes from a source of bundles.
struct FetchLimits: Sendable {
    /// Of a bundle.
    var byteCount = VerifiedBundle.byteCountLimit
    /// Seconds until a connection, TLS and a response's head must be there.
    var headSeconds = 15
    /// Seconds for all of a response, however steadily it drips.
    var wholeSeconds = 120

    static let standard = FetchLimits()
}
