import Glibc
import NIOConcurrencyHelpers
import NIOCore

/// What the connections of an event loop share. It belongs to the loop's thread.
struct EventLoopServices {
    let executor: EventLoopExecutor
    let scheduler: FairScheduler
    let flushes: FlushCoalescer

    init(_ eventLoop: any EventLoop) {
        executor = EventLoopExecutor(eventLoop)
        scheduler = FairScheduler(eventLoop)
        flushes = FlushCoalescer(eventLoop)
    }
}

/// Runs tasks on the thread of an event loop: a connection's task with the connection's loop need not change threads
/// between reading a request and writing its answer, which takes longer than all that most requests ask for.
///
/// Tasks that one sync of the log wakes together are handed to the loop together.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop
    private let waiting = NIOLockedValueBox<[UnownedJob]>([])

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = waiting.withLockedValue { (waiting) in
            waiting.append(job)
            return waiting.count == 1
        }
        if isFirst { eventLoop.execute { self.runWaiting() } }
    }

    private func runWaiting() {
        let jobs = waiting.withLockedValue { exchange(&$0, with: []) }
        for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}

/// Answers the connections of an event loop in turn.
///
/// The first request that a read brings is answered at once. Others that came with it wait here, so that a client that
/// sends thousands of requests at once delays the others on the event loop about as much as one that sends a single
/// request.
final class FairScheduler {
    /// How many requests are answered before the event loop looks at its connections again.
    static let perRound = 4
    /// A task that is due already would run before the event loop looks at its connections.
    static let pause = TimeAmount.microseconds(200)

    private let eventLoop: any EventLoop
    private var waiting = CircularBuffer<() -> Void>()
    private var isScheduled = false

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// - Parameter begin: called once, on the event loop, when its turn comes.
    func enqueue(_ begin: @escaping () -> Void) {
        waiting.append(begin)
        schedule()
    }

    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { self.runNext() }
    }

    private func runNext() {
        for _ in 0..<min(waiting.count, Self.perRound) { waiting.removeFirst()() }
        isScheduled = false
        if !waiting.isEmpty { schedule() }
    }
}

/// Whether a connection had a request answered since it was last read from.
final class Turn {
    var isTaken = false
}

/// Sends together what an event loop has written in one round.
///
/// An answer that is sent wakes who waits for it, and a proxy on the same machine then takes the core from the server, once
/// for each answer. So an answer is sent when the round is over, or when ``limit`` of them are written: others wait no
/// longer than it takes to check as many signatures.
final class FlushCoalescer {
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
            // A client on this machine can read its answer and ask again before the next round. Otherwise it could only
            // when the system takes the core away, milliseconds later.
            sched_yield()
        }
    }

    private func flushAll() {
        for flush in exchange(&waiting, with: []) { flush() }
    }
}

/// Joins what is written between two flushes, so that an answer's head and body take one buffer: one `write` instead of a
/// `writev`, and on TLS one record (RFC 8446 §5.1) instead of two.
///
/// What waits here is not counted by `isWritable`, and is gone when the channel is closed before a flush. It is as many
/// answers as ``Flushes`` has waiting, at most.
final class WriteCoalescingHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var unsent: ByteBuffer?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var bytes = unwrapOutboundIn(data)
        if unsent == nil { unsent = bytes } else { unsent?.writeBuffer(&bytes) }
        // Who waits for a write is told of the whole buffer that it went into.
        if let promise { send(context, promise) }
    }

    func flush(context: ChannelHandlerContext) {
        send(context, nil)
        context.flush()
    }

    private func send(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        guard let bytes = exchange(&unsent, with: nil) else { return }
        context.write(wrapOutboundOut(bytes), promise: promise)
    }
}
