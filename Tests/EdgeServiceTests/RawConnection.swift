import Glibc
import NIOPosix
import Testing

/// A TCP connection that sends exactly the bytes it is given: for requests that no client library would make.
final class RawConnection {
    private let descriptor: Int32
    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 16)
        pool.start()
        return pool
    }()

    init(port: Int) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(connected == 0, "can't connect")
        var timeout = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Holds a conversation on a thread of its own, since waiting here would keep the edge from answering.
    static func converse<Result: Sendable>(
        port: Int, _ body: @escaping @Sendable (RawConnection) -> Result
    ) async throws -> Result {
        try await threads.runIfActive { body(RawConnection(port: port)) }
    }

    /// Sends the text and returns everything that comes back.
    static func answer(port: Int, to text: String) async throws -> String {
        try await converse(port: port) { (raw) in
            raw.send(text)
            return raw.readToEnd()
        }
    }

    deinit { close(descriptor) }

    /// False when the other side has closed.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let sent = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return false }
            bytes = bytes.dropFirst(sent)
        }
        return true
    }

    /// Everything until the other side closes.
    func readToEnd() -> String {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else {
                if count < 0, errno == EAGAIN { Issue.record("the edge left the connection open") }
                return String(decoding: text, as: UTF8.self)
            }
            text += buffer[..<count]
        }
    }
}
