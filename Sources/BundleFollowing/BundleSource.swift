import Fetching

/// Where an edge gets its trust bundles.
public enum BundleSource: Hashable, Sendable {
    /// A file that somebody replaces. It is looked at each second: a look costs one system call, and unlike inotify it
    /// also sees files on network file systems, and Kubernetes' volumes, where a link to the folder is replaced.
    case file(path: String)
    /// An `https:` or `http:` URL. The bundle's signature protects it either way; TLS hides it, and the password in the
    /// URL, and keeps others from cutting it off.
    case url(WebAddress)

    /// What begins as a URL is one; the rest is a path.
    ///
    /// - Throws: `WebAddressError` for any other kind of URL.
    public init(_ text: String) throws(WebAddressError) {
        self =
            text.prefixMatch(of: /[A-Za-z][A-Za-z0-9+.-]*:\/\//) == nil ? .file(path: text) : .url(try WebAddress(text))
    }

    /// The maximum number of seconds between two polls.
    public var standardInterval: UInt32 {
        switch self {
        case .file: 1
        case .url: 30
        }
    }
}
