import Files

/// The network address that a client counts under.
struct ClientAddress: Hashable, Sendable {
    private let network: IPAddress

    /// All clients together of whom a proxy says that it doesn't know them.
    static let unidentified = ClientAddress(IPAddress(high: 0, low: 0))

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

    /// The client of a connection and a request on it, or nil for a program on this machine and a trusted proxy that
    /// names nobody.
    ///
    /// Each proxy appends the address that it saw. So the field is read from its end for as long as whoever wrote an
    /// entry is trusted; what is further left may have been made up by the client. A proxy that speaks the PROXY protocol
    /// passes the client's own fields on, so behind its header the field is the client's word, unless the header names
    /// another proxy that the operator trusts.
    ///
    /// - Parameter forwardedFor: the field `X-Forwarded-For`, all its lines joined by commas.
    init?(_ origin: Connection.Origin, forwardedFor: String?, trusting proxies: TrustedProxies) {
        switch origin {
        case .peer(let peer?) where !proxies.contains(peer): self.init(peer)
        case .proxied(nil): self = .unidentified
        case .proxied(let source?) where !proxies.isNamed(source): self.init(source)
        case .peer, .proxied:
            var farthest: IPAddress?
            for entry in (forwardedFor ?? "").split(separator: ",").reversed() {
                guard let address = Self.address(entry) else {
                    self = .unidentified
                    return
                }
                farthest = address
                if !proxies.contains(address) { break }
            }
            guard let farthest, !farthest.isLoopback else { return nil }
            self.init(farthest)
        }
    }
}

extension ClientAddress: CustomStringConvertible {
    /// `192.0.2.1`, `2001:db8::/64`, or `unidentified`.
    var description: String {
        if self == .unidentified { return "unidentified" }
        return network.isIPv4 ? network.description : "\(network)/64"
    }
}
