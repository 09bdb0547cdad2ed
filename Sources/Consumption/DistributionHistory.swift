import LinkToken

/// When the links of one distribution were started and finished, and the details of the starts.
///
/// ```swift
/// let history = try await LogReader(path: "consumption.log").history(of: distribution)
/// if let link = history[Serial(rawValue: 17)] { print(link.startedAt, link.finishedAt as Any) }
/// ```
///
/// It takes 9 bytes per serial, in pages of 1,024: 8 for the times and 1 for ``StartDetails``.
public struct DistributionHistory: Sendable {
    /// How many links were started and finished.
    public private(set) var counts = ConsumptionCounts()
    /// By the upper bits of the serial.
    private var pages: [UInt32: Page] = [:]

    private struct Page {
        /// The second of the start in the upper half and of the finish in the lower, 0 for neither.
        var times = [UInt64](repeating: 0, count: 1 << Int(bits))
        var details = [StartDetails](repeating: .unknown, count: 1 << Int(bits))

        @inline(__always)
        subscript(offset: Int) -> LinkHistory? {
            get {
                guard times[offset] != 0 else { return nil }
                let finish = UInt32(truncatingIfNeeded: times[offset])
                return LinkHistory(
                    startedAt: UnixTime(rawValue: UInt32(times[offset] >> 32)), details: details[offset],
                    finishedAt: finish == 0 ? nil : UnixTime(rawValue: finish))
            }
            set {
                let start = UInt64(newValue?.startedAt.rawValue ?? 0)
                times[offset] = start << 32 | UInt64(newValue?.finishedAt?.rawValue ?? 0)
                details[offset] = newValue?.details ?? .unknown
            }
        }
    }

    /// Nothing was used.
    public init() {}

    /// What is known of a link, or nil if it was not used.
    public subscript(serial: Serial) -> LinkHistory? {
        pages[serial.rawValue >> Self.bits]?[Int(serial.rawValue & Self.mask)]
    }

    /// Every link that was used, in the order of serials.
    public func forEachLink<Failure: Error>(
        _ body: (Serial, LinkHistory) throws(Failure) -> Void
    ) throws(Failure) {
        for number in pages.keys.sorted() {
            let page = pages[number]!
            var offset = 0
            while offset < page.times.count {
                if let history = page[offset] {
                    try body(Serial(rawValue: number << Self.bits | UInt32(offset)), history)
                }
                offset += 1
            }
        }
    }

    /// How many surveys were started with each value of a detail, such as `\.startedBy`.
    public func starts<Detail: Hashable>(by detail: (StartDetails) -> Detail) -> [Detail: Int] {
        var starts: [Detail: Int] = [:]
        forEachLink { starts[detail($1.details), default: 0] += 1 }
        return starts
    }

    /// Takes in what another log knows of the same distribution.
    public mutating func merge(_ other: DistributionHistory) {
        guard counts.started > 0 else {
            self = other
            return
        }
        other.forEachLink { merge($1, at: $0) }
    }

    /// Takes in what another log knows of a link.
    public mutating func merge(_ history: LinkHistory, at serial: Serial) {
        change(serial) { $0 = $0?.merged(with: history) ?? history }
    }

    /// Takes in that a link was reopened: a use that began before doesn't count.
    package mutating func reopen(_ serial: Serial, at time: UnixTime) {
        guard self[serial] != nil else { return }
        change(serial) { $0 = $0?.counting(sinceReopeningAt: time) }
    }

    /// Takes in the next event of a link, whatever its distribution.
    ///
    /// - Returns: why it can't follow what came before, or nil.
    @discardableResult
    package mutating func apply(_ event: LinkEvent) -> Damage.Reason? {
        change(event.nonce.serial) { $0.apply(event) }
    }

    @inline(__always)
    private mutating func change<Result>(_ serial: Serial, _ body: (inout LinkHistory?) -> Result) -> Result {
        func change(_ page: inout Page, _ counts: inout ConsumptionCounts) -> Result {
            let offset = Int(serial.rawValue & Self.mask)
            let before = page[offset]
            var after = before
            let result = body(&after)
            page[offset] = after
            counts.replace(before, by: after)
            return result
        }
        return change(&pages[serial.rawValue >> Self.bits, default: Page()], &counts)
    }

    private static let bits: UInt32 = 10
    private static let mask: UInt32 = 1 << bits - 1
}

extension DistributionHistory: Hashable {
    public static func == (one: Self, other: Self) -> Bool {
        guard one.counts == other.counts else { return false }
        var isSame = true
        one.forEachLink { if other[$0] != $1 { isSame = false } }
        return isSame
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(counts) }
}
