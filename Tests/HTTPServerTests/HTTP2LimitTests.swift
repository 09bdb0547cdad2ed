import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPServer

@Suite("Times of an HTTP/2 connection")
struct HTTP2LimitTests {
    @Test("idle connections without a stream are closed, also when the client does not say good-bye")
    func idle() throws {
        let loop = EmbeddedEventLoop()
        let handler = HTTP2LimitHandler(limits: ServerLimits())
        let channel = EmbeddedChannel(handler: handler, loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        handler.streamOpened()
        loop.advanceTime(by: .hours(1))
        #expect(channel.isActive)
        handler.streamClosed()
        loop.advanceTime(by: ServerLimits().idleTime)
        #expect(channel.isActive)
        loop.advanceTime(by: ServerLimits().graceTime)
        #expect(!channel.isActive)
    }

    @Test("at shutdown a connection has the time of one request, with or without streams")
    func drain() throws {
        let loop = EmbeddedEventLoop()
        let handler = HTTP2LimitHandler(limits: ServerLimits())
        let channel = EmbeddedChannel(handler: handler, loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        handler.streamOpened()
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        loop.advanceTime(by: ServerLimits().requestTime)
        #expect(channel.isActive)
        loop.advanceTime(by: ServerLimits().graceTime)
        #expect(!channel.isActive)
    }
}
