import Foundation

/// Does blocking work on a thread of its own: one that waits for a test on the threads of Swift's concurrency may keep that
/// test from going on.
public func onThread<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { (done) in
        Thread.detachNewThread { done.resume(with: Swift.Result { try work() }) }
    }
}
