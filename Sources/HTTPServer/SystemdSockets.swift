import Glibc

/// The sockets that a service manager opened and passed on, so that it can restart a service without refusing a
/// connection (`sd_listen_fds(3)`): `LISTEN_FDS` of them from file descriptor 3 on, for the process `LISTEN_PID`, named
/// by `LISTEN_FDNAMES`.
public struct SystemdSockets: Sendable {
    private let sockets: [(name: String, descriptor: Int32)]

    /// Reads the variables from the environment, and ignores those meant for another process.
    ///
    /// - Throws: ``ServerError/socketActivation(reason:)`` for a descriptor that isn't a listening stream socket.
    public init(
        environment: [String: String], process: pid_t = getpid(), firstDescriptor: Int32 = 3
    ) throws(ServerError) {
        guard environment["LISTEN_PID"] == String(process), let text = environment["LISTEN_FDS"] else {
            sockets = []
            return
        }
        guard let count = Int32(text), count >= 0, count < 1024 else {
            throw .socketActivation(reason: "LISTEN_FDS is \"\(text)\", which is not a number of sockets")
        }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        var sockets: [(name: String, descriptor: Int32)] = []
        for index in 0..<count {
            let descriptor = firstDescriptor + index
            guard Self.option(SO_ACCEPTCONN, of: descriptor) == 1,
                Self.option(SO_TYPE, of: descriptor) == Int32(SOCK_STREAM.rawValue)
            else {
                throw .socketActivation(
                    reason: "file descriptor \(descriptor), which was passed, is not a listening stream socket;"
                        + " the unit needs ListenStream= and Accept=no")
            }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let name = Int(index) < names.count ? String(names[Int(index)]) : ""
            sockets.append((name.isEmpty ? String(descriptor) : name, descriptor))
        }
        self.sockets = sockets
    }

    public var isEmpty: Bool { sockets.isEmpty }

    /// The sockets of that name (`FileDescriptorName=` of the unit), or all.
    ///
    /// - Throws: ``ServerError/socketActivation(reason:)`` when there is none.
    public func listeners(named name: String? = nil) throws(ServerError) -> [ListenAddress] {
        let chosen = sockets.filter { name == nil || $0.name == name }
        guard !chosen.isEmpty else {
            throw .socketActivation(
                reason: name.map {
                    "no socket named \($0) was passed"
                        + (isEmpty ? "" : ", only " + sockets.map(\.name).joined(separator: ", "))
                } ?? "no sockets were passed; a socket unit of systemd has to start this service")
        }
        return chosen.map { .inherited(descriptor: $0.descriptor, name: $0.name) }
    }

    private static func option(_ option: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, option, &value, &size) == 0 ? value : nil
    }
}
