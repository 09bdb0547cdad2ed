import NIOCore

/// Closes HTTP/2 connections on which no stream is open, whatever else their clients send: frames of no stream, half of
/// a header block, pings.
///
/// Such a client is told to go away (RFC 9113 §6.8) when it has been idle. One that does not acknowledge that is closed
/// here, as it is when the edge shuts down and its streams don't end.
final class HTTP2LimitHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// The connection's, which its streams share.
    let turn = Turn()
    private var openStreams = 0
    private var deadline: Scheduled<Void>?
    private var isQuiescing = false
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        startTimer(RequestLimits.idleTime + RequestLimits.graceTime)
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
        if openStreams == 0, !isQuiescing { startTimer(RequestLimits.idleTime + RequestLimits.graceTime) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            isQuiescing = true
            stopTimer()
            startTimer(RequestLimits.drainTime)
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
