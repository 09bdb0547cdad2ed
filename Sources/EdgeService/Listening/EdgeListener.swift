import Glibc
import HummingbirdCore
import Logging
import NIOCore
import NIOExtras
import NIOPosix

/// A socket that accepts connections, and the service of all of them.
struct EdgeListener: Sendable {
    let address: ListenAddress
    private let channel: NIOAsyncChannel<ConnectionPipeline.Accepted, Never>
    private let quiescing: ServerQuiescingHelper
    private let pipeline: ConnectionPipeline

    /// - Parameter connectionLimit: above it, connections wait in the kernel's queue.
    static func bind(
        _ address: ListenAddress, _ pipeline: ConnectionPipeline, connectionLimit: Int
    ) async throws(EdgeFault) -> EdgeListener {
        let group = MultiThreadedEventLoopGroup.singleton
        let quiescing = ServerQuiescingHelper(group: group)
        let logger = pipeline.logger
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .serverChannelInitializer { (channel) in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        AvailableConnectionsChannelHandler(
                            delegate: MaximumAvailableConnections(connectionLimit, logger: logger)),
                        quiescing.makeServerChannelHandler(channel: channel),
                        AcceptHandler(logger: logger),
                    ])
                }
            }
        do {
            let channel = try await bind(address, bootstrap, pipeline)
            return EdgeListener(
                address: address.bound(to: channel.channel.localAddress), channel: channel, quiescing: quiescing,
                pipeline: pipeline)
        } catch let fault as EdgeFault {
            throw fault
        } catch let error as IOError {
            throw .cannotListen(address, reason: String(cString: strerror(error.errnoCode)))
        } catch {
            throw .cannotListen(address, reason: "\(error)")
        }
    }

    private static func bind(
        _ address: ListenAddress, _ bootstrap: ServerBootstrap, _ pipeline: ConnectionPipeline
    ) async throws -> NIOAsyncChannel<ConnectionPipeline.Accepted, Never> {
        switch address {
        case .tcp(let host, let port):
            return try await bootstrap.bind(host: host, port: port) { pipeline.setUp($0, isLocal: false) }
        case .unix(let path):
            try UnixSocketPath.clear(path)
            let channel = try await bootstrap.bind(unixDomainSocketPath: path) { pipeline.setUp($0, isLocal: true) }
            // The proxy's group may connect, others may not; until here not even the group could.
            chmod(path, 0o660)
            return channel
        case .inherited(let descriptor, _):
            return try await bootstrap.bind(descriptor) {
                pipeline.setUp($0, isLocal: $0.localAddress?.protocol == .unix)
            }
        }
    }

    /// Serves until the socket is closed and the last connection has ended.
    func serve() async throws {
        let executors = Dictionary(
            uniqueKeysWithValues: MultiThreadedEventLoopGroup.singleton.makeIterator().map {
                (ObjectIdentifier($0), EventLoopExecutor($0))
            })
        try await withThrowingDiscardingTaskGroup { (connections) in
            try await channel.executeThenClose { (accepted) in
                for try await connection in accepted {
                    connections.addTask(executorPreference: executors[ObjectIdentifier(connection.eventLoop)]) {
                        await pipeline.handle(connection)
                    }
                }
            }
        }
        if case .unix(let path) = address { unlink(path) }
    }

    /// Accepts no more, lets every connection answer what has arrived on it, and closes it.
    func drain() {
        quiescing.initiateShutdown(promise: nil)
    }

    /// Closes a socket that is not served yet.
    func close() async {
        try? await channel.channel.close()
        if case .unix(let path) = address { unlink(path) }
    }
}

/// Keeps a listening socket open when accepting fails, as it does when the process has no file descriptor left: it is
/// tried again after a second (`accept(2)`: treat them like EAGAIN).
private final class AcceptHandler: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never

    private let logger: Logger
    private var pause: Scheduled<Void>?

    init(logger: Logger) { self.logger = logger }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is IOError else { return context.fireErrorCaught(error) }
        guard pause == nil else { return }
        logger.error("can't accept a connection: \(error)")
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        pause = context.eventLoop.scheduleTask(in: .seconds(1)) {
            let (handler, context) = bound.value
            handler.pause = nil
            context.read()
        }
    }

    func read(context: ChannelHandlerContext) {
        if pause == nil { context.read() }
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
