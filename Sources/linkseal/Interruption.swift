import Dispatch
import Glibc

/// Ignores Ctrl-C and SIGTERM for the rest of the process. What was changed here must also be published: otherwise edges
/// don't learn of it, and nobody is told so.
func finishDespiteInterruption() {
    for number in [SIGINT, SIGTERM] { signal(number, SIG_IGN) }
}

/// Runs a job that Ctrl-C or SIGTERM cancels, so that it leaves nothing half made.
///
/// The first signal cancels; the second one ends the process as ever.
func interruptible<Value: Sendable, Failure: Error>(
    _ job: @escaping @Sendable () async throws(Failure) -> Value
) async throws(Failure) -> Value {
    let task = Task { () async -> Result<Value, Failure> in
        do throws(Failure) {
            return .success(try await job())
        } catch {
            return .failure(error)
        }
    }
    let sources = [SIGINT, SIGTERM].map { (number) in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
            signal(number, SIG_DFL)
            task.cancel()
        }
        source.resume()
        return source
    }
    let result = await task.value
    for source in sources { source.cancel() }
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    return try result.get()
}
