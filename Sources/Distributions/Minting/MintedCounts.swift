/// How many links were minted, and what a person should know of them.
public struct MintedCounts: Hashable, Sendable {
    public private(set) var statuses: [LinkStatus: Int] = [:]
    /// Links that weren't wanted, by status.
    var leftOut: [LinkStatus: Int] = [:]
    private(set) var lengths: LinkLengths
    /// Links without a value, by field in the link.
    var emptyFields: [String: Int] = [:]

    init(lengthLimit: Int) {
        lengths = LinkLengths(limit: lengthLimit)
    }

    public var links: Int { statuses.values.reduce(0, +) }

    /// Of new links.
    var warnings: [LinkWarning] {
        emptyFields.sorted { $0.key < $1.key }.map { .fieldEmpty($0.key, contacts: $0.value) } + lengthWarnings
    }

    var lengthWarnings: [LinkWarning] { lengths.exceeding > 0 ? [.longLinks(lengths)] : [] }

    mutating func add(_ minted: MintedLink) {
        statuses[minted.status, default: 0] += 1
        lengths.add(minted.link)
    }

    mutating func merge(_ other: MintedCounts) {
        statuses.merge(other.statuses, uniquingKeysWith: +)
        leftOut.merge(other.leftOut, uniquingKeysWith: +)
        lengths.merge(other.lengths)
        emptyFields.merge(other.emptyFields, uniquingKeysWith: +)
    }
}

/// How long links are, against what has to carry them.
public struct LinkLengths: Hashable, Sendable {
    /// In characters.
    public let limit: Int
    /// The length of the longest, in characters.
    public private(set) var longest = 0
    /// How many are longer than the limit.
    public private(set) var exceeding = 0

    public init(limit: Int) {
        self.limit = limit
    }

    public mutating func add(_ link: String) {
        let count = link.utf8.count
        longest = max(longest, count)
        if count > limit { exceeding += 1 }
    }

    /// Takes in lengths that were measured against the same limit.
    mutating func merge(_ other: LinkLengths) {
        longest = max(longest, other.longest)
        exceeding += other.exceeding
    }
}

/// How far minting has come.
public struct MintingProgress: Hashable, Sendable {
    /// Contacts whose links were minted or left out.
    public let done: Int
    /// Contacts that there are, when that is known before the end.
    public let total: Int?
    /// Since it began.
    public let elapsed: Duration

    /// Contacts per second so far.
    public var rate: Double { elapsed > .zero ? Double(done) / (elapsed / .seconds(1)) : 0 }

    /// How long it still takes at that rate.
    public var timeLeft: Duration? {
        guard let total, rate > 0 else { return nil }
        return .seconds(Double(total - done) / rate)
    }

    public typealias Report = @Sendable (MintingProgress) -> Void
}
