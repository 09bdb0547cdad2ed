/// Where an edge listens.
public enum ListenAddress: Hashable, Sendable {
    /// A host name or address and a port; port 0 is one that the system chooses.
    case tcp(host: String, port: Int)
    /// A path for a UNIX-domain socket. One that a process left which is gone is replaced.
    case unix(path: String)
    /// A listening stream socket that the process was started with, as systemd passes it, and the name that it was given.
    case inherited(descriptor: Int32, name: String)
}

extension ListenAddress: CustomStringConvertible {
    /// `127.0.0.1:8080`, `[::1]:8080`, `unix:/run/linkseal.sock`, or `systemd:linkseal.socket`.
    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        case .inherited(_, let name): "systemd:\(name)"
        }
    }
}

extension ListenAddress {
    /// Reads an address of TCP or a UNIX-domain socket as ``description`` writes it. Nil for anything else.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            guard path.utf8.count > 0, path.utf8.count < 108 else { return nil }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self = .tcp(host: String(host), port: Int(port))
    }
}
