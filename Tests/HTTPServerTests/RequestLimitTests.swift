import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPServer

@Suite("Times of a request")
struct RequestLimitTests {
    @Test("whoever does not read has the time of one request, and progress begins it anew")
    func writeDeadline() throws {
        let loop = EmbeddedEventLoop()
        let channel = EmbeddedChannel(handler: RequestLimitHandler.alone, loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        try channel.writeInbound(HTTPServerRequestPart.head(.init(version: .http1_1, method: .GET, uri: "/")))
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
        func set(isWritable: Bool) {
            channel.isWritable = isWritable
            channel.pipeline.fireChannelWritabilityChanged()
        }
        for _ in 0..<10 {
            set(isWritable: false)
            loop.advanceTime(by: ServerLimits().requestTime - .seconds(1))
            set(isWritable: true)
            loop.advanceTime(by: .seconds(1))
            #expect(channel.isActive)
        }
        set(isWritable: false)
        loop.advanceTime(by: ServerLimits().requestTime)
        #expect(!channel.isActive)
    }

    @Test("at shutdown a connection has the time of one request and of going away, whatever it does meanwhile")
    func drain() throws {
        let loop = EmbeddedEventLoop()
        let channel = EmbeddedChannel(handler: RequestLimitHandler.alone, loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        try channel.writeInbound(HTTPServerRequestPart.head(.init(version: .http1_1, method: .POST, uri: "/")))
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        loop.advanceTime(by: ServerLimits().requestTime - .seconds(1))
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
        loop.advanceTime(by: ServerLimits().graceTime)
        #expect(channel.isActive)
        loop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }
}

extension RequestLimitHandler {
    /// That of a connection without a socket.
    static var alone: RequestLimitHandler {
        RequestLimitHandler(
            limits: ServerLimits(), load: RequestLoad(),
            connection: Connection(peer: nil, isEncrypted: false, trusted: TrustedProxies(ranges: [])))
    }
}
