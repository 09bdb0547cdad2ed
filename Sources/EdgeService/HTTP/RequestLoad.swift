import Synchronization

/// How many connections and HTTP/2 streams have a request that has arrived and is not answered yet.
///
/// It is counted where bytes arrive, so it includes those that nobody has begun to answer: what makes latency collapse
/// is that queue. A request whose body is still to come is no work yet, or clients that never send one could have the
/// others turned away.
final class RequestLoad: Sendable {
    /// A quarter of a second of work for two cores. Above it, requests are told to come again instead of waiting longer
    /// than their senders do.
    static let limit = 2048

    private let count = Atomic(0)

    func arrive() { count.add(1, ordering: .relaxed) }

    func leave() { count.subtract(1, ordering: .relaxed) }

    var current: Int { count.load(ordering: .relaxed) }

    var isExcessive: Bool { current > Self.limit }
}
