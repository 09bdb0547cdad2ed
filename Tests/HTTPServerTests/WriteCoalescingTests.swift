import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPServer

@Suite("Writes are joined")
struct WriteCoalescingTests {
    private let channel = EmbeddedChannel(handler: WriteCoalescingHandler())

    private func sent() throws -> String? { try channel.readOutbound(as: ByteBuffer.self).map(String.init(buffer:)) }

    @Test("what lies between two flushes is sent as one buffer, in order")
    func joins() throws {
        for part in ["head ", "body ", "next"] { channel.write(ByteBuffer(string: part), promise: nil) }
        #expect(try sent() == nil)
        channel.flush()
        #expect(try sent() == "head body next")
        channel.write(ByteBuffer(string: "later"), promise: nil)
        channel.flush()
        #expect(try sent() == "later")
        channel.flush()
        #expect(try sent() == nil)
    }

    @Test("who waits for a write is told when all that it was joined with is sent")
    func promise() throws {
        let last = channel.eventLoop.makePromise(of: Void.self)
        channel.write(ByteBuffer(string: "head "), promise: nil)
        channel.write(ByteBuffer(string: "body"), promise: last)
        channel.flush()
        #expect(try sent() == "head body")
        try last.futureResult.wait()
    }
}
