import Foundation
import Glibc

/// Sends exactly the bytes that it is given: for requests that no client library would make.
enum RawExchange {
    /// - Returns: everything that came back until the other side closed.
    static func answer(port: Int, to text: String) async -> String {
        await withCheckedContinuation { (continuation) in
            // Waiting on a thread of the pool would keep the console from answering.
            Thread.detachNewThread { continuation.resume(returning: converse(port, text)) }
        }
    }

    private static func converse(_ port: Int, _ text: String) -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
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
        var timeout = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if sent < 0, errno == EINTR { continue }
            // It may have heard enough.
            guard sent > 0 else { break }
            rest = rest.dropFirst(sent)
        }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let fault = count < 0 ? " (then recv failed: \(String(cString: strerror(errno))))" : ""
                return String(decoding: answer, as: UTF8.self) + fault
            }
            answer += chunk[..<count]
        }
    }
}
