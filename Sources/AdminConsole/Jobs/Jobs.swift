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
    /// - Parameters:
    ///   - form: what was entered to start it. The same form starts one job, however often it is sent.
    ///   - work: gives how it ended. It is cancelled when the console ends.
    /// - Returns: the job, or the one that the same form has started before, unless that failed.
    /// - Throws: ``ConsoleRefusal/tooManyJobs``.
    func start(
        _ kind: Job.Kind, _ title: String, total: Int?, by user: String, at now: UnixTime,
        form: FormFields? = nil, _ work: @escaping Work
    ) throws -> Job.ID {
        let id = try randomText(12)
        let job = Job(id: id, kind: kind, title: title, user: user, startedAt: now, form: form, total: total)
        let accepted = state.withLock { (state) -> Job.ID? in
            if let form, let same = state.jobs.last(where: { $0.isStarted(by: form, of: user) }) { return same.id }
            guard !state.isClosed, state.jobs.count(where: { !$0.isOver }) < Self.openLimit else { return nil }
            let finished = state.jobs.indices.filter { state.jobs[$0].isOver }
            if finished.count >= Self.finishedLimit { state.jobs.remove(at: finished[0]) }
            state.jobs.append(job)
            let before = state.last[kind.line]
            state.last[kind.line] = Task(executorPreference: workers) { await self.run(id, after: before, work) }
            return id
        }
        guard let accepted else { throw ConsoleRefusal.tooManyJobs }
        return accepted
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

    /// The job that the same form has started before, unless that failed.
    func job(startedBy form: FormFields, of user: String) -> Job? {
        state.withLock { (state) in state.jobs.last { $0.isStarted(by: form, of: user) } }
    }

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

extension Job {
    fileprivate func isStarted(by form: FormFields, of user: String) -> Bool {
        self.form == form && self.user == user && !isFailed
    }
}
