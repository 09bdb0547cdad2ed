/// A link as people copy it, or the bare token: `https://links.example/l/LQx…?plan=gold`.
public struct LinkText: Hashable, Sendable {
    /// What stands after the last slash of the path.
    public let token: String
    /// What stands behind the question mark, without it.
    public let query: String

    public init(_ text: some StringProtocol) {
        let address = text.prefix { $0 != "#" }
        let parts = address.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        // A token has no slash, so whatever precedes the last one is the address of the edge.
        token = String(parts[0].split(separator: "/", omittingEmptySubsequences: false).last ?? "")
        query = parts.count > 1 ? String(parts[1]) : ""
    }
}
