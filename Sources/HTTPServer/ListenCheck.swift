import Files
import Glibc
import NIOCore

extension ListenAddress {
    /// Listens on all the addresses for a moment, and accepts nothing there.
    ///
    /// - Returns: what would keep a server from listening on them.
    public static func faults(of addresses: [ListenAddress]) -> [ServerError] {
        var descriptors: [Int32] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        var faults: [ServerError] = []
        for address in addresses {
            do throws(ServerError) {
                // Open until the last is tried, so that one that is named twice is found out.
                if let descriptor = try address.listenForAMoment() { descriptors.append(descriptor) }
            } catch {
                faults.append(error)
            }
        }
        return faults
    }

    private func listenForAMoment() throws(ServerError) -> Int32? {
        switch self {
        case .inherited: return nil
        case .unix(let path):
            _ = try UnixSocketPath.isLeftOver(path)
            if let errno = errnoOfCreating(path) { throw refused(errno) }
            return nil
        case .tcp(let host, let port):
            guard let address = try? SocketAddress.makeAddressResolvingHost(host, port: port) else {
                throw .cannotListen(self, reason: "there is no such host")
            }
            let descriptor = socket(
                address.protocol == .inet6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw refused(errno) }
            var yes: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
            guard address.withSockAddr({ bind(descriptor, $0, socklen_t($1)) }) == 0, listen(descriptor, 1) == 0 else {
                defer { close(descriptor) }
                throw refused(errno)
            }
            return descriptor
        }
    }

    private func refused(_ errno: Int32) -> ServerError {
        .cannotListen(self, reason: systemErrorMessage(errno))
    }
}
