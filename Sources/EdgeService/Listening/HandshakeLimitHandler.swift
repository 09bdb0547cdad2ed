import NIOCore
import NIOTLS

/// Closes connections whose TLS handshake, with the PROXY header before it, is not over in time, and those that are in
/// the middle of one when the edge is shut down.
final class HandshakeLimitHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private var deadline: Scheduled<Void>?

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = context.closing(in: RequestLimits.requestTime)
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

extension ChannelHandlerContext {
    /// Closes the channel after a time, unless that is cancelled.
    func closing(in time: TimeAmount) -> Scheduled<Void> {
        let context = NIOLoopBound(self, eventLoop: eventLoop)
        return eventLoop.scheduleTask(in: time) { context.value.close(promise: nil) }
    }
}
