import Consumption
import ConsumptionLog
import LinkToken

/// An edge on another machine, whose log is counted too.
public struct RemoteEdge: Hashable, Sendable, Codable {
    public let name: String
    /// That of its listener for operations.
    public let url: String
    /// A file with certificate authorities that are trusted for it, in addition to the system's.
    public let caFile: String?
    public let addedAt: UnixTime
    /// Whether the edge is asked no more. What was fetched of it still counts.
    public internal(set) var isRetired: Bool

    public init(name: String, url: String, caFile: String? = nil, addedAt: UnixTime) {
        (self.name, self.url, self.caFile, self.addedAt) = (name, url, caFile, addedAt)
        isRetired = false
    }
}

/// How well an edge is known.
public struct EdgeStanding: Hashable, Sendable, Codable {
    /// All that was consumed on the edge before this time is known; nil while that is not so for any time.
    public internal(set) var asOf: UnixTime?
    /// How many events were fetched.
    public internal(set) var events: UInt64 = 0
    /// Why the last fetch did not come to its end; nil if it did.
    public internal(set) var failure: String?
    public internal(set) var failedAt: UnixTime?
    /// When the edge's log was last found to be another one, which lacks links that had been fetched. Those still count.
    public internal(set) var replacedAt: UnixTime?

    init() {}

    /// Whether counts may lack much of what happened on the edge: the last fetch failed, or was long ago.
    public func isStale(at now: UnixTime) -> Bool { failure != nil || isOutdated(at: now) }

    /// Whether nothing is known of the edge, or only what happened long ago.
    public func isOutdated(at now: UnixTime) -> Bool {
        guard let asOf else { return true }
        return now.rawValue > asOf.rawValue && now.rawValue - asOf.rawValue > Self.freshness
    }

    /// An hour, in seconds.
    private static let freshness: UInt32 = 3600
}

/// Where the log of an edge is read.
public protocol EdgeLogSource: Sendable {
    /// - Parameter position: nil for the beginning.
    func page(after position: LogPosition?) async throws(EdgeFetchError) -> EdgeLogAnswer
}

/// What an edge answers who reads its log.
public enum EdgeLogAnswer: Hashable, Sendable {
    /// The bytes behind the position, where they end, and how many events follow.
    case page([UInt8], end: LogPosition, remaining: UInt64)
    /// The log is not the one that the position is of.
    case positionUnknown
}

/// Why the log of an edge could not be fetched to its end.
public enum EdgeFetchError: Error, Hashable, Sendable {
    /// The edge can't be asked, or does not answer; the reason is in words.
    case unreachable(reason: String)
    case keyRefused
    /// The address does not hand out a log.
    case notServed
    /// The edge has no log of its own.
    case storeShared
    /// The answer is not part of a log.
    case invalidAnswer(reason: String)
    /// The log was replaced again and again while it was fetched.
    case unsettled
    /// There was no time for the rest.
    case unfinished(remaining: UInt64)
    /// The copy can't be written.
    case copy(ConsumptionError)
    case workspace(DistributionsError)
}

extension EdgeFetchError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let reason): reason
        case .keyRefused: "the edge refuses the key; give both sides the same one"
        case .notServed:
            "no log can be read at this address; name the edge's listener for operations, and start the edge with the"
                + " consumption key"
        case .storeShared: "the edge records in a store that edges share, and has no log; count that store instead"
        case .invalidAnswer(let reason): "the edge's answer is not part of its log: \(reason)"
        case .unsettled: "the edge's log was replaced several times while it was fetched; try again later"
        case .unfinished(let remaining): "the last \(remaining) events were not fetched in time; fetch again"
        case .copy(let error): "\(error)"
        case .workspace(.busy): "the edge is being fetched by another process"
        case .workspace(let error): "\(error)"
        }
    }
}
