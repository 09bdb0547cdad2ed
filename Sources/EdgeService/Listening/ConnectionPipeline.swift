import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import NIOHTTP2
import NIOSSL

/// Builds what lies between a socket and the requests on it, and serves them.
///
/// From the wire inwards: the PROXY protocol's header where it is asked for, TLS where there is a certificate, then
/// HTTP/1.1 or, where the TLS client chose it by ALPN (RFC 7301), HTTP/2.
struct ConnectionPipeline: Sendable {
    typealias Serve = @Sendable (Request, consuming ResponseWriter, Connection) async throws -> Void

    let tls: TLSCertificate?
    let proxyProtocol: ProxyProtocolPolicy?
    let load: RequestLoad
    let logger: Logger
    let serve: Serve

    typealias HTTP1 = (HTTP1Channel, HTTP1Channel.Value)
    typealias HTTP2 = (HTTP2Channel, HTTP2Channel.Value)

    /// - Parameter isLocal: whether the listener is a UNIX-domain socket, where TLS has nobody to protect from.
    func setUp(_ channel: any Channel, isLocal: Bool) -> EventLoopFuture<Accepted> {
        let connection = Connection(peer: channel.remoteAddress)
        do {
            let pipeline = channel.pipeline.syncOperations
            if let proxyProtocol {
                try pipeline.addHandler(ProxyProtocolHandler(connection, policy: proxyProtocol))
            }
            guard let tls, !isLocal else {
                return http1(channel, connection).map { Accepted(.http1($0.0, $0.1)) }
            }
            try pipeline.addHandlers(NIOSSLServerHandler(context: tls.context), HandshakeLimitHandler())
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
        return channel.configureHTTP2AsyncSecureUpgrade(
            http1ConnectionInitializer: { http1($0, connection) },
            http2ConnectionInitializer: { http2($0, connection) }
        ).map { Accepted(.negotiating($0)) }
    }

    private func http1(_ channel: any Channel, _ connection: Connection) -> EventLoopFuture<HTTP1> {
        let http1 = HTTP1Channel(
            responder: { (request, writer: consuming ResponseWriter, _) in
                try await serve(request, writer, connection)
            },
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [RequestLimitHandler(load: load)], idleTimeout: RequestLimits.idleTime,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: RequestLimits.headByteCount, maxHeaderListSize: RequestLimits.headByteCount,
                    maxHeaderFieldCount: RequestLimits.headFieldCount)))
        return http1.setup(channel: channel, logger: logger).map { (http1, $0) }
    }

    private func http2(_ channel: any Channel, _ connection: Connection) -> EventLoopFuture<HTTP2> {
        let limits = NIOLoopBound(HTTP2LimitHandler(), eventLoop: channel.eventLoop)
        let http2 = HTTP2Channel(
            responder: { (request, writer: consuming ResponseWriter, _) in
                try await serve(request, writer, connection)
            },
            configuration: HTTP2Channel.Configuration(
                // A polite good-bye first; what does not follow it is closed by the handler.
                idleTimeout: RequestLimits.idle, gracefulCloseTimeout: RequestLimits.grace,
                streamConfiguration: HTTP1Channel.Configuration(
                    additionalChannelHandlers: [RequestLimitHandler(load: load, streamOf: limits.value)])))
        do {
            try channel.pipeline.syncOperations.addHandler(limits.value)
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
        return http2.setup(channel: channel, logger: logger).map { (http2, $0) }
    }

    /// Answers the requests of a connection until it ends.
    func handle(_ accepted: Accepted) async {
        switch accepted.take() {
        case .http1(let http1, let value):
            await http1.handle(value: value, logger: logger)
        case .negotiating(let negotiated):
            // A handshake that fails has closed the connection.
            switch try? await negotiated.get() {
            case .http1_1(let (http1, value)): await http1.handle(value: value, logger: logger)
            case .http2(let (http2, value)): await http2.handle(value: value, logger: logger)
            case nil: break
            }
        }
    }
}
