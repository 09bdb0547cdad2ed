import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPServer

/// The order in which requests are answered, and when the answers are sent.
@Suite struct RequestHandlerTests {
    @Test("of the requests that come at once the first is answered at once, the others wait for their turn")
    func requestsInTurn() throws {
        let loop = EmbeddedEventLoop()
        let client = EmbeddedClient(on: EventLoopServices(loop), loop)
        for _ in 0..<3 { client.ask() }
        client.endRead()
        loop.run()
        for answered in [1, 1, 1, 0] {
            #expect(try client.answers() == answered)
            loop.advanceTime(by: FairScheduler.pause)
        }
        client.ask()
        client.endRead()
        loop.run()
        #expect(try client.answers() == 1)
    }

    @Test("answers are sent when the event loop has heard all its connections, or when there are many of them")
    func answersTogether() throws {
        let loop = EmbeddedEventLoop()
        let services = EventLoopServices(loop)
        let clients = (0..<FlushCoalescer.limit).map { (_) in EmbeddedClient(on: services, loop) }
        func answers() throws -> [Int] { try clients.map { try $0.answers() } }
        for client in clients.dropLast() { client.ask() }
        #expect(try answers().allSatisfy { $0 == 0 })
        clients.last?.ask()
        #expect(try answers().allSatisfy { $0 == 1 })
        clients.first?.endRead()
        clients.first?.ask()
        #expect(try answers().allSatisfy { $0 == 0 })
        loop.run()
        #expect(try answers() == [1] + clients.dropFirst().map { (_) in 0 })
    }

    @Test("who asks and says that nothing more will come gets the answer")
    func lastAnswer() throws {
        let loop = EmbeddedEventLoop()
        let client = EmbeddedClient(on: EventLoopServices(loop), loop)
        client.ask()
        client.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(try client.answers() == 1)
        loop.run()
        #expect(!client.channel.isActive)
    }

    @Test("turns are given in order, and only some of them before the event loop looks at its connections")
    func turns() {
        let loop = EmbeddedEventLoop()
        let scheduler = FairScheduler(loop)
        var given: [Int] = []
        for number in 0..<FairScheduler.perRound + 2 { scheduler.enqueue { given.append(number) } }
        #expect(given.isEmpty)
        loop.advanceTime(by: FairScheduler.pause)
        #expect(given == Array(0..<FairScheduler.perRound))
        scheduler.enqueue { given.append(-1) }
        loop.advanceTime(by: FairScheduler.pause)
        #expect(given == Array(0..<FairScheduler.perRound + 2) + [-1])
    }
}

/// A connection that is told what arrives on it.
private final class EmbeddedClient {
    let channel: EmbeddedChannel

    init(on services: EventLoopServices, _ loop: EmbeddedEventLoop) {
        let limiter = RequestLimitHandler.alone
        let handler = RequestHandler(
            loop: services, limiter: limiter, turn: nil, date: HTTPDate(), draining: Draining()
        ) { _ in
            Response(.noContent, [:])
        }
        channel = EmbeddedChannel(handlers: [limiter, handler], loop: loop)
    }

    func ask() {
        channel.pipeline.fireChannelRead(
            HTTPServerRequestPart.head(
                HTTPRequestHead(version: .http1_1, method: .GET, uri: "/healthz", headers: ["Host": "edge"])))
        channel.pipeline.fireChannelRead(HTTPServerRequestPart.end(nil))
    }

    func endRead() { channel.pipeline.fireChannelReadComplete() }

    /// How many were sent since it was last asked.
    func answers() throws -> Int {
        var count = 0
        while let part = try channel.readOutbound(as: HTTPServerResponsePart.self) {
            if case .head = part { count += 1 }
        }
        return count
    }
}
