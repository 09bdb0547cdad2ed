import Glibc
import Synchronization

/// What the edge counts. Every label has a bounded set of values: none is taken from a request.
final class EdgeMetrics: Sendable {
    struct RequestKey: Hashable {
        let route: Route
        let method: String
        let status: Int
    }

    struct Tally {
        var requests: [RequestKey: Int] = [:]
        /// By the code of the refusal.
        var refusals: [String: Int] = [:]
        /// Starts and finishes, by what they were.
        var links: [String: Int] = [:]
        var latencies: [Route: LatencyHistogram] = [:]
    }

    /// Threads count into shards of their own, so that they rarely meet.
    private final class Shard: Sendable {
        let tally = Mutex(Tally())
    }

    private let shards = (0..<8).map { _ in Shard() }

    /// - Parameter link: what a start or a finish was, where the request was one.
    func record(
        _ route: Route, method: String, status: Int, refusal: String?, link: String?, seconds: Double
    ) {
        // Thread descriptors are pages apart.
        let thread = Int(bitPattern: UInt(pthread_self())) >> 12
        shards[(thread & Int.max) % shards.count].tally.withLock { (tally) in
            tally.requests[RequestKey(route: route, method: method, status: status), default: 0] += 1
            if let refusal { tally.refusals[refusal, default: 0] += 1 }
            if let link { tally.links[link, default: 0] += 1 }
            tally.latencies[route, default: LatencyHistogram()].add(seconds)
        }
    }

    /// The sum of all shards.
    var total: Tally {
        shards.reduce(into: Tally()) { (sum, shard) in
            let tally = shard.tally.withLock { $0 }
            sum.requests.merge(tally.requests, uniquingKeysWith: +)
            sum.refusals.merge(tally.refusals, uniquingKeysWith: +)
            sum.links.merge(tally.links, uniquingKeysWith: +)
            for (route, histogram) in tally.latencies {
                sum.latencies[route, default: LatencyHistogram()].add(histogram)
            }
        }
    }
}
