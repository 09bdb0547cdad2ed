import NIOCore
import NIOHTTP1
import NIOTLS

/// Closes connections whose TLS handshake, with the PROXY header before it, is not over in time, and those that are in
/// the middle of one when the server shuts down.
final class HandshakeLimitHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let limits: ServerLimits
    private var deadline: Scheduled<Void>?

    init(limits: ServerLimits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = context.closing(in: limits.requestTime)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            context.close(promise: nil)
            return
        }
        context.fireUserInboundEventTriggered(event)
        if let event = event as? TLSUserEvent, case .handshakeCompleted = event {
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        }
    }
}

/// Closes HTTP/2 connections on which no stream is open, whatever else their clients send: frames of no stream, half of
/// a header block, pings.
///
/// Such a client is told to go away (RFC 9113 §6.8) when it has been idle. One that does not acknowledge that is closed
/// here, as it is when the server shuts down and its streams don't end.
final class HTTP2LimitHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// The connection's, which its streams share.
    let turn = Turn()
    private let limits: ServerLimits
    private var openStreams = 0
    private var deadline: Scheduled<Void>?
    private var isQuiescing = false
    private var context: ChannelHandlerContext?

    init(limits: ServerLimits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        startTimer(limits.idleTime + limits.graceTime)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stopTimer()
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        turn.isTaken = false
        context.fireChannelRead(data)
    }

    func streamOpened() {
        openStreams += 1
        if !isQuiescing { stopTimer() }
    }

    func streamClosed() {
        openStreams -= 1
        if openStreams == 0, !isQuiescing { startTimer(limits.idleTime + limits.graceTime) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            isQuiescing = true
            stopTimer()
            startTimer(limits.drainTime)
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func startTimer(_ time: TimeAmount) {
        deadline = context?.closing(in: time)
    }

    private func stopTimer() {
        deadline?.cancel()
        deadline = nil
    }
}

/// Closes connections and HTTP/2 streams whose clients are slow on purpose, and those whose bodies do not end.
///
/// A connection has ``ServerLimits/requestTime`` for its first head, and each request has as long to arrive whole. The
/// timer is set only for a request that did not arrive in one read, which costs the others nothing. Clients that do not
/// read their answers have as long: on HTTP/1 once the socket's buffers are full, on a stream when its answer is written
/// and its flow-control window is shut. At a shutdown, an HTTP/1 connection has ``ServerLimits/drainTime`` for
/// all of it.
final class RequestLimitHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    let limits: ServerLimits
    let connection: Connection
    private let load: RequestLoad
    /// The connection's, where the channel is a stream of HTTP/2.
    private let http2: HTTP2LimitHandler?
    /// Requests of this connection that are not answered.
    private var unanswered = 0
    /// Those of them that wait for nothing but their answer.
    private var taken = 0
    private var isArriving = true
    private var bodyByteCount = 0
    private var deadline: Scheduled<Void>?
    private var writeDeadline: Scheduled<Void>?
    private var drainDeadline: Scheduled<Void>?
    private var isClosing = false
    private var context: ChannelHandlerContext?

    init(
        limits: ServerLimits, load: RequestLoad, connection: Connection, streamOf http2: HTTP2LimitHandler? = nil
    ) {
        self.limits = limits
        self.load = load
        self.connection = connection
        self.http2 = http2
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        http2?.streamOpened()
        if context.channel.isActive { startTimer() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        http2?.streamClosed()
        stopTimer()
        writeDeadline?.cancel()
        drainDeadline?.cancel()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        startTimer()
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        // A close in the midst of a read ends neither the read nor what is parsed of it.
        isClosing = true
        stopTimer()
        forgetRequests()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if isClosing {
            switch part {
            case .head:
                unanswered += 1
                if unanswered > limits.pipelinedCount { context.close(promise: nil) }
            case .body(let bytes): count(bytes, context)
            case .end: break
            }
            return
        }
        switch part {
        case .head(let head):
            // HTTP/1's decoder has counted them.
            if http2 != nil, head.headers.count > limits.headFieldCount {
                context.close(promise: nil)
                return
            }
            unanswered += 1
            if unanswered > limits.pipelinedCount {
                isClosing = true
                context.close(promise: nil)
                return
            }
            isArriving = true
            bodyByteCount = 0
            stopTimer()
        case .body(let bytes):
            guard count(bytes, context) else { return }
        case .end:
            isArriving = false
            stopTimer()
        }
        context.fireChannelRead(data)
    }

    /// Requests above the limit are refused; a client that continues after that is disconnected.
    @discardableResult
    private func count(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) -> Bool {
        bodyByteCount += bytes.readableBytes
        guard bodyByteCount > 4 * limits.bodyByteCount else { return true }
        isClosing = true
        context.close(promise: nil)
        return false
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isArriving { startTimer() }
        context.fireChannelReadComplete()
    }

    /// A request has arrived, or as much of it as it takes to refuse it.
    func requestTaken() {
        // They are answered one after the other, so that one connection is one request's work at a time.
        if taken == 0 {
            load.arrive()
            connection.requestArrived()
        }
        taken += 1
    }

    /// A request was answered.
    func answerWritten() {
        // The answer to a request that could not be parsed was never counted.
        if taken > 0 {
            unanswered -= 1
            taken -= 1
            if taken == 0 { leave() }
        }
        if http2 != nil {
            stopTimer()
            startTimer()
        }
    }

    /// What the client still sends is not looked at, and it has the time of a request to close.
    func lastAnswerWritten() {
        isClosing = true
        forgetRequests()
        startTimer()
    }

    private func forgetRequests() {
        if taken > 0 { leave() }
        (unanswered, taken) = (0, 0)
    }

    private func leave() {
        load.leave()
        connection.requestAnswered()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Streams end with their connection.
        if event is ChannelShouldQuiesceEvent, http2 == nil {
            drainDeadline = context.closing(in: limits.drainTime)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writeDeadline?.cancel()
        writeDeadline = context.channel.isWritable ? nil : context.closing(in: limits.requestTime)
        context.fireChannelWritabilityChanged()
    }

    private func startTimer() {
        guard deadline == nil else { return }
        deadline = context?.closing(in: limits.requestTime)
    }

    private func stopTimer() {
        deadline?.cancel()
        deadline = nil
    }
}

extension ChannelHandlerContext {
    /// Closes the channel after a time, unless that is cancelled.
    func closing(in time: TimeAmount) -> Scheduled<Void> {
        let context = NIOLoopBound(self, eventLoop: eventLoop)
        return eventLoop.scheduleTask(in: time) { context.value.close(promise: nil) }
    }
}
