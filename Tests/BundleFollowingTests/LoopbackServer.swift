import Foundation
import Synchronization

/// A web server on a free port of 127.0.0.1 that answers each connection as a closure says, byte by byte if it likes.
final class LoopbackServer: Sendable {
    /// The other end of a connection.
    struct Connection {
        let descriptor: Int32

        /// False once the client is gone.
        @discardableResult
        func send(_ bytes: [UInt8]) -> Bool {
            var sent = 0
            while sent < bytes.count {
                let count = bytes.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }

        @discardableResult
        func send(_ text: String) -> Bool { send(Array(text.utf8)) }

        /// Says that the connection ends, as it does: a client that kept it might send its next request on it too late.
        func respond(_ status: String, headers: [String] = [], _ body: [UInt8] = []) {
            let all = headers + ["Connection: close", "Content-Length: \(body.count)"]
            send("HTTP/1.1 \(status)\r\n" + all.joined(separator: "\r\n") + "\r\n\r\n")
            send(body)
        }

        /// Returns when the client has closed its end.
        func waitForClose() {
            var byte: UInt8 = 0
            while recv(descriptor, &byte, 1, 0) > 0 {}
        }
    }

    let port: UInt16
    private let listener: Int32
    private let requests = Mutex<[String]>([])

    var url: String { "http://127.0.0.1:\(port)/bundle.json" }

    /// The heads of the requests so far.
    var heads: [String] { requests.withLock { $0 } }

    /// - Parameters:
    ///   - isImpatient: whether it answers before it has read anything.
    ///   - answer: called on a thread of its own for each connection, with the head of its first request.
    init(isImpatient: Bool = false, _ answer: @escaping @Sendable (Connection, _ head: String) -> Void) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                (bind(listener, $0, length), listen(listener, 16), getsockname(listener, $0, &length))
            }
        }
        precondition(bound == (0, 0, 0), "no port on the loopback interface")
        port = UInt16(bigEndian: address.sin_port)
        self.listener = listener
        Thread.detachNewThread {
            while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
                Thread.detachNewThread {
                    defer { close(descriptor) }
                    guard let head = isImpatient ? "" : Self.head(descriptor) else { return }
                    self.requests.withLock { $0.append(head) }
                    answer(Connection(descriptor: descriptor), head)
                }
            }
        }
    }

    /// Refuses connections from now on.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func head(_ descriptor: Int32) -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard recv(descriptor, &byte, 1, 0) == 1 else { return nil }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
