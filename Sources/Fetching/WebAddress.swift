import FoundationEssentials

/// An `https:` or `http:` address to fetch from.
///
/// A user name and password in it are sent as HTTP's Basic authentication (RFC 7617), and are shown nowhere.
public struct WebAddress: Hashable, Sendable {
    /// Without user name, password and fragment.
    let url: String
    /// The value of the field `Authorization`.
    let authorization: String?
    public let isEncrypted: Bool
    /// In brackets where it is an IPv6 address.
    public let host: String
    /// Nil for that of the scheme.
    public let port: Int?
    private let shown: String

    /// Whether it has a user name or a password.
    public var hasCredentials: Bool { authorization != nil }

    /// - Throws: ``WebAddressError`` unless it has one of the two schemes, in any case, and a host.
    public init(_ text: String) throws(WebAddressError) {
        guard var components = URLComponents(string: text), let scheme = components.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = components.host, !host.isEmpty
        else { throw WebAddressError(text: Self.masked(text)) }
        if components.user != nil || components.password != nil {
            let credentials = "\(components.user ?? ""):\(components.password ?? "")"
            authorization = "Basic " + Data(credentials.utf8).base64EncodedString()
        } else {
            authorization = nil
        }
        (isEncrypted, self.host, port) = (scheme == "https", host, components.port)
        components.scheme = scheme
        (components.user, components.password, components.fragment) = (nil, nil, nil)
        guard let url = components.string else { throw WebAddressError(text: Self.masked(text)) }
        self.url = url
        shown = Self.masked(text)
    }

    private init(_ url: String, below address: WebAddress, shown: String) {
        (self.url, authorization, self.shown) = (url, address.authorization, shown)
        (isEncrypted, host, port) = (address.isEncrypted, address.host, address.port)
    }

    /// The address of something below this one, whose path begins with a slash. A query does not go along.
    public func appending(path: String) -> WebAddress {
        func joined(_ text: String) -> String {
            let base = text.prefix { $0 != "?" && $0 != "#" }
            return (base.hasSuffix("/") ? base.dropLast() : base) + path
        }
        return WebAddress(joined(url), below: self, shown: joined(shown))
    }

    /// The text without what is secret in an address: the password and the query. Other text stays as it is.
    public static func masked(_ text: String) -> String {
        guard let scheme = text.firstRange(of: "://") else { return text }
        var (head, rest) = (text[..<scheme.upperBound], text[scheme.upperBound...])
        let host = rest.prefix { $0 != "/" && $0 != "?" }
        var masked = String(head)
        if let at = host.lastIndex(of: "@") {
            let user = host[..<at]
            masked += user.contains(":") ? user.prefix { $0 != ":" } + ":***@" : user + "@"
            rest = rest[rest.index(after: at)...]
        }
        head = rest.prefix { $0 != "?" }
        return masked + head + (head.endIndex == rest.endIndex ? "" : "?***")
    }
}

extension WebAddress: CustomStringConvertible {
    /// The password and the query masked.
    public var description: String { shown }
}

/// The text isn't an address to fetch from.
public struct WebAddressError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was given, without what is secret in it.
    let text: String

    public var description: String {
        "\"\(text)\" is not a web address; expected https:// or http:// and a host, such as https://links.example"
    }
}
