import Glibc

/// Maps inputs on all cores. Results come out in the order of the inputs, and only a bounded number of either is in
/// memory at once, whichever side is slow.
///
/// - Parameters:
///   - next: gives the inputs one after the other, nil at the end. Runs on the calling task.
///   - transform: runs on any thread.
///   - emit: takes the results in order. Runs on the calling task.
/// - Throws: the first error of any of the three, and `CancellationError`.
func orderedParallelMap<Input: Sendable, Output: Sendable>(
    next: () throws -> Input?,
    transform: @escaping @Sendable (Input) throws -> Output,
    emit: (Output) async throws -> Void
) async throws {
    let window = 2 * max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) + 2
    try await withThrowingTaskGroup(of: (Int, Output).self) { group in
        var added = 0
        var emitted = 0
        var waiting: [Int: Output] = [:]
        var hasMore = true
        while true {
            while hasMore, added - emitted < window {
                try Task.checkCancellation()
                guard let input = try next() else {
                    hasMore = false
                    break
                }
                let index = added
                added += 1
                group.addTask { (index, try transform(input)) }
            }
            guard emitted < added, let (index, output) = try await group.next() else { return }
            waiting[index] = output
            while let output = waiting.removeValue(forKey: emitted) {
                try await emit(output)
                emitted += 1
            }
        }
    }
}
