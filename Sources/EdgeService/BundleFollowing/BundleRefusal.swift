import Cryptography
import Trust

/// Why an edge took no bundle from its source. The last good one stays in force.
public enum BundleRefusal: Error, Hashable, Sendable {
    /// What came is not a bundle to accept.
    case bundle(TrustError)
    /// It is to accept, but could not be recorded, so that the edge would forget that it had.
    case unrecorded(CryptographyError)
    /// The file can't be read, or the server not be connected to, or it broke off.
    case unreachable(reason: String)
    /// The server took longer than it may, in seconds.
    case timedOut(seconds: Int)
    /// The server answers with another status than 200 or 304.
    case status(Int)
    /// The server sends to another place. A bundle comes from where the edge was told, or not at all.
    case redirect(Int)
}

extension BundleRefusal {
    /// The stable name of the refusal, as logs and metrics have it.
    public var code: String {
        switch self {
        case .bundle(let error): error.code
        case .unrecorded: "bundle_unrecorded"
        case .unreachable: "bundle_unreachable"
        case .timedOut: "bundle_timeout"
        case .status: "bundle_status"
        case .redirect: "bundle_redirect"
        }
    }
}

extension BundleRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .bundle(let error): error.description
        case .unrecorded(let error):
            "the trust bundle is good but can't be recorded, so it is not used: \(error); free space or fix permissions"
        case .unreachable(let reason): "the trust bundle can't be fetched: \(reason)"
        case .timedOut(let seconds): "the trust bundle did not arrive within \(seconds) seconds"
        case .status(let status): "the server of the trust bundle answers with the status \(status) instead of 200"
        case .redirect(let status):
            "the server of the trust bundle redirects (status \(status)), which is not followed; give its new URL"
        }
    }
}
