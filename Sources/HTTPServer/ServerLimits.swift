import NIOCore
import Synchronization

/// Bounds on what a client may send, and on how long it may take.
///
/// The standard ones are far above what any request needs and far below what hurts, so nobody has to choose them. Tests
/// set shorter times.
package struct ServerLimits: Sendable {
    /// Bytes of a request's body.
    package var bodyByteCount = 16 << 10
    /// Bytes of the request line and the header together.
    package var headByteCount = 16 << 10
    /// Fields of a header.
    package var headFieldCount = 100
    /// Unanswered requests of one connection. Neither browsers nor proxies send a second request before the answer to the
    /// first, and a client that sends hundreds at once should cost no more than parsing a few of them.
    package var pipelinedCount = 16
    /// Bytes of the first read: most requests fit. Everything that was read is parsed before a client that sent too much at
    /// once is closed.
    package var firstReadByteCount = 1 << 10
    /// From a connection's beginning to the end of its first request, and from the head of a later one to its end. A client
    /// that takes longer is slow on purpose or gone.
    package var requestTime = TimeAmount.seconds(15)
    /// How long a connection may stay open between two requests, until the head of the second one is whole.
    package var idleTime = TimeAmount.seconds(75)
    /// How long a client that was told to go away may take to go.
    package var graceTime = TimeAmount.seconds(10)

    package init() {}

    /// How long a connection may stay open when the server shuts down.
    var drainTime: TimeAmount { requestTime + graceTime }
}

/// How many connections and HTTP/2 streams have a request that has arrived and is not answered yet.
///
/// It is counted where bytes arrive, so it includes those that nobody has begun to answer: what makes latency collapse
/// is that queue. A request whose body is still to come is no work yet, or clients that never send one could have the
/// others turned away.
package final class RequestLoad: Sendable {
    /// A quarter of a second of work for two cores. Above it, requests are told to come again instead of waiting longer
    /// than their senders do.
    package static let limit = 2048

    private let count = Atomic(0)

    func arrive() { count.add(1, ordering: .relaxed) }

    func leave() { count.subtract(1, ordering: .relaxed) }

    package var current: Int { count.load(ordering: .relaxed) }

    package var isExcessive: Bool { current > Self.limit }
}

/// Whether the server is shutting down: answers then say that their connection ends with them (RFC 9112 §9.6).
final class Draining: Sendable {
    private let hasBegun = Atomic(false)

    func begin() { hasBegun.store(true, ordering: .relaxed) }

    var isOn: Bool { hasBegun.load(ordering: .relaxed) }
}
