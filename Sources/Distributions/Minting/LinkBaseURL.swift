/// What stands before the token in a link, such as `https://links.example/l/`.
public struct LinkBaseURL: Hashable, Sendable {
    /// Ends in a slash.
    public let text: String

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
}
