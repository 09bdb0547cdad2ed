import Files
import FoundationEssentials

/// Where a Marketo instance answers. Credentials and leads go over TLS, except to the same machine.
public struct MarketoEndpoint: Hashable, Sendable {
    /// Without the path, as `https://123-ABC-456.mktorest.com`.
    public let origin: String

    /// - Parameter text: the REST or identity endpoint that Admin > Integration > Web Services shows, or what stands
    ///   before `/rest` and `/identity` in them.
    /// - Throws: ``MarketoError/endpoint(_:)`` unless it is https, or http on a loopback address.
    public init(_ text: String) throws(MarketoError) {
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(), let host = url.host,
            !host.isEmpty, url.user == nil, url.password == nil, url.query == nil, url.fragment == nil,
            ["", "/", "/rest", "/rest/", "/identity", "/identity/"].contains(url.path),
            scheme == "https" || scheme == "http" && isLoopback(host: host)
        else { throw .endpoint(text) }
        origin = "\(scheme)://\(host)" + (url.port.map { ":\($0)" } ?? "")
    }
}
