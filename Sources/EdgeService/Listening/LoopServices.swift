import NIOCore

/// What the connections of an event loop share. It belongs to the loop's thread.
struct LoopServices {
    let executor: EventLoopExecutor
    let turns: Turns
    let flushes: Flushes

    init(_ eventLoop: any EventLoop) {
        executor = EventLoopExecutor(eventLoop)
        turns = Turns(eventLoop)
        flushes = Flushes(eventLoop)
    }
}
