import Files
import Glibc

/// What the process takes of the machine, under the names that every Prometheus client has for it.
struct ProcessReport {
    let residentBytes: Int
    let processorSeconds: Double
    let openDescriptors: Int
    let descriptorLimit: UInt64
    /// UNIX time.
    let startedAt: Double

    /// Nil where `/proc` can't be read (proc(5)).
    static func now() -> ProcessReport? {
        guard let memory = text(of: "/proc/self/statm")?.split(separator: " "), memory.count > 1,
            let pages = Int(memory[1]), let stat = text(of: "/proc/self/stat"), let name = stat.lastIndex(of: ")")
        else { return nil }
        // The name may hold anything, so fields are counted from behind it: the third is the first.
        let fields = stat[name...].split(separator: " ")
        guard fields.count > 20, let user = Double(fields[12]), let system = Double(fields[13]),
            let start = Double(fields[20]), let entries = opendir("/proc/self/fd")
        else { return nil }
        // Without itself and the two that every directory has.
        var descriptors = -3
        while readdir(entries) != nil { descriptors += 1 }
        closedir(entries)
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let ticks = Double(sysconf(CInt(_SC_CLK_TCK)))
        var (wall, uptime) = (timespec(), timespec())
        clock_gettime(CLOCK_REALTIME, &wall)
        clock_gettime(CLOCK_BOOTTIME, &uptime)
        return ProcessReport(
            residentBytes: pages * sysconf(CInt(_SC_PAGESIZE)), processorSeconds: (user + system) / ticks,
            openDescriptors: descriptors, descriptorLimit: UInt64(limit.rlim_cur),
            startedAt: Double(wall.tv_sec - uptime.tv_sec) + start / ticks)
    }

    private static func text(of path: String) -> String? {
        (try? readSmallFile(path)).map { String(decoding: $0, as: UTF8.self) }
    }

    func add(to report: inout PrometheusText) {
        report.single("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", residentBytes)
        report.single(
            "process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.", processorSeconds
        )
        report.single("process_open_fds", "gauge", "Number of open file descriptors.", openDescriptors)
        report.single("process_max_fds", "gauge", "Maximum number of open file descriptors.", descriptorLimit)
        report.single(
            "process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.", startedAt)
    }
}
