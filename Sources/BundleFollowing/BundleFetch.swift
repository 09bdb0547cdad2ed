import AsyncHTTPClient
import Fetching

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
