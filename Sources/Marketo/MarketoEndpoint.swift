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
            scheme == "https" || scheme == "http" && Self.isLoopback(host)
        else { throw .endpoint(text) }
        origin = "\(scheme)://\(host)" + (url.port.map { ":\($0)" } ?? "")
    }

    private static func isLoopback(_ host: String) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(host.lowercased()) { return true }
        // By number only: a name such as 127.0.0.1.example.com resolves to anywhere.
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
