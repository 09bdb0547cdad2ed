import Glibc
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Tells the service manager how it goes (`sd_notify(3)`): that the service is ready, that it reads its files again, that it
/// stops, and, where a watchdog is asked for, that its event loops still turn.
///
/// ```swift
/// let notifications = SystemdNotifications(environment: ProcessInfo.processInfo.environment)
/// let edge = Edge(…, onReady: { notifications.ready() })
/// try await ServiceGroup(services: [notifications, edge], logger: logger).run()
/// ```
///
/// Without `NOTIFY_SOCKET` it does nothing.
public final class SystemdNotifications: Service {
    private let path: String?
    private let watchdog: Duration?
    private let isReady = Atomic(false)

    public init(environment: [String: String], process: pid_t = getpid()) {
        path = environment["NOTIFY_SOCKET"].flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
        let isForUs = environment["WATCHDOG_PID"].map { $0 == String(process) } ?? true
        watchdog = environment["WATCHDOG_USEC"].flatMap { isForUs ? Int64($0) : nil }
            .flatMap { $0 > 0 ? .microseconds($0) : nil }
    }

    /// Every address accepts connections.
    public func ready() {
        isReady.store(true, ordering: .relaxed)
        send("READY=1")
    }

    /// Says that files are read again, reads them, and says that it is done.
    public func reloading(_ body: () -> Void) {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        send("RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)")
        body()
        send("READY=1")
    }

    /// Pats the watchdog until it is cancelled or gracefully shut down, which it reports.
    public func run() async throws {
        await withGracefulShutdownHandler {
            await cancelWhenGracefulShutdown { await self.watch() }
        } onGracefulShutdown: {
            self.send("STOPPING=1")
        }
    }

    private func watch() async {
        // Half of the time, as sd_watchdog_enabled(3) recommends.
        let pause = path == nil ? nil : watchdog.map { $0 / 2 }
        while (try? await Task.sleep(for: pause ?? .seconds(3600))) != nil {
            guard pause != nil, isReady.load(ordering: .relaxed) else { continue }
            for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() {
                try? await loop.submit {}.get()
            }
            send("WATCHDOG=1")
        }
    }

    private func send(_ message: String) {
        guard let path else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(message.utf8)
        _ = UnixSocketPath.withUnixAddress(path) { (address, length) in
            bytes.withUnsafeBytes {
                sendto(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL), address, length)
            }
        }
    }
}
