import NIOCore

/// Runs tasks on the thread of an event loop: a connection's task with the connection's loop need not change threads
/// between reading a request and writing its answer, which takes longer than all that most requests ask for.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
