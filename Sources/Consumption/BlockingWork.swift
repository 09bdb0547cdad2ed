import Glibc

/// Runs the work on a new thread that no signal interrupts.
package func spawnThread(_ work: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Work(work))
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    // A thread inherits the mask. Signals then reach the threads that expect them, and no sync ends with EINTR.
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    var thread = pthread_t()
    let error = pthread_create(
        &thread,
        nil,
        { argument in
            Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().run()
            return nil
        },
        box.toOpaque()
    )
    precondition(error == 0, "no thread could be made: \(String(cString: strerror(error)))")
    pthread_detach(thread)
}

/// Has blocking work done on a thread of its own, and suspends until it is.
package func onThread<Outcome: Sendable>(
    _ work: @escaping @Sendable () throws(ConsumptionError) -> Outcome
) async throws(ConsumptionError) -> Outcome {
    let result = await withUnsafeContinuation {
        (waiter: UnsafeContinuation<Result<Outcome, ConsumptionError>, Never>) in
        spawnThread { waiter.resume(returning: Result { () throws(ConsumptionError) in try work() }) }
    }
    return try result.get()
}

private final class Work: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}
