import LinkToken
import NIOCore

/// Bounds on what a client may send. They are far above what any request of the service needs and far below what
/// hurts, so nobody has to choose them.
enum RequestLimits {
    /// 16 KiB: a link with all the in-link data that fits in a URL takes less.
    static let bodyByteCount = 16 << 10
    /// For the request line and the header together. Links are minted with this limit in mind.
    static let headByteCount = LinkLength.requestHeadByteCount
    static let headFieldCount = 100
    /// Requests of one connection that are not answered. Neither browsers nor proxies send a second one before the answer
    /// to the first, and who sends hundreds at once should cost no more than taking a few of them apart.
    static let pipelinedCount = 16
    /// 1 KiB, in which most requests fit: all that was read is parsed before who sent too much at once is closed.
    static let firstReadByteCount = 1 << 10
    /// From a connection's beginning to the end of its first request, and from the head of a later one to its end. A client
    /// that takes longer is slow on purpose or gone.
    static let requestTime = TimeAmount.seconds(15)
    /// How long a connection may stay open between two requests, until the head of the second one is whole.
    static let idleTime = TimeAmount.seconds(75)
    static let idle = Duration.nanoseconds(idleTime.nanoseconds)
    /// How long a client that was told to go away may take to go.
    static let graceTime = TimeAmount.seconds(10)
    static let grace = Duration.nanoseconds(graceTime.nanoseconds)
    /// How long a connection may stay open when the edge shuts down.
    static let drainTime = requestTime + graceTime
}
