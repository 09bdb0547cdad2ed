import Files
import Glibc
import NIOCore

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
    /// - Throws: ``ServerError/tooFewFiles(limit:)`` when fewer than ``minimum`` may be opened even so.
    public static func raise() throws(ServerError) {
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

extension Server {
    /// Has SwiftNIO run one event loop for each core that this process may run on, where `taskset` or systemd's
    /// `CPUAffinity=` leaves it fewer than SwiftNIO counts. Event loops that share a core keep each other's clients waiting.
    ///
    /// To be called once, before anything of the process uses SwiftNIO's loops. `NIO_SINGLETON_GROUP_LOOP_COUNT` in the
    /// environment goes before it.
    package static func fitEventLoopsToCores() {
        guard getenv("NIO_SINGLETON_GROUP_LOOP_COUNT") == nil,
            let status = try? String(decoding: readSmallFile("/proc/self/status"), as: UTF8.self),
            // A mask in hexadecimal (proc_pid_status(5)).
            let mask = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") })
        else { return }
        let cores = mask.drop { $0 != "\t" }.reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
        if cores > 0 { NIOSingletons.groupLoopCountSuggestion = min(cores, System.coreCount) }
    }
}
