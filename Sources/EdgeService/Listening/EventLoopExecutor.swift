import NIOConcurrencyHelpers
import NIOCore

/// Runs tasks on the thread of an event loop: a connection's task with the connection's loop need not change threads
/// between reading a request and writing its answer, which takes longer than all that most requests ask for.
///
/// Tasks that one sync of the log wakes together are handed to the loop together.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop
    private let waiting = NIOLockedValueBox<[UnownedJob]>([])

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = waiting.withLockedValue { (waiting) in
            waiting.append(job)
            return waiting.count == 1
        }
        if isFirst { eventLoop.execute { self.runWaiting() } }
    }

    private func runWaiting() {
        let jobs = waiting.withLockedValue { exchange(&$0, with: []) }
        for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
