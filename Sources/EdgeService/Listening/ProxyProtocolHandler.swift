import Files
import Logging
import NIOCore
import Synchronization

/// Who may send PROXY headers, and what became of those who should not have.
final class ProxyProtocolPolicy: Sendable {
    enum Refusal: String, CaseIterable {
        case untrustedPeer = "untrusted_peer"
        case malformed
    }

    let trusted: TrustedProxies
    private let logger: Logger
    private let counts = Mutex<[Refusal: Int]>([:])

    init(trusted: TrustedProxies, logger: Logger) {
        self.trusted = trusted
        self.logger = logger
    }

    var refusals: [Refusal: Int] { counts.withLock { $0 } }

    /// Counts it, and logs the first, second, fourth, eighth…: a misconfigured proxy is noticed, a flood fills no disk.
    func refuse(_ refusal: Refusal, from peer: IPAddress?) {
        let count = counts.withLock {
            $0[refusal, default: 0] += 1
            return $0[refusal, default: 0]
        }
        guard count & (count - 1) == 0 else { return }
        logger.warning(
            refusal == .malformed
                ? "a connection did not begin with a PROXY header and was closed"
                : "a connection from a peer that is no trusted proxy was closed",
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
        do throws(ProxyProtocolHeader.Fault) {
            guard let header = try ProxyProtocolHeader.read(from: &arrived) else { return }
            connection.speaks(for: header.source)
            onHeader()
        } catch {
            return close(context, .malformed)
        }
        if arrived.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(arrived)) }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private func close(_ context: ChannelHandlerContext, _ refusal: ProxyProtocolPolicy.Refusal) {
        isClosing = true
        policy.refuse(refusal, from: peer)
        context.close(promise: nil)
    }

    private var peer: IPAddress? {
        if case .peer(let address) = connection.origin { address } else { nil }
    }
}
