import Files

/// The network address that a client counts under.
struct ClientAddress: Hashable, Sendable {
    private let network: IPAddress

    init(_ address: IPAddress) { network = address.clientNetwork }

    /// Nil for what is no IP address, with or without a port: the forms that proxies write into `X-Forwarded-For`.
    init?(_ text: some StringProtocol) {
        guard let address = Self.address(text) else { return nil }
        self.init(address)
    }

    private static func address(_ text: some StringProtocol) -> IPAddress? {
        var text = String(text.filter { $0 != " " && $0 != "\t" })
        if text.hasPrefix("[") {
            text = String(text.dropFirst().prefix { $0 != "]" })
        } else if text.filter({ $0 == ":" }).count == 1 {
            text = String(text.prefix { $0 != ":" })
        }
        return IPAddress(text)
    }

    /// The client of a connection and a request on it, or nil where nobody says who it is: a trusted proxy that names
    /// nobody, a program on this machine.
    ///
    /// Each proxy appends the address that it saw. So the field is read from its end for as long as the one who wrote
    /// an entry is trusted; what stands further left may have been made up by the client.
    ///
    /// - Parameters:
    ///   - peer: the other end of the connection; nil for a UNIX-domain socket.
    ///   - forwardedFor: the field `X-Forwarded-For`, all its lines joined by commas.
    init?(peer: IPAddress?, forwardedFor: String?, trusting proxies: TrustedProxies) {
        if let peer, !proxies.trusts(peer) {
            self.init(peer)
            return
        }
        var farthest: IPAddress?
        for entry in (forwardedFor ?? "").split(separator: ",").reversed() {
            guard let address = Self.address(entry) else { return nil }
            farthest = address
            if !proxies.contains(address) { break }
        }
        guard let farthest, !farthest.isLoopback else { return nil }
        self.init(farthest)
    }
}

extension ClientAddress: CustomStringConvertible {
    /// `192.0.2.1` or `2001:db8::/64`.
    var description: String { network.isIPv4 ? network.description : "\(network)/64" }
}
