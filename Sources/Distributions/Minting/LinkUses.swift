import Consumption
import LinkToken

/// What is known of one link's use.
public struct LinkUse: Hashable, Sendable {
    public var startedAt: UnixTime?
    /// What started it, as far as it is known.
    public var startedBy: UserAgentClass
    /// Nil for an unfinished survey, and where only the fact is known.
    public var finishedAt: UnixTime?
    public var isFinished: Bool

    public static let none = LinkUse(startedAt: nil, finishedAt: nil, isFinished: false)

    public init(
        startedAt: UnixTime?, startedBy: UserAgentClass = .unknown, finishedAt: UnixTime?, isFinished: Bool
    ) {
        self.startedAt = startedAt
        self.startedBy = startedBy
        self.finishedAt = finishedAt
        self.isFinished = isFinished
    }

    public var state: LinkState {
        switch (startedAt ?? finishedAt, isFinished) {
        case (let time?, true): .finished(startedAt: time)
        case (let time?, false): .started(at: time)
        case (nil, _): .unused
        }
    }
}

/// What is known of the use of every link of a distribution, gathered from one or several logs.
///
/// ```swift
/// var uses = LinkUses(of: distribution)
/// for record in records { uses.record(record) }
/// uses.merge(usesOfAnotherEdge)
/// ```
///
/// Nine bytes a link.
public struct LinkUses: Hashable, Sendable {
    public let distribution: DistributionID
    /// Seconds; zero is "not".
    private var starts: [UInt32]
    private var starters: [UserAgentClass]
    /// Seconds; zero is "not", the largest "at a time that isn't known".
    private var finishes: [UInt32]

    public init(of distribution: Distribution) {
        self.init(distribution.id, count: distribution.contacts)
    }

    init(_ id: DistributionID, count: Int) {
        distribution = id
        starts = Array(repeating: 0, count: count)
        starters = Array(repeating: .unknown, count: count)
        finishes = Array(repeating: 0, count: count)
    }

    /// Asks a store for every link. It does not know when surveys were finished and what started them.
    public init(
        of distribution: Distribution, in store: some ConsumptionStore
    ) async throws(ConsumptionError) {
        self.init(of: distribution)
        for serial in starts.indices {
            let nonce = Nonce(distribution: distribution.id, serial: Serial(rawValue: UInt32(serial)))
            switch try await store.state(of: nonce) {
            case .unused: break
            case .started(let time): starts[serial] = time.rawValue
            case .finished(let time):
                starts[serial] = time.rawValue
                finishes[serial] = .max
            }
        }
    }

    /// Takes an event in, in the order of its log. Events of other distributions are passed over.
    public mutating func record(_ record: LinkEvent) {
        let serial = Int(record.nonce.serial.rawValue)
        guard record.nonce.distribution == distribution, serial < starts.count else { return }
        switch record.kind {
        case .started:
            guard starts[serial] == 0 || record.time.rawValue < starts[serial] else { break }
            starts[serial] = record.time.rawValue
            starters[serial] = record.startedBy
        case .finished:
            if finishes[serial] == 0 || record.time.rawValue < finishes[serial] {
                finishes[serial] = record.time.rawValue
            }
        case .reset:
            starts[serial] = 0
            starters[serial] = .unknown
            finishes[serial] = 0
        }
    }

    /// Takes in what another log knows: the earlier start and finish count.
    public mutating func merge(_ other: LinkUses) {
        precondition(other.distribution == distribution && other.starts.count == starts.count)
        func earlier(_ mine: inout UInt32, _ theirs: UInt32) {
            if theirs != 0, mine == 0 || theirs < mine { mine = theirs }
        }
        for serial in starts.indices {
            let (mine, theirs) = (starts[serial], other.starts[serial])
            if theirs != 0, mine == 0 || theirs < mine {
                starters[serial] = other.starters[serial]
            } else if mine == theirs {
                starters[serial] = max(starters[serial], other.starters[serial])
            }
            earlier(&starts[serial], other.starts[serial])
            earlier(&finishes[serial], other.finishes[serial])
        }
    }

    public subscript(serial: Serial) -> LinkUse {
        let index = Int(serial.rawValue)
        guard index < starts.count else { return .none }
        let (start, finish) = (starts[index], finishes[index])
        return LinkUse(
            startedAt: start == 0 ? nil : UnixTime(rawValue: start), startedBy: starters[index],
            finishedAt: finish == 0 || finish == .max ? nil : UnixTime(rawValue: finish), isFinished: finish != 0)
    }

    /// How many links were started, and how many of those finished.
    public var counts: ConsumptionCounts {
        ConsumptionCounts(
            started: starts.indices.count { starts[$0] != 0 || finishes[$0] != 0 },
            finished: finishes.count { $0 != 0 })
    }

    /// How many surveys were started by what.
    public var startsByAgent: [UserAgentClass: Int] {
        starts.indices.reduce(into: [:]) { if starts[$1] != 0 { $0[starters[$1], default: 0] += 1 } }
    }

    /// The times of all starts and of all finishes that are known, in no order.
    public var times: (starts: [UnixTime], finishes: [UnixTime]) {
        func known(_ seconds: [UInt32]) -> [UnixTime] {
            seconds.lazy.filter { $0 != 0 && $0 != .max }.map { UnixTime(rawValue: $0) }
        }
        return (known(starts), known(finishes))
    }
}
