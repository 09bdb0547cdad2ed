import HTTPTypes
import Hummingbird

/// What the answers to requests depend on of the way that they came.
struct EdgeNetwork: Sendable {
    let trusted: TrustedProxies
    let tls: TLSCertificate?
    let proxyProtocol: ProxyProtocolPolicy?

    /// Who sent the request, as far as somebody says who can be believed.
    func client(of request: Request, on connection: Connection) -> ClientAddress? {
        ClientAddress(
            peer: connection.address, forwardedFor: request.headers[.xForwardedFor], trusting: trusted)
    }
}
