import LinkToken

/// When one link was started and finished, and by what it was started.
public struct LinkHistory: Hashable, Sendable {
    public let startedAt: UnixTime
    public let startedBy: UserAgentClass
    public let finishedAt: UnixTime?

    public init(startedAt: UnixTime, startedBy: UserAgentClass = .unknown, finishedAt: UnixTime?) {
        self.startedAt = startedAt
        self.startedBy = startedBy
        self.finishedAt = finishedAt
    }

    /// The events that it came from: a start and, if there was one, a finish.
    package func records(of nonce: Nonce) -> [LogRecord] {
        let start = LogRecord(nonce: nonce, event: .started, time: startedAt, startedBy: startedBy)
        guard let finishedAt else { return [start] }
        return [start, LogRecord(nonce: nonce, event: .finished, time: finishedAt)]
    }

    /// The events that a log with that history lacks: a start or a finish that it does not know, or knows as later.
    package func records(of nonce: Nonce, beyond known: LinkHistory?) -> [LogRecord] {
        records(of: nonce).filter { record in
            let time = record.event == .started ? known?.startedAt : known?.finishedAt
            return time.map { record.time < $0 } ?? true
        }
    }
}

/// When the links of one distribution were started and finished: what the log knows beyond the state that serving needs.
///
/// ```swift
/// let history = try ConsumptionHistory.read(distribution, from: ["edge-1.log", "edge-2.log"])
/// if let link = history[Serial(rawValue: 17)] { print(link.startedAt, link.finishedAt as Any) }
/// ```
///
/// It takes 9 bytes per serial, in pages of 1,024.
public struct ConsumptionHistory: Sendable {
    /// How many links were started and finished.
    public private(set) var counts = ConsumptionCounts()
    /// By the upper bits of the serial.
    private var pages: [UInt32: Page] = [:]

    private struct Page {
        /// The start second and the finish second, 0 for neither.
        var times = [UInt64](repeating: 0, count: 1 << Int(bits))
        var agents = [UserAgentClass](repeating: .unknown, count: 1 << Int(bits))

        subscript(offset: Int) -> LinkHistory? {
            guard times[offset] != 0 else { return nil }
            let finish = UInt32(truncatingIfNeeded: times[offset])
            return LinkHistory(
                startedAt: UnixTime(rawValue: UInt32(times[offset] >> 32)), startedBy: agents[offset],
                finishedAt: finish == 0 ? nil : UnixTime(rawValue: finish))
        }
    }

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
            try LogReader(path: path).run { record in
                record.nonce.distribution != distribution || history.apply(record) ? nil : .contradiction
            }
            merged.merge(history)
        }
        return merged
    }

    /// What is known of a link, or nil if it was not used.
    public subscript(serial: Serial) -> LinkHistory? {
        pages[serial.rawValue >> Self.bits]?[Int(serial.rawValue & Self.mask)]
    }

    /// Every link that was used, in the order of serials.
    public func forEachLink(_ body: (Serial, LinkHistory) -> Void) {
        for number in pages.keys.sorted() {
            let page = pages[number]!
            var offset = 0
            while offset < page.times.count {
                if let history = page[offset] {
                    body(Serial(rawValue: number << Self.bits | UInt32(offset)), history)
                }
                offset += 1
            }
        }
    }

    /// Takes an event in, whatever its distribution. False, and nothing changed, if it can't follow what came before.
    @inline(__always)
    package mutating func apply(_ record: LogRecord) -> Bool {
        let offset = Int(record.nonce.serial.rawValue & Self.mask)
        let second = UInt64(record.time.rawValue)
        func change(_ page: inout Page, _ counts: inout ConsumptionCounts) -> Bool {
            let entry = page.times[offset]
            let finish = entry & 0xFFFF_FFFF
            switch record.event {
            case .started:
                guard entry == 0 || second < entry >> 32 else { return false }
                page.times[offset] = second << 32 | finish
                page.agents[offset] = record.startedBy
                if entry == 0 { counts.started += 1 }
            case .finished:
                guard entry != 0 else { return false }
                if finish == 0 { counts.finished += 1 }
                if finish == 0 || second < finish { page.times[offset] = (entry & ~0xFFFF_FFFF) | second }
            case .reset:
                guard entry != 0 else { return false }
                counts.started -= 1
                if finish != 0 { counts.finished -= 1 }
                page.times[offset] = 0
            }
            return true
        }
        return change(&pages[record.nonce.serial.rawValue >> Self.bits, default: Page()], &counts)
    }

    /// The earliest of both, and what made the earlier start. Of two in the same second a known one counts.
    package mutating func merge(_ other: ConsumptionHistory) {
        other.forEachLink { serial, new in
            let old = self[serial]
            let start = min(old?.startedAt ?? new.startedAt, new.startedAt)
            let finish = [old?.finishedAt, new.finishedAt].compactMap { $0 }.min()
            if old == nil { counts.started += 1 }
            if old?.finishedAt == nil, finish != nil { counts.finished += 1 }
            let (number, offset) = (serial.rawValue >> Self.bits, Int(serial.rawValue & Self.mask))
            pages[number, default: Page()].times[offset] =
                UInt64(start.rawValue) << 32 | UInt64(finish?.rawValue ?? 0)
            let isTie = old?.startedAt == new.startedAt
            if old == nil || start < old!.startedAt || isTie && old!.startedBy < new.startedBy {
                pages[number]?.agents[offset] = new.startedBy
            }
        }
    }

    private static let bits: UInt32 = 10
    private static let mask: UInt32 = 1 << bits - 1
}
