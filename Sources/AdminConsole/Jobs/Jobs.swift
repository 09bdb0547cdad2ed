import Cryptography
import LinkToken
import Synchronization

/// The jobs of the console, those of each line one after the other. They belong to the server and to no request: whoever
/// closes the tab finds them again.
final class Jobs: Sendable {
    /// Those that wait or run.
    private static let openLimit = 20
    /// Those that are over and can still be looked at.
    private static let finishedLimit = 100

    /// Does the job, tells how far it has come (done, of how many, time left), and gives how it ended.
    typealias Work = @Sendable (_ report: @escaping @Sendable (Int, Int?, Duration?) -> Void) async -> Job.State

    private struct State {
        var jobs: [Job] = []
        var last: [Job.Line: Task<Void, Never>] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())
    private let workers = WorkerThreads(WorkerThreads.coreCount + 2)

    /// Starts a job as soon as those before it in its line are over.
    ///
    /// - Parameter work: gives how it ended. It is cancelled when the console ends.
    /// - Throws: ``ConsoleRefusal/tooManyJobs``.
    func start(
        _ kind: Job.Kind, _ title: String, total: Int?, by user: String, at now: UnixTime,
        _ work: @escaping Work
    ) throws -> Job.ID {
        let id = try randomText(12)
        let job = Job(id: id, kind: kind, title: title, user: user, startedAt: now, total: total)
        let isAccepted = state.withLock { (state) in
            guard !state.isClosed, state.jobs.count(where: { !$0.isOver }) < Self.openLimit else { return false }
            let finished = state.jobs.indices.filter { state.jobs[$0].isOver }
            if finished.count >= Self.finishedLimit { state.jobs.remove(at: finished[0]) }
            state.jobs.append(job)
            let before = state.last[kind.line]
            state.last[kind.line] = Task(executorPreference: workers) { await self.run(id, after: before, work) }
            return true
        }
        guard isAccepted else { throw ConsoleRefusal.tooManyJobs }
        return id
    }

    private func run(_ id: Job.ID, after before: Task<Void, Never>?, _ work: Work) async {
        // Cancelling the last job of a line cancels all before it, one through the other.
        if let before { await Self.wait(for: before) }
        guard !Task.isCancelled else {
            update(id) { $0.state = .failed("the console ended before it began") }
            return
        }
        update(id) { $0.state = .running }
        let end = await work { (done, total, timeLeft) in
            self.update(id) { (job) in
                job.done = done
                if let total { job.total = total }
                job.timeLeft = timeLeft
            }
        }
        update(id) { $0.state = end }
    }

    private static func wait(for task: Task<Void, Never>) async {
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    func job(_ id: Job.ID) -> Job? { state.withLock { (state) in state.jobs.first { $0.id == id } } }

    /// Those that are not over, the latest first.
    var open: [Job] { all.filter { !$0.isOver } }

    /// The latest first.
    var all: [Job] { state.withLock { $0.jobs.reversed() } }

    /// Cancels what runs and waits, and waits until nothing does any more.
    func close() async {
        let last = state.withLock { (state) in
            state.isClosed = true
            return Array(state.last.values)
        }
        for task in last { task.cancel() }
        for task in last { await task.value }
    }

    private func update(_ id: Job.ID, _ change: (inout Job) -> Void) {
        state.withLock { (state) in
            if let index = state.jobs.firstIndex(where: { $0.id == id }) { change(&state.jobs[index]) }
        }
    }
}
