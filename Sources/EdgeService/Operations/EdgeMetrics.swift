import Consumption
import Glibc
import Synchronization

/// What the edge counts. Every label has a bounded set of values: none is taken from a request.
final class EdgeMetrics: Sendable {
    struct RequestKey: Hashable {
        let route: Route
        let method: String
        let status: Int
        let outcome: String
    }

    struct Tally {
        var requests: [RequestKey: Int] = [:]
        /// By the code of the refusal.
        var refusals: [String: Int] = [:]
        /// Starts and finishes, by what they were.
        var links: [String: Int] = [:]
        /// First starts, by what made them.
        var starters: [UserAgentClass: Int] = [:]
        var latencies: [Route: Histogram] = [:]
    }

    /// Threads count into shards of their own, so that they rarely meet.
    private final class Shard: Sendable {
        let tally = Mutex(Tally())
    }

    private let shards = (0..<8).map { _ in Shard() }

    /// Seconds: from a cached answer to a disk that stalls.
    private static let latencies = Histogram(
        bounds: [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])

    func record(_ record: RequestRecord) {
        let code = record.outcome.code
        let request = RequestKey(
            route: record.route, method: record.method, status: Int(record.status), outcome: code)
        // Thread descriptors are pages apart.
        let thread = Int(bitPattern: UInt(pthread_self())) >> 12
        shards[(thread & Int.max) % shards.count].tally.withLock { (tally) in
            tally.requests[request, default: 0] += 1
            if record.outcome.refusal != nil { tally.refusals[code, default: 0] += 1 }
            if record.nonce?.serial.isForTesting != true {
                if record.outcome.isLinkEvent { tally.links[code, default: 0] += 1 }
                if let details = record.details { tally.starters[details.startedBy, default: 0] += 1 }
            }
            tally.latencies[record.route, default: Self.latencies].add(record.duration / .seconds(1))
        }
    }

    /// The sum of all shards.
    var total: Tally {
        shards.reduce(into: Tally()) { (sum, shard) in
            let tally = shard.tally.withLock { $0 }
            sum.requests.merge(tally.requests, uniquingKeysWith: +)
            sum.refusals.merge(tally.refusals, uniquingKeysWith: +)
            sum.links.merge(tally.links, uniquingKeysWith: +)
            sum.starters.merge(tally.starters, uniquingKeysWith: +)
            for (route, histogram) in tally.latencies {
                sum.latencies[route, default: Self.latencies].add(histogram)
            }
        }
    }
}
