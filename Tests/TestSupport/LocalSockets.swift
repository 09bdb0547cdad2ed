import Foundation

/// Where a service manager hears from its services: a datagram socket of the UNIX domain.
public final class DatagramListener: Sendable {
    public let messages: AsyncStream<String>
    private let descriptor: Int32

    public init(path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        guard descriptor >= 0, bindLocal(descriptor, to: path) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        let (messages, continuation) = AsyncStream.makeStream(of: String.self)
        self.messages = messages
        // Tests run on a pool of as many threads as there are cores, where nothing may block.
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 4096)
            while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
                continuation.yield(String(decoding: buffer[..<count], as: UTF8.self))
            }
            continuation.finish()
            close(descriptor)
        }
    }

    deinit { shutdown(descriptor, Int32(SHUT_RD)) }
}

/// A listening socket that is there for somebody else to accept from.
public final class ListeningSocket: Sendable {
    public let descriptor: Int32
    /// Zero for a UNIX-domain socket.
    public let port: Int

    /// On a port of loopback that the system chooses.
    public init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = descriptor
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, size) == 0 && listen(socket, 64) == 0 && getsockname(socket, $0, &size) == 0
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard result else { throw POSIXError(.EADDRNOTAVAIL) }
    }

    public init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        port = 0
        guard bindLocal(descriptor, to: path) == 0, listen(descriptor, 64) == 0 else {
            throw POSIXError(.EADDRNOTAVAIL)
        }
    }

    deinit { close(descriptor) }
}

/// A socket that is connected to a port of loopback; negative when nobody listens there.
func connectedSocket(port: Int) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connected(AF_INET, to: $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}

/// A socket that is connected to one of the UNIX domain; negative when nobody listens there.
func connectedSocket(path: String) -> Int32 {
    withLocalAddress(path) { connected(AF_UNIX, to: $0, $1) }
}

private func connected(_ family: Int32, to address: UnsafePointer<sockaddr>, _ size: socklen_t) -> Int32 {
    let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    if descriptor >= 0, connect(descriptor, address, size) != 0 {
        close(descriptor)
        return -1
    }
    return descriptor
}

private func bindLocal(_ descriptor: Int32, to path: String) -> Int32 {
    withLocalAddress(path) { bind(descriptor, $0, $1) }
}

private func withLocalAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    precondition(path.utf8.count < MemoryLayout.size(ofValue: address.sun_path), "the path is too long for a socket")
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
