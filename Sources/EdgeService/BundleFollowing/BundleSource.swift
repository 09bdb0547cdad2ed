/// Where an edge gets its trust bundles.
public enum BundleSource: Hashable, Sendable {
    /// A file that somebody replaces. It is looked at each second: a look costs one system call, and unlike inotify it
    /// also sees files on network file systems, and Kubernetes' volumes, where a link to the folder is replaced.
    case file(path: String)
    /// An `https:` or `http:` URL. The bundle's signature protects it either way; TLS hides it and keeps others from
    /// cutting it off.
    case url(String)

    /// What begins as a URL is one; the rest is a path.
    public init(_ text: String) {
        let isURL = ["https://", "http://"].contains { text.lowercased().hasPrefix($0) }
        self = isURL ? .url(text) : .file(path: text)
    }

    /// Seconds between two polls at the most.
    public var standardInterval: UInt32 {
        switch self {
        case .file: 1
        case .url: 30
        }
    }
}
