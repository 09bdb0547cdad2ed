/// The part of a link before the token, such as `https://links.example/l/`.
public struct LinkBaseURL: Hashable, Sendable {
    /// Ends in a slash.
    public private(set) var text: String

    /// - Throws: ``DistributionsError/invalid(what:value:expected:)`` for anything but an `http` or `https` URL with a
    ///   host, a path without commas and semicolons, and nothing after it.
    public init(_ text: String) throws(DistributionsError) {
        let scheme = ["https://", "http://"].first { text.lowercased().hasPrefix($0) }
        let rest = text.dropFirst(scheme?.count ?? 0)
        let host = rest.prefix { $0 != "/" }
        guard scheme != nil, !host.isEmpty, !host.contains("@"),
            rest.unicodeScalars.allSatisfy({
                $0.value > 0x20 && $0.value < 0x7F && !"?#\",;<>\\^`{|}".unicodeScalars.contains($0)
            })
        else {
            throw .invalid(
                what: "base URL", value: text,
                expected: "http:// or https:// with a host and a path, such as https://links.example/l/")
        }
        self.text = text.hasSuffix("/") ? text : text + "/"
    }

    /// Scheme and host, such as `https://links.example`.
    public var origin: String { String(text[..<pathStart]) }

    /// From its first slash to its last.
    public var path: String { String(text[pathStart...]) }

    /// The same host with the path at which edges serve links. A proxy in front of them may serve them at another.
    public var atServedPath: LinkBaseURL {
        var served = self
        served.text = origin + Self.servedPath
        return served
    }

    /// Edges look at nothing else, and tell capitals from small letters.
    private static let servedPath = "/l/"

    private var pathStart: String.Index {
        text[text.firstRange(of: "://")!.upperBound...].firstIndex(of: "/")!
    }
}
