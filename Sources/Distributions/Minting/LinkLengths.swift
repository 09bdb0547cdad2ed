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
