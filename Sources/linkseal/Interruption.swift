import Dispatch
import Distributions
import Glibc

/// Runs a job that Ctrl-C or SIGTERM cancels, so that it leaves nothing half made.
///
/// The first signal cancels; the second one ends the process as ever.
func interruptible<Result: Sendable>(
    _ job: @escaping @Sendable () async throws(DistributionsError) -> Result
) async throws(DistributionsError) -> Result {
    let task = Task { () async -> Swift.Result<Result, DistributionsError> in
        do throws(DistributionsError) {
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
