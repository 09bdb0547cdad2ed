import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL

/// Builds the handlers between a socket and the answers to the requests on it.
///
/// From the wire inwards: the PROXY protocol's header where it is asked for, TLS where there is a certificate, then
/// HTTP/1.1 or, where the TLS client chose it by ALPN (RFC 7301), HTTP/2.
struct ConnectionPipeline: Sendable {
    private let tls: TLSCertificate?
    private let proxyProtocol: ProxyProtocolPolicy?
    private let load: RequestLoad
    let table: ConnectionTable
    let limits: ServerLimits
    private let draining: Draining
    private let date = HTTPDate()
    /// Where its connections are served.
    let loops: MultiThreadedEventLoopGroup
    private let loopServices: [ObjectIdentifier: NIOLoopBoundBox<EventLoopServices>]
    private let handler: Server.Handler

    init(
        tls: TLSCertificate?, proxyProtocol: ProxyProtocolPolicy?, load: RequestLoad, table: ConnectionTable,
        limits: ServerLimits, draining: Draining, on loops: MultiThreadedEventLoopGroup = .singleton,
        handler: @escaping Server.Handler
    ) {
        self.tls = tls
        self.proxyProtocol = proxyProtocol
        self.load = load
        self.table = table
        self.limits = limits
        self.draining = draining
        self.loops = loops
        self.handler = handler
        loopServices = Dictionary(
            uniqueKeysWithValues: loops.makeIterator().map { (loop) in
                (ObjectIdentifier(loop), .makeBoxSendingValue(EventLoopServices(loop), eventLoop: loop))
            })
    }

    /// - Parameter isLocal: whether the listener is a UNIX-domain socket, where TLS has nobody to protect from.
    func setUp(_ channel: any Channel, isLocal: Bool) -> EventLoopFuture<Void> {
        let connection = Connection(
            peer: channel.remoteAddress, isEncrypted: tls != nil && !isLocal, trusted: table.trusted
        ) {
            channel.close(promise: nil)
        }
        table.add(connection)
        channel.closeFuture.whenComplete { [table] (_) in table.remove(connection) }
        do {
            let pipeline = channel.pipeline.syncOperations
            if let proxyProtocol {
                try pipeline.addHandler(
                    ProxyProtocolHandler(connection, policy: proxyProtocol) { [table] in table.identify(connection) })
            } else {
                table.identify(connection)
            }
            guard let tls, !isLocal else { return http1(channel, connection) }
            try pipeline.addHandlers(NIOSSLServerHandler(context: tls.context), HandshakeLimitHandler(limits: limits))
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
        return channel.configureHTTP2SecureUpgrade(
            h2ChannelConfigurator: { http2($0, connection) }, http1ChannelConfigurator: { http1($0, connection) })
    }

    private func http1(_ channel: any Channel, _ connection: Connection) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            var decoding = NIOHTTPDecoderLimitConfiguration()
            decoding.maxHeaderFieldSize = limits.headByteCount
            decoding.maxHeaderListSize = limits.headByteCount
            decoding.maxHeaderFieldCount = limits.headFieldCount
            // The handler of requests frames its answers.
            var encoding = HTTPResponseEncoder.Configuration()
            encoding.automaticallySetFramingHeaders = false
            // The decoder's own limits count neither spaces before a field's value nor what follows an offer of another
            // protocol.
            let decoder = ByteToMessageHandler(
                HTTPRequestDecoder(limitConfiguration: decoding), maximumBufferSize: 2 * limits.headByteCount)
            try pipeline.addHandlers([
                WriteCoalescingHandler(), HTTPResponseEncoder(configuration: encoding), decoder,
                NIOHTTPResponseHeadersValidator(),
            ])
            // Behind the codec, so that only what completes a part of a request counts: single bytes of a head would keep a
            // connection open for ever.
            try pipeline.addHandler(IdleStateHandler(readTimeout: limits.idleTime))
            let limiter = RequestLimitHandler(limits: limits, load: load, connection: connection)
            try pipeline.addHandlers([limiter, requestHandler(channel, limiter, nil)])
        }
    }

    private func http2(_ channel: any Channel, _ connection: Connection) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let connectionLimiter = NIOLoopBound(HTTP2LimitHandler(limits: limits), eventLoop: channel.eventLoop)
            // A polite good-bye first; clients that ignore it are closed by the limiter.
            let management = NIOHTTP2ServerConnectionManagementHandler(
                eventLoop: channel.eventLoop,
                configuration: .init(
                    maxIdleTime: limits.idleTime, maxAge: nil, maxGraceTime: limits.graceTime,
                    keepalive: nil))
            try pipeline.addHandler(connectionLimiter.value)
            _ = try pipeline.configureHTTP2Pipeline(
                mode: .server, connectionConfiguration: .init(), streamConfiguration: .init(),
                streamDelegate: LateClosing(delegate: management.http2StreamDelegate)
            ) { (stream) in
                stream.eventLoop.makeCompletedFuture {
                    let limiter = RequestLimitHandler(
                        limits: limits, load: load, connection: connection, streamOf: connectionLimiter.value)
                    try stream.pipeline.syncOperations.addHandlers([
                        HTTP2FramePayloadToHTTP1ServerCodec(), limiter,
                        requestHandler(stream, limiter, connectionLimiter.value.turn),
                    ])
                }
            }
            try pipeline.addHandlers([management, ClosesOnError()])
        }
    }

    private func requestHandler(
        _ channel: any Channel, _ limiter: RequestLimitHandler, _ turn: Turn?
    ) -> RequestHandler {
        guard let services = loopServices[ObjectIdentifier(channel.eventLoop)] else {
            preconditionFailure("the connection is on none of the pipeline's event loops")
        }
        return RequestHandler(
            loop: services.value, limiter: limiter, turn: turn, date: date, draining: draining, handler: handler)
    }
}

/// Closes a connection whose client broke HTTP/2, after what SwiftNIO has said to that.
private final class ClosesOnError: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

/// Tells of a stream's end after its beginning: a stream that is refused or answered while it is being opened ends before
/// SwiftNIO has told that it began, and would count as open for ever.
private struct LateClosing: NIOHTTP2StreamDelegate {
    let delegate: NIOHTTP2ServerConnectionManagementHandler.HTTP2StreamDelegate

    func streamCreated(_ id: HTTP2StreamID, channel: any Channel) { delegate.streamCreated(id, channel: channel) }

    func streamClosed(_ id: HTTP2StreamID, channel: any Channel) {
        channel.eventLoop.execute { delegate.streamClosed(id, channel: channel) }
    }
}
