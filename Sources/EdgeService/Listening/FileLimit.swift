import Glibc

/// How many files and sockets the process may open (`getrlimit(2)`, `RLIMIT_NOFILE`).
public enum FileLimit {
    /// Fewer leave too little room for connections beside the log, the bundle and the runtime's own.
    public static let minimum = 256

    /// Kept for everything but recipients' connections: the log, the bundle's source, operations.
    static let reserve = 160

    /// Raises the soft limit to the hard one, as servers do: the soft limit is low for programs that use `select(2)`.
    ///
    /// To be called before anything opens sockets.
    ///
    /// - Throws: ``EdgeFault/tooFewFiles(limit:)`` when fewer than ``minimum`` may be opened even so.
    public static func raise() throws(EdgeFault) {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return }
        if limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
            _ = setrlimit(resource, &limit)
        }
        guard current >= minimum else { throw .tooFewFiles(limit: current) }
    }

    private static var current: Int {
        var limit = rlimit()
        return getrlimit(resource, &limit) == 0 ? Int(clamping: limit.rlim_cur) : minimum
    }

    /// Connections of recipients that may be open at once: at most 10,000.
    public static var connectionLimit: Int { min(10_000, max(64, current - reserve)) }

    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
}
