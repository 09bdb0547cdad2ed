/// Bounds on the length of links. A link is ASCII, so its bytes are its characters.
public enum LinkLength {
    /// The head of a request that an edge takes: the request line and all fields together. 16 KiB, as browsers and proxies
    /// keep to.
    public static let requestHeadByteCount = 16 << 10

    /// The longest link that is minted. It leaves 4 KiB of the head to what browsers and proxies send with it, cookies
    /// above all.
    public static let limit = requestHeadByteCount - 4 << 10

    /// What mail programs, chat programs and link scanners carry unharmed. Longer links work in browsers.
    public static let mailLimit = 2000
}
