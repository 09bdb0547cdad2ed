import Glibc
import NIOCore

/// Sends together what an event loop has written in one round.
///
/// An answer that is sent wakes who waits for it, and a proxy on the same machine then takes the core from the edge, once
/// for each answer. So an answer is sent when the round is over, or when ``limit`` of them are written: others wait no
/// longer than it takes to check as many signatures.
final class Flushes {
    static let limit = 8

    private let eventLoop: any EventLoop
    private var waiting: [() -> Void] = []
    private var isScheduled = false

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// - Parameter flush: is called once, on the event loop.
    func add(_ flush: @escaping () -> Void) {
        waiting.append(flush)
        if waiting.count == Self.limit { return flushAll() }
        guard !isScheduled else { return }
        isScheduled = true
        // Runs when all that the sockets brought has been handled.
        eventLoop.assumeIsolated().execute {
            self.isScheduled = false
            self.flushAll()
            // Who got an answer on this machine may read it and ask again before the next round, not when the system
            // takes the core away, which is milliseconds later.
            sched_yield()
        }
    }

    private func flushAll() {
        for flush in exchange(&waiting, with: []) { flush() }
    }
}
