import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes connections whose clients are slow on purpose, and those whose bodies do not end.
///
/// A connection has ``RequestLimits/requestTime`` for its first head, and each request has as long to arrive whole. The
/// timer is set only for a request that did not arrive in one read, which costs the others nothing.
final class RequestLimitHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let load: RequestLoad
    /// Requests of this connection that are not answered.
    private var unanswered = 0
    private var isArriving = true
    private var bodyByteCount = 0
    private var deadline: Scheduled<Void>?
    private var closesAfterResponse = false
    private var isClosing = false

    init(load: RequestLoad) {
        self.load = load
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { startTimer(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stopTimer()
    }

    func channelActive(context: ChannelHandlerContext) {
        startTimer(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stopTimer()
        load.leave(unanswered)
        unanswered = 0
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        switch unwrapInboundIn(data) {
        case .head:
            unanswered += 1
            load.arrive()
            isArriving = true
            bodyByteCount = 0
            stopTimer()
        case .body(let bytes):
            bodyByteCount += bytes.readableBytes
            // What is above the limit is answered with a refusal; what goes on after that is not read.
            if bodyByteCount > 4 * RequestLimits.bodyByteCount {
                context.close(promise: nil)
                return
            }
        case .end:
            isArriving = false
            stopTimer()
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isArriving { startTimer(context) }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            closesAfterResponse = head.headerFields[.connection]?.lowercased() == "close"
            context.write(data, promise: promise)
        case .end where closesAfterResponse:
            leave()
            context.writeAndFlush(data, promise: promise)
            // Closing at once would reset the connection under an answer that the client has not read yet.
            isClosing = true
            context.close(mode: .output, promise: nil)
            startTimer(context)
        case .end:
            leave()
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        }
    }

    private func leave() {
        // The answer to a request that could not be parsed was never counted.
        guard unanswered > 0 else { return }
        unanswered -= 1
        load.leave()
    }

    private func startTimer(_ context: ChannelHandlerContext) {
        guard deadline == nil else { return }
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.value.eventLoop.scheduleTask(in: RequestLimits.requestTime) {
            context.value.close(promise: nil)
        }
    }

    private func stopTimer() {
        deadline?.cancel()
        deadline = nil
    }
}
