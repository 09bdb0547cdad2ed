import Synchronization

/// How many requests have arrived and are not answered yet, on all connections.
///
/// It is counted where bytes arrive, so it includes those that no thread has looked at: what makes latency collapse is
/// that queue.
final class RequestLoad: Sendable {
    /// A quarter of a second of work for two cores. Above it, requests are told to come again instead of waiting longer
    /// than their senders do.
    static let limit = 2048

    private let count = Atomic(0)

    func arrive() { count.add(1, ordering: .relaxed) }

    func leave(_ number: Int = 1) { count.subtract(number, ordering: .relaxed) }

    var current: Int { count.load(ordering: .relaxed) }

    var isExcessive: Bool { current > Self.limit }
}
