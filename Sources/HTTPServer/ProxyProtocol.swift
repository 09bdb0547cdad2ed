import Files
import Logging
import NIOCore

/// Which peers may send PROXY headers, and how many connections from others were refused.
final class ProxyProtocolPolicy: Sendable {
    enum Reason: String, CaseIterable, Sendable {
        case untrustedPeer = "untrusted_peer"
        case malformed
    }

    let trusted: TrustedProxies
    private let logger: Logger
    let refusals = EventCounter<Reason>()

    init(trusted: TrustedProxies, logger: Logger) {
        self.trusted = trusted
        self.logger = logger
    }

    func refuse(_ reason: Reason, from peer: IPAddress?) {
        guard let count = refusals.countToLog(reason) else { return }
        logger.warning(
            reason == .malformed
                ? "a connection did not begin with a PROXY header and was closed"
                : "a connection from a peer that is not a trusted proxy was closed",
            metadata: ["peer": "\(peer.map(\.description) ?? "unix")", "count": .stringConvertible(count)])
    }
}

/// Reads the PROXY header off a connection, or closes it.
///
/// Every connection must begin with one, as the protocol demands: a receiver that guessed would let clients choose their
/// address. How long it may take is bounded by those behind, who wait for a handshake or a request.
final class ProxyProtocolHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: Connection
    private let policy: ProxyProtocolPolicy
    private let onHeader: () -> Void
    private var arrived = ByteBuffer()
    private var isClosing = false

    /// - Parameter onHeader: called when the connection knows whom it is of.
    init(_ connection: Connection, policy: ProxyProtocolPolicy, onHeader: @escaping () -> Void = {}) {
        self.connection = connection
        self.policy = policy
        self.onHeader = onHeader
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        guard policy.trusted.trusts(peer) else { return close(context, .untrustedPeer) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        var bytes = unwrapInboundIn(data)
        arrived.writeBuffer(&bytes)
        do throws(ProxyProtocolError) {
            guard let header = try ProxyProtocolHeader.read(from: &arrived) else { return }
            connection.speaks(for: header.source)
            onHeader()
        } catch {
            return close(context, .malformed)
        }
        if arrived.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(arrived)) }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private func close(_ context: ChannelHandlerContext, _ reason: ProxyProtocolPolicy.Reason) {
        isClosing = true
        policy.refuse(reason, from: peer)
        context.close(promise: nil)
    }

    private var peer: IPAddress? {
        if case .peer(let address) = connection.origin { address } else { nil }
    }
}

/// The header by which a proxy says whom it speaks for, before anything else on a connection: version 1 in text, version
/// 2 in binary ("The PROXY protocol, versions 1 & 2", W. Tarreau, 2020).
struct ProxyProtocolHeader: Hashable, Sendable {
    /// Where the proxied connection comes from. Nil where the proxy speaks for itself, as its health checks do, or names
    /// no IP address.
    let source: IPAddress?

    /// Version 2's lengths may be up to 65,535. Proxies that attach the most, client certificates' names, stay below this.
    static let limit = 4096

    private static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]
    /// Version 1's longest line, with its line break (§2.1).
    private static let lineLimit = 107

    /// Takes the header off the front of what has arrived.
    ///
    /// - Returns: nil, with nothing taken, when it has not arrived whole.
    static func read(from buffer: inout ByteBuffer) throws(ProxyProtocolError) -> ProxyProtocolHeader? {
        let bytes = buffer.readableBytesView
        guard let first = bytes.first else { return nil }
        let (header, length) =
            first == signature[0] ? try binary(bytes) ?? (nil, 0) : try text(bytes) ?? (nil, 0)
        guard let header else { return nil }
        buffer.moveReaderIndex(forwardBy: length)
        return header
    }

    private typealias Read = (header: ProxyProtocolHeader?, length: Int)

    // MARK: Version 1 (§2.1)

    private static func text(_ bytes: ByteBufferView) throws(ProxyProtocolError) -> Read? {
        let start = Array("PROXY ".utf8)
        guard bytes.prefix(start.count).elementsEqual(start.prefix(bytes.count)) else { throw .malformed }
        let line = bytes.prefix(lineLimit)
        guard let end = line.firstIndex(of: UInt8(ascii: "\n")) else {
            if bytes.count >= lineLimit { throw .tooLong }
            return nil
        }
        let length = end - bytes.startIndex + 1
        guard length >= 2, line[end - 1] == UInt8(ascii: "\r") else { throw .malformed }
        let words = String(decoding: line[..<(end - 1)], as: UTF8.self)
            .split(separator: " ", omittingEmptySubsequences: false)
        // "UNKNOWN" may be followed by anything.
        if words.count >= 2, words[1] == "UNKNOWN" { return (ProxyProtocolHeader(source: nil), length) }
        guard words.count == 6, isPort(words[4]), isPort(words[5]) else { throw .malformed }
        let isIPv4: Bool
        switch words[1] {
        case "TCP4": isIPv4 = true
        case "TCP6": isIPv4 = false
        default: throw .malformed
        }
        guard words[2].contains(":") != isIPv4, words[3].contains(":") != isIPv4, let source = IPAddress(words[2]),
            IPAddress(words[3]) != nil
        else { throw .malformed }
        return (ProxyProtocolHeader(source: source), length)
    }

    private static func isPort(_ text: Substring) -> Bool {
        UInt16(text).map { String($0) == text } ?? false
    }

    // MARK: Version 2 (§2.2)

    private static func binary(_ bytes: ByteBufferView) throws(ProxyProtocolError) -> Read? {
        guard bytes.prefix(signature.count).elementsEqual(signature.prefix(bytes.count)) else { throw .malformed }
        guard bytes.count >= 16 else { return nil }
        let start = bytes.startIndex
        let (command, family) = (bytes[start + 12], bytes[start + 13])
        let length = 16 + Int(bytes[start + 14]) << 8 + Int(bytes[start + 15])
        guard command >> 4 == 2, command & 0xF <= 1 else { throw .malformed }
        guard length <= limit else { throw .tooLong }
        guard bytes.count >= length else { return nil }
        // LOCAL: the proxy's own connection, whose addresses are to be skipped.
        if command & 0xF == 0 { return (ProxyProtocolHeader(source: nil), length) }
        func word(at offset: Int) -> UInt64 {
            (0..<8).reduce(0) { $0 << 8 | UInt64(bytes[start + offset + $1]) }
        }
        let source: IPAddress?
        switch (family >> 4, family & 0xF) {
        case (0, 0...2), (3, 0...2): source = nil
        case (1, 0...2):
            guard length >= 16 + 12 else { throw .malformed }
            source = IPAddress(v4: UInt32(word(at: 16) >> 32))
        case (2, 0...2):
            guard length >= 16 + 36 else { throw .malformed }
            source = IPAddress(high: word(at: 16), low: word(at: 24))
        default: throw .malformed
        }
        return (ProxyProtocolHeader(source: source), length)
    }
}

/// Why bytes are not a PROXY header.
enum ProxyProtocolError: Error, Hashable {
    case malformed
    case tooLong
}
