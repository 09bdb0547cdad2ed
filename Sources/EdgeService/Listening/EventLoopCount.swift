import Glibc
import NIOCore

extension Edge {
    /// Has SwiftNIO run one event loop for each core that this process may run on, where `taskset` or systemd's
    /// `CPUAffinity=` leaves it fewer than SwiftNIO counts. Event loops that share a core keep each other's clients waiting.
    ///
    /// To be called once, before anything of the process uses SwiftNIO's loops. `NIO_SINGLETON_GROUP_LOOP_COUNT` in the
    /// environment goes before it.
    public static func fitEventLoopsToCores() {
        guard getenv("NIO_SINGLETON_GROUP_LOOP_COUNT") == nil,
            let status = ProcessReport.text(of: "/proc/self/status"),
            // A mask in hexadecimal (proc_pid_status(5)).
            let mask = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") })
        else { return }
        let cores = mask.drop { $0 != "\t" }.reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
        if cores > 0 { NIOSingletons.groupLoopCountSuggestion = min(cores, System.coreCount) }
    }
}
