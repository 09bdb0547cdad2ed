import Glibc
import Synchronization

/// Stands between clients and a server's Unix socket, and cuts a connection at a moment of choice.
public final class Proxy: @unchecked Sendable {
    /// When to cut. Each comes once, on the connection that has the occasion first.
    public enum Cut: Sendable {
        /// When the client sends next: the server sees nothing of it.
        case beforeRequest
        /// When the client sends next, after so many bytes of it.
        case withinRequest(bytes: Int)
        /// When the server has answered: it did what it was asked for, and the client does not learn of it.
        case beforeAnswer
        /// When the server answers, after so many bytes.
        case withinAnswer(bytes: Int)
    }

    public let directory: String
    private let target: String
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var cut: Cut?
        var cuts = 0
        var isRefusing = false
    }

    public init(to server: PostgresServer) throws {
        target = "\(server.directory)/.s.PGSQL.5432"
        var template = Array("/tmp/linkseal-proxy-XXXXXX".utf8CString)
        directory = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
        let bound = Self.withAddress("\(directory)/.s.PGSQL.5432") { bind(listener, $0, $1) }
        guard bound == 0, listen(listener, 64) == 0 else { throw Command.Failure(description: "no proxy") }
        Self.spawn { [listener, weak self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                guard let self else {
                    _ = close(client)
                    return
                }
                self.serve(client)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        unlink("\(directory)/.s.PGSQL.5432")
        rmdir(directory)
    }

    public var uri: String { PostgresServer.uri(directory) }

    /// How many connections were cut.
    public var cuts: Int { state.withLock { $0.cuts } }

    public func cut(_ cut: Cut?) {
        state.withLock { $0.cut = cut }
    }

    /// Whether new connections are closed at once. Those that are open stay.
    public func refuse(_ isRefusing: Bool) {
        state.withLock { $0.isRefusing = isRefusing }
    }

    private func serve(_ client: Int32) {
        if state.withLock({ $0.isRefusing }) {
            _ = close(client)
            return
        }
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        _ = fcntl(server, F_SETFD, FD_CLOEXEC)
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        guard Self.withAddress(target, { connect(server, $0, $1) }) == 0 else {
            close(client)
            close(server)
            return
        }
        let ends = Ends(client, server)
        Self.spawn { [weak self] in
            Self.relay(from: client, to: server) { self?.allowed($0, fromClient: true) }
            withExtendedLifetime(ends) { ends.shut() }
        }
        Self.spawn { [weak self] in
            Self.relay(from: server, to: client) { self?.allowed($0, fromClient: false) }
            withExtendedLifetime(ends) { ends.shut() }
        }
    }

    /// How many of the bytes are let through before the connection is cut; all of them if it is not.
    private func allowed(_ count: Int, fromClient: Bool) -> Int? {
        state.withLock { state in
            let bytes: Int
            switch (state.cut, fromClient) {
            case (.beforeRequest, true), (.beforeAnswer, false): bytes = 0
            case (.withinRequest(let limit), true), (.withinAnswer(let limit), false): bytes = limit
            default: return nil
            }
            state.cut = nil
            state.cuts += 1
            return min(bytes, count)
        }
    }

    private static func relay(from source: Int32, to target: Int32, _ allowed: (Int) -> Int?) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0 else { return }
            let limit = allowed(count)
            var sent = 0
            while sent < limit ?? count {
                let written = buffer.withUnsafeBytes {
                    send(target, $0.baseAddress! + sent, (limit ?? count) - sent, Int32(MSG_NOSIGNAL))
                }
                guard written > 0 else { return }
                sent += written
            }
            if limit != nil { return }
        }
    }

    /// Two sockets that are closed when both directions are done.
    private final class Ends: Sendable {
        let first: Int32
        let second: Int32

        init(_ first: Int32, _ second: Int32) {
            self.first = first
            self.second = second
        }

        func shut() {
            shutdown(first, Int32(SHUT_RDWR))
            shutdown(second, Int32(SHUT_RDWR))
        }

        deinit {
            close(first)
            close(second)
        }
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }

    private static func spawn(_ work: @escaping @Sendable () -> Void) {
        final class Box: Sendable {
            let work: @Sendable () -> Void
            init(_ work: @escaping @Sendable () -> Void) { self.work = work }
        }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(work))
        pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().work()
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }
}
