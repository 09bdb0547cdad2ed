import Glibc
import NIOCore

/// A path where a UNIX-domain socket is to lie.
enum UnixSocketPath {
    /// The proxy's group may connect, others may not.
    static let mode: mode_t = 0o660

    /// Gives the socket its mode before it has a path: Linux makes the path with the mode of the socket's own inode, less
    /// the umask (`unix_bind` in net/unix/af_unix.c). With bind(2) first and chmod(2) after it, everybody could connect in
    /// between, and umask(2) is the whole process's.
    static func restrict(_ channel: any Channel) throws {
        try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { (socket) in
            guard fchmod(socket, mode) == 0 else { throw IOError(errnoCode: errno, reason: "fchmod") }
        }
    }

    /// Removes a socket that a process left which is gone, and nothing else.
    static func clear(_ path: String) throws(ServerError) {
        if try isLeftOver(path) { unlink(path) }
    }

    /// Whether a socket lies there that a process left which is gone; false where nothing does.
    ///
    /// - Throws: ``ServerError/notASocket(path:)`` or ``ServerError/socketInUse(path:)`` for what must stay.
    static func isLeftOver(_ path: String) throws(ServerError) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return false }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
        if connects(to: path) { throw .socketInUse(path: path) }
        return true
    }

    /// Whether somebody listens there.
    private static func connects(to path: String) -> Bool {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return withUnixAddress(path) { connect(descriptor, $0, $1) } == 0 || errno == EAGAIN
    }

    /// - Parameter path: a path that begins with `@` is in the abstract namespace (unix(7)).
    static func withUnixAddress<Result>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8.prefix(MemoryLayout.size(ofValue: address.sun_path) - 1))
        withUnsafeMutableBytes(of: &address.sun_path) { (place) in
            place.copyBytes(from: bytes)
            if bytes.first == UInt8(ascii: "@") { place[0] = 0 }
        }
        let isAbstract = bytes.first == UInt8(ascii: "@")
        let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + bytes.count + (isAbstract ? 0 : 1)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }
}
