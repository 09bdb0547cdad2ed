import Files
import Glibc
import Logging
import NIOCore
import NIOExtras
import NIOPosix

/// A socket that accepts connections, and the service of all of them.
struct Listener: Sendable {
    let address: ListenAddress
    private let channel: any Channel
    private let quiescing: ServerQuiescingHelper

    /// Binds a socket and accepts connections on it.
    ///
    /// While as many connections are in use as may be open, others wait in the kernel's queue.
    static func bind(
        _ address: ListenAddress, _ pipeline: ConnectionPipeline, logger: Logger
    ) async throws(ServerError) -> Listener {
        let group = pipeline.loops
        let quiescing = ServerQuiescingHelper(group: group)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Few at a time would let people wait in the kernel's queue behind a flood that is turned away in no time.
            .serverChannelOption(.maxMessagesPerRead, value: 64)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: 64, initial: pipeline.limits.firstReadByteCount, maximum: 64 << 10)
            )
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .serverChannelInitializer { (channel) in
                channel.eventLoop.makeCompletedFuture {
                    if case .unix = address { try UnixSocketPath.restrict(channel) }
                    try channel.pipeline.syncOperations.addHandlers([
                        quiescing.makeServerChannelHandler(channel: channel),
                        AcceptHandler(table: pipeline.table, logger: logger),
                    ])
                }
            }
        do {
            let channel = try await bind(address, bootstrap, pipeline)
            return Listener(
                address: address.bound(to: channel.localAddress), channel: channel, quiescing: quiescing)
        } catch let fault as ServerError {
            throw fault
        } catch let error as IOError {
            throw .cannotListen(address, reason: systemErrorMessage(error.errnoCode))
        } catch is SocketAddressError.UnknownHost {
            throw .cannotListen(address, reason: "the name has no address; name an address of this machine")
        } catch {
            throw .cannotListen(address, reason: "\(error)")
        }
    }

    private static func bind(
        _ address: ListenAddress, _ bootstrap: ServerBootstrap, _ pipeline: ConnectionPipeline
    ) async throws -> any Channel {
        let bootstrap = bootstrap.childChannelInitializer {
            pipeline.setUp($0, isLocal: $0.localAddress?.protocol == .unix)
        }
        switch address {
        case .tcp(let host, let port): return try await bootstrap.bind(host: host, port: port).get()
        case .unix(let path):
            try UnixSocketPath.clear(path)
            let channel = try await bootstrap.bind(unixDomainSocketPath: path).get()
            // With a strict umask not even the group could connect.
            chmod(path, UnixSocketPath.mode)
            return channel
        case .inherited(let descriptor, _): return try await bootstrap.withBoundSocket(descriptor).get()
        }
    }

    /// Returns when the socket is closed and the last connection has ended, which a cancellation brings about as
    /// ``drain()`` does. SwiftNIO has removed the path of a UNIX-domain socket when the first of them is done; by the
    /// second it may be a successor's.
    func serve() async throws {
        try await withTaskCancellationHandler {
            try await channel.closeFuture.get()
            let drained = channel.eventLoop.makePromise(of: Void.self)
            quiescing.initiateShutdown(promise: drained)
            try await drained.futureResult.get()
        } onCancel: {
            drain()
        }
    }

    /// Accepts no more, lets every connection answer what has arrived on it, and closes it.
    func drain() {
        quiescing.initiateShutdown(promise: nil)
    }
}

/// Accepts no more connections while all that may be open are in use, and keeps a listening socket open when accepting
/// fails, as it does when the process has no file descriptor left: it is tried again after a second (`accept(2)`: treat
/// them like EAGAIN).
private final class AcceptHandler: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never

    private let table: ConnectionTable
    private let logger: Logger
    private var pause: Scheduled<Void>?

    init(table: ConnectionTable, logger: Logger) {
        self.table = table
        self.logger = logger
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let cause = error as? IOError else { return context.fireErrorCaught(error) }
        guard pause == nil else { return }
        logger.error("can't accept a connection: \(systemErrorMessage(cause.errnoCode))")
        read(in: .seconds(1), context)
    }

    func read(context: ChannelHandlerContext) {
        guard pause == nil else { return }
        if table.isFull { read(in: .milliseconds(5), context) } else { context.read() }
    }

    private func read(in time: TimeAmount, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        pause = context.eventLoop.scheduleTask(in: time) {
            let (handler, context) = bound.value
            handler.pause = nil
            handler.read(context: context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        pause?.cancel()
    }
}

extension ListenAddress {
    /// With the port that the system chose.
    fileprivate func bound(to address: SocketAddress?) -> ListenAddress {
        if case .tcp(let host, _) = self, let port = address?.port { .tcp(host: host, port: port) } else { self }
    }
}
