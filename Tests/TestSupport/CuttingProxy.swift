import Foundation
import Glibc
import Synchronization

/// Stands between clients and a server of this machine, and cuts a connection at a moment of choice.
public final class CuttingProxy: Sendable {
    /// When to cut. It happens on the connection that has the occasion first.
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

    private enum Target: Sendable {
        case port(Int)
        case path(String)
    }

    private struct State {
        var cut: Cut?
        var remaining = 0
        var cuts = 0
        var isRefusing = false
    }

    private let target: Target
    private let listener: ListeningSocket
    private let place: TemporaryDirectory?
    private let state = Mutex(State())

    /// Listens on a port of loopback that the system chooses.
    public init(to port: Int) throws {
        target = .port(port)
        place = nil
        listener = try ListeningSocket()
        start()
    }

    /// Listens on a UNIX-domain socket of the same name in a directory of its own.
    public init(to path: String) throws {
        target = .path(path)
        let place = TemporaryDirectory()
        self.place = place
        listener = try ListeningSocket(path: place.path(URL(filePath: path).lastPathComponent))
        start()
    }

    deinit { shutdown(listener.descriptor, Int32(SHUT_RDWR)) }

    /// Where it listens on loopback; zero where it listens on a UNIX-domain socket.
    public var port: Int { listener.port }

    /// Where its socket is; empty where it listens on loopback.
    public var directory: String { place?.root ?? "" }

    /// How many connections were cut.
    public var cuts: Int { state.withLock { $0.cuts } }

    /// - Parameters:
    ///   - cut: nil takes back what was to come.
    ///   - times: how many connections are cut so.
    public func cut(_ cut: Cut?, times: Int = 1) {
        state.withLock { ($0.cut, $0.remaining) = (cut, times) }
    }

    /// Whether new connections are closed at once. Those that are open stay.
    public func refuse(_ isRefusing: Bool) {
        state.withLock { $0.isRefusing = isRefusing }
    }

    private func start() {
        Thread.detachNewThread { [listener, weak self] in
            while case let client = accept(listener.descriptor, nil, nil), client >= 0 {
                guard let self else {
                    close(client)
                    return
                }
                self.serve(client)
            }
        }
    }

    private func serve(_ client: Int32) {
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        if state.withLock({ $0.isRefusing }) {
            close(client)
            return
        }
        let server =
            switch target {
            case .port(let port): connectedSocket(port: port)
            case .path(let path): connectedSocket(path: path)
            }
        guard server >= 0 else {
            close(client)
            return
        }
        let ends = Ends(client, server)
        for (source, destination) in [(client, server), (server, client)] {
            Thread.detachNewThread { [weak self] in
                Self.relay(from: source, to: destination) { self?.allowed($0, fromClient: source == client) }
                ends.shut()
            }
        }
    }

    /// How many of the bytes are let through before the connection is cut; nil if it is not.
    private func allowed(_ count: Int, fromClient: Bool) -> Int? {
        state.withLock { (state) in
            let bytes: Int
            switch (state.cut, fromClient) {
            case (.beforeRequest, true), (.beforeAnswer, false): bytes = 0
            case (.withinRequest(let limit), true), (.withinAnswer(let limit), false): bytes = limit
            default: return nil
            }
            state.remaining -= 1
            if state.remaining == 0 { state.cut = nil }
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
}
