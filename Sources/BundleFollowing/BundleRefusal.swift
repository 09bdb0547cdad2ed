import Fetching
import Files
import Trust

/// Why an edge took no bundle from its source. The last good one stays in force.
public enum BundleRefusal: Error, Hashable, Sendable {
    /// What came is not a bundle to accept.
    case bundle(TrustError)
    /// It is to accept, but could not be recorded, so that the edge would forget that it had.
    case unrecorded(FileError)
    /// The file of the bundle can't be read.
    case unreachable(reason: String)
    /// The server gave no bundle. Secrets are removed from the address. Redirects are not followed: a bundle comes from
    /// the configured address or not at all.
    case notFetched(from: String, FetchError)
}

extension BundleRefusal {
    /// The stable name of the refusal, as logs and metrics have it.
    public var code: String {
        switch self {
        case .bundle(let error): error.code
        case .unrecorded: "bundle_unrecorded"
        case .notFetched(_, .timedOut): "bundle_timeout"
        case .notFetched(_, .status): "bundle_status"
        case .notFetched(_, .redirect): "bundle_redirect"
        case .unreachable, .notFetched: "bundle_unreachable"
        }
    }

    /// Whether there was nothing to refuse: no bundle came.
    public var isFetchFailure: Bool {
        switch self {
        case .bundle, .unrecorded: false
        case .unreachable, .notFetched: true
        }
    }
}

extension BundleRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .bundle(let error): error.description
        case .unrecorded(let error):
            "the trust bundle is valid but can't be recorded, so it is not used: \(error); free space or fix permissions"
        case .unreachable(let reason): "the trust bundle can't be read: \(reason)"
        case .notFetched(let address, let failure): "the trust bundle can't be fetched from \(address): \(failure)"
        }
    }
}
