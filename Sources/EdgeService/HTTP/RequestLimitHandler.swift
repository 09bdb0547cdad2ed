import NIOCore
import NIOHTTP1

/// Closes connections and HTTP/2 streams whose clients are slow on purpose, and those whose bodies do not end.
///
/// A connection has ``RequestLimits/requestTime`` for its first head, and each request has as long to arrive whole. The
/// timer is set only for a request that did not arrive in one read, which costs the others nothing. Clients that do not
/// read their answers have as long: on HTTP/1 once the socket's buffers are full, on a stream when its answer is written
/// and its flow-control window is shut. At a shutdown, an HTTP/1 connection has ``RequestLimits/drainTime`` for
/// all of it.
final class RequestLimitHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let load: RequestLoad
    private let connection: Connection?
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

    init(load: RequestLoad, connection: Connection? = nil, streamOf http2: HTTP2LimitHandler? = nil) {
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
                if unanswered > RequestLimits.pipelinedCount { context.close(promise: nil) }
            case .body(let bytes): count(bytes, context)
            case .end: break
            }
            return
        }
        switch part {
        case .head(let head):
            // HTTP/1's decoder has counted them.
            if http2 != nil, head.headers.count > RequestLimits.headFieldCount {
                context.close(promise: nil)
                return
            }
            unanswered += 1
            if unanswered > RequestLimits.pipelinedCount {
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

    /// What is above the limit is answered with a refusal; who goes on after that is closed.
    @discardableResult
    private func count(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) -> Bool {
        bodyByteCount += bytes.readableBytes
        guard bodyByteCount > 4 * RequestLimits.bodyByteCount else { return true }
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
            connection?.requestArrived()
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
        connection?.requestAnswered()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Streams end with their connection.
        if event is ChannelShouldQuiesceEvent, http2 == nil {
            drainDeadline = context.closing(in: RequestLimits.drainTime)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writeDeadline?.cancel()
        writeDeadline = context.channel.isWritable ? nil : context.closing(in: RequestLimits.requestTime)
        context.fireChannelWritabilityChanged()
    }

    private func startTimer() {
        guard deadline == nil else { return }
        deadline = context?.closing(in: RequestLimits.requestTime)
    }

    private func stopTimer() {
        deadline?.cancel()
        deadline = nil
    }
}
