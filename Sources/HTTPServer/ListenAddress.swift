import Files

/// Where a server listens.
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
    /// Reads an address of TCP or a UNIX-domain socket as ``description`` writes it.
    ///
    /// - Throws: ``MalformedListenAddress``, which says everything that is wrong with it.
    public init(_ text: String) throws(MalformedListenAddress) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            if let fault = Self.fault(inPath: path) { throw MalformedListenAddress(faults: [fault]) }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else {
            throw MalformedListenAddress(
                faults: ["the port is missing; expected HOST:PORT such as 127.0.0.1:8080, or unix:PATH"])
        }
        let port = text[text.index(after: colon)...]
        var host = text[..<colon]
        var faults = [Self.fault(inHost: host)]
        // Only digits: a sign is not allowed.
        let number = port.utf8.allSatisfy { $0 != UInt8(ascii: "+") } ? UInt16(port) : nil
        if number == nil { faults.append("\"\(port)\" is not a port, which is a number from 0 to 65535") }
        guard let number, faults == [nil] else { throw MalformedListenAddress(faults: faults.compactMap(\.self)) }
        if host.hasPrefix("[") { host = host.dropFirst().dropLast() }
        self = .tcp(host: String(host), port: Int(number))
    }

    /// The longest path of a UNIX-domain socket, in bytes (unix(7)).
    private static let longestPath = 107

    private static func fault(inPath path: String) -> String? {
        switch path.utf8.count {
        case 0: "the path is missing after unix:"
        case ...longestPath: nil
        case let count: "the path has \(count) bytes; the path of a socket can have at most \(longestPath)"
        }
    }

    private static func fault(inHost host: Substring) -> String? {
        if host.isEmpty {
            return "the host is missing; 0.0.0.0 is every IPv4 address of this machine, [::] every address"
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            // A percent sign precedes the interface of a link-local address (RFC 4007 §11).
            let address = host.dropFirst().dropLast().prefix { $0 != "%" }
            return address.contains(":") && IPAddress(address) != nil ? nil : "\(host) is not an IPv6 address"
        }
        if host.contains(":") { return "an IPv6 address must be in brackets, such as [::1]:8080" }
        // The system would take 1.2.3 for 1.2.0.3 (inet_aton(3)).
        let isNumeric = host.allSatisfy { $0 == "." || $0.isASCII && $0.isNumber }
        return isNumeric && IPAddress(host) == nil ? "\"\(host)\" is not an IPv4 address, which has four numbers" : nil
    }
}

/// A text that says nowhere to listen.
public struct MalformedListenAddress: Error, Hashable, Sendable, CustomStringConvertible {
    let faults: [String]

    public var description: String { faults.joined(separator: "; ") }
}
