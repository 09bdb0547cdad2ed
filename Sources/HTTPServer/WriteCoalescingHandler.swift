import NIOCore

/// Joins what is written between two flushes, so that an answer's head and body take one buffer: one `write` instead of a
/// `writev`, and on TLS one record (RFC 8446 §5.1) instead of two.
///
/// What waits here is not counted by `isWritable`, and is gone when the channel is closed before a flush. It is as many
/// answers as ``Flushes`` has waiting, at most.
final class WriteCoalescingHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var unsent: ByteBuffer?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var bytes = unwrapOutboundIn(data)
        if unsent == nil { unsent = bytes } else { unsent?.writeBuffer(&bytes) }
        // Who waits for a write is told of the whole buffer that it went into.
        if let promise { send(context, promise) }
    }

    func flush(context: ChannelHandlerContext) {
        send(context, nil)
        context.flush()
    }

    private func send(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        guard let bytes = exchange(&unsent, with: nil) else { return }
        context.write(wrapOutboundOut(bytes), promise: promise)
    }
}
