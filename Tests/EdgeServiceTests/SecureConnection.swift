import NIOCore
import NIOPosix
import NIOSSL

/// A TLS connection that sends exactly the bytes it is given.
final class SecureConnection {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>

    private init(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    static func converse<Result: Sendable>(
        port: Int, protocols: [String], _ body: (SecureConnection) async throws -> Result
    ) async throws -> Result {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        configuration.applicationProtocols = protocols
        let context = try NIOSSLContext(configuration: configuration)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(60))
            .connect(host: "127.0.0.1", port: port) { (channel) in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { (inbound, outbound) in
            try await body(SecureConnection(inbound, outbound))
        }
    }

    func send(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// What comes next; nil when the other side has closed.
    func next() async throws -> ByteBuffer? {
        var iterator = inbound
        defer { inbound = iterator }
        return try await iterator.next()
    }

    /// Everything until the other side closes, however it does.
    func readToEnd() async -> [UInt8] { await read { (_) in false } }

    /// Everything until it is enough, or the other side closes.
    func read(until isEnough: ([UInt8]) -> Bool) async -> [UInt8] {
        var bytes: [UInt8] = []
        while !isEnough(bytes), let part = try? await next() { bytes += part.readableBytesView }
        return bytes
    }
}

/// Frames of HTTP/2 by hand (RFC 9113 §4.1), for what no client library would send.
enum HTTP2Frames {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    static func frame(_ type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
        let length = Array(bigEndian(UInt32(payload.count)).dropFirst())
        return length + [type, flags] + bigEndian(stream) + payload
    }

    private static func bigEndian(_ word: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
    }

    /// - Parameter settings: identifier and value.
    static func settings(_ settings: [(UInt16, UInt32)] = []) -> [UInt8] {
        frame(4, settings.flatMap { (id, value) in bigEndian(UInt32(id)).suffix(2) + bigEndian(value) })
    }

    /// A header block without compression: `:scheme: https`, `:authority: x`, and the rest.
    static func headers(
        _ method: String, _ path: String, stream: UInt32, endsStream: Bool = true, endsHeaders: Bool = true,
        more: [(String, String)] = []
    ) -> [UInt8] {
        func literal(_ name: String, _ value: String) -> [UInt8] {
            precondition(name.utf8.count < 127 && value.utf8.count < 127)
            return [0x00, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
        }
        let block =
            literal(":method", method) + [0x87] + literal(":path", path) + literal(":authority", "x")
            + more.flatMap { literal($0.0, $0.1) }
        return frame(1, flags: (endsStream ? 1 : 0) | (endsHeaders ? 4 : 0), stream: stream, block)
    }

    static func reset(stream: UInt32) -> [UInt8] { frame(3, stream: stream, [0, 0, 0, 8]) }

    typealias Frame = (type: UInt8, stream: UInt32, payload: [UInt8])

    /// The frames in what was received.
    static func parse(_ bytes: [UInt8]) -> [Frame] {
        var frames: [Frame] = []
        var rest = bytes[...]
        while rest.count >= 9 {
            let header = Array(rest.prefix(9))
            let length = Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
            let stream = header[5...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            guard rest.count >= 9 + length else { break }
            frames.append((header[3], stream, Array(rest.dropFirst(9).prefix(length))))
            rest = rest.dropFirst(9 + length)
        }
        return frames
    }
}
