import Glibc
import NIOPosix

/// Threads for work that reads files, waits for locks or computes for long. Swift's own threads are as many as there
/// are cores, and a few such requests would stop everything else.
final class WorkerThreads: TaskExecutor {
    private let pool: NIOThreadPool

    init(_ count: Int) {
        pool = NIOThreadPool(numberOfThreads: count)
        pool.start()
    }

    deinit { pool.shutdownGracefully { _ in } }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pool.submit { (_) in job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    static var coreCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
