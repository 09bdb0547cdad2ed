import LinkToken

/// When one link was started and finished.
public struct LinkHistory: Hashable, Sendable {
    public let startedAt: UnixTime
    public let finishedAt: UnixTime?

    public init(startedAt: UnixTime, finishedAt: UnixTime?) {
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }
}

/// When the links of one distribution were started and finished: what the log knows beyond the state that serving needs.
///
/// ```swift
/// let history = try ConsumptionHistory.read(distribution, from: ["edge-1.log", "edge-2.log"])
/// if let link = history[Serial(rawValue: 17)] { print(link.startedAt, link.finishedAt as Any) }
/// ```
///
/// It takes 8 bytes per serial, in pages of 1,024.
public struct ConsumptionHistory: Sendable {
    /// How many links were started and finished.
    public private(set) var counts = ConsumptionCounts()
    /// By the upper bits of the serial. An entry is the start second and the finish second, 0 for neither.
    private var pages: [UInt32: [UInt64]] = [:]

    /// Nothing was used.
    public init() {}

    /// Reads the history of one distribution from one log, or from those of several edges.
    ///
    /// Where several logs know a link, the earliest start and the earliest finish count. Reading does not lock: a log may
    /// be in use meanwhile, and its last events may not be durable yet.
    public static func read(
        _ distribution: DistributionID,
        from paths: [String]
    ) throws(ConsumptionError) -> ConsumptionHistory {
        var merged = ConsumptionHistory()
        for path in paths {
            var history = ConsumptionHistory()
            try LogReader(path: path).run { record, _ in
                record.nonce.distribution != distribution
                    || history.apply(record.event, at: record.time, to: record.nonce.serial)
            }
            merged.merge(history)
        }
        return merged
    }

    /// What is known of a link, or nil if it was not used.
    public subscript(serial: Serial) -> LinkHistory? {
        guard let page = pages[serial.rawValue >> Self.bits] else { return nil }
        return Self.history(page[Int(serial.rawValue & Self.mask)])
    }

    /// Every link that was used, in the order of serials.
    public func forEachLink(_ body: (Serial, LinkHistory) -> Void) {
        for number in pages.keys.sorted() {
            let page = pages[number]!
            var offset = 0
            while offset < page.count {
                if let history = Self.history(page[offset]) {
                    body(Serial(rawValue: number << Self.bits | UInt32(offset)), history)
                }
                offset += 1
            }
        }
    }

    /// Takes an event in. False, and nothing changed, if it can't follow what came before.
    @inline(__always)
    package mutating func apply(_ event: ConsumptionEvent, at time: UnixTime, to serial: Serial) -> Bool {
        let offset = Int(serial.rawValue & Self.mask)
        let second = UInt64(time.rawValue)
        func change(_ entry: inout UInt64, _ counts: inout ConsumptionCounts) -> Bool {
            switch event {
            case .started:
                guard entry == 0 else { return false }
                entry = second << 32
                counts.started += 1
            case .finished:
                guard entry != 0, entry & 0xFFFF_FFFF == 0 else { return false }
                entry |= second
                counts.finished += 1
            case .reset:
                guard entry != 0 else { return false }
                counts.started -= 1
                if entry & 0xFFFF_FFFF != 0 { counts.finished -= 1 }
                entry = 0
            }
            return true
        }
        return change(&pages[serial.rawValue >> Self.bits, default: Self.emptyPage][offset], &counts)
    }

    /// The earliest of both.
    package mutating func merge(_ other: ConsumptionHistory) {
        other.forEachLink { serial, new in
            let old = self[serial]
            let start = min(old?.startedAt ?? new.startedAt, new.startedAt)
            let finish = [old?.finishedAt, new.finishedAt].compactMap { $0 }.min()
            if old == nil { counts.started += 1 }
            if old?.finishedAt == nil, finish != nil { counts.finished += 1 }
            pages[serial.rawValue >> Self.bits, default: Self.emptyPage][Int(serial.rawValue & Self.mask)] =
                UInt64(start.rawValue) << 32 | UInt64(finish?.rawValue ?? 0)
        }
    }

    private static let bits: UInt32 = 10
    private static let mask: UInt32 = 1 << bits - 1
    private static let emptyPage = [UInt64](repeating: 0, count: 1 << Int(bits))

    private static func history(_ entry: UInt64) -> LinkHistory? {
        guard entry != 0 else { return nil }
        let finish = UInt32(truncatingIfNeeded: entry)
        return LinkHistory(
            startedAt: UnixTime(rawValue: UInt32(entry >> 32)),
            finishedAt: finish == 0 ? nil : UnixTime(rawValue: finish)
        )
    }
}
