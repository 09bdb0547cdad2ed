/// What there is to tell of the way that requests come.
struct EdgeNetwork: Sendable {
    /// Nil where the edge does not speak TLS.
    let tls: TLSCertificate?
    /// Nil where the edge does not read PROXY headers.
    let proxyProtocol: ProxyProtocolPolicy?
}
