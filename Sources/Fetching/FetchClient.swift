import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// The HTTP clients that fetch bundles and ask edges, for the life of the process: one for each file of authorities.
///
/// Certificates are checked against the system's authorities and, where a file is named, also against those in it.
public enum FetchClient {
    /// Trusts the system's authorities.
    public static let system = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)

    private static let others = Mutex<[String: HTTPClient]>([:])

    /// - Parameter caFile: PEM with the certificates of further authorities, which is read once; nil for none.
    /// - Throws: ``AuthoritiesError``.
    public static func trusting(_ caFile: String?) throws(AuthoritiesError) -> HTTPClient {
        guard let caFile else { return system }
        let found = others.withLock { (others) -> Result<HTTPClient, AuthoritiesError> in
            if let client = others[caFile] { return .success(client) }
            return certificates(of: caFile).map { (certificates) in
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.additionalTrustRoots = [.certificates(certificates)]
                var configuration = configuration
                configuration.tlsConfiguration = tls
                let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
                others[caFile] = client
                return client
            }
        }
        return try found.get()
    }

    /// It follows no redirect and unpacks nothing, so what is counted is what arrives; and it leaves all timing, and
    /// trying again, to whoever asks.
    private static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .hours(1)), decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    private static func certificates(of path: String) -> Result<[NIOSSLCertificate], AuthoritiesError> {
        guard access(path, R_OK) == 0 else {
            return .failure(AuthoritiesError(path: path, reason: String(cString: strerror(errno))))
        }
        guard let certificates = try? NIOSSLCertificate.fromPEMFile(path), !certificates.isEmpty else {
            return .failure(
                AuthoritiesError(path: path, reason: "it holds no certificate in PEM that can be read"))
        }
        return .success(certificates)
    }
}

extension HTTPClientRequest {
    /// A request for what is at the address, as whom the address says.
    public init(_ address: WebAddress) {
        self.init(url: address.url)
        headers.add(name: "User-Agent", value: "linkseal")
        if let authorization = address.authorization { headers.add(name: "Authorization", value: authorization) }
    }
}

/// A file of certificate authorities can't be used.
public struct AuthoritiesError: Error, Hashable, Sendable, CustomStringConvertible {
    let path: String
    let reason: String

    public var description: String { "can't use the certificate authorities of \(path): \(reason)" }
}
