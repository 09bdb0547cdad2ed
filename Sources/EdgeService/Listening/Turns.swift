import NIOCore

/// Has the connections of an event loop answered in turn.
///
/// The first request that a read brings is answered at once. Others that came with it wait here, so that who sends
/// thousands of requests at once keeps the others on the event loop waiting for about as long as who sends one.
final class Turns {
    /// How many are given before the event loop looks at its connections again.
    static let perRound = 4
    /// A task that is due already would run before the event loop looks at its connections.
    static let pause = TimeAmount.microseconds(200)

    private let eventLoop: any EventLoop
    private var waiting = CircularBuffer<() -> Void>()
    private var isScheduled = false

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// - Parameter take: is called once, on the event loop, when it is its turn.
    func wait(_ take: @escaping () -> Void) {
        waiting.append(take)
        schedule()
    }

    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { self.give() }
    }

    private func give() {
        for _ in 0..<min(waiting.count, Self.perRound) { waiting.removeFirst()() }
        isScheduled = false
        if !waiting.isEmpty { schedule() }
    }
}

/// Whether a connection had a request answered since it was last read from.
final class Turn {
    var isTaken = false
}
