import Consumption
import LinkToken

/// Starts and finishes over time, in intervals of equal length.
public struct ActivityHistogram: Hashable, Sendable {
    public struct Interval: Hashable, Sendable {
        /// Its first second.
        public let start: UnixTime
        public var starts = 0
        public var finishes = 0
    }

    /// From the first event to the last, the empty ones too; none without events.
    public let intervals: [Interval]
    /// Seconds: 5 or 15 minutes, 1 or 6 hours, a day, or a whole number of weeks, which begin on Mondays.
    public let intervalLength: UInt32

    /// Counts starts and finishes in at most that many intervals.
    public init(of uses: DistributionHistory, limit: Int = 30) {
        var (first, last) = (UInt32.max, UInt32.min)
        uses.forEachLink { (_, link) in
            first = min(first, link.startedAt.rawValue, link.finishedAt?.rawValue ?? .max)
            last = max(last, link.startedAt.rawValue, link.finishedAt?.rawValue ?? .min)
        }
        guard first <= last, limit > 0 else {
            intervals = []
            intervalLength = 3600
            return
        }
        let (day, week) = (86400, 7 * 86400)
        // 1970 began on a Thursday.
        func number(_ time: UInt32, _ length: Int) -> Int { (Int(time) + (length < week ? 0 : 3 * day)) / length }
        func count(_ length: Int) -> Int { number(last, length) - number(first, length) + 1 }
        var length = [300, 900, 3600, 6 * 3600, day].first { count($0) <= limit } ?? week
        while count(length) > limit { length += week }
        let begin = number(first, length) * length - (length < week ? 0 : 3 * day)
        var intervals = (0..<count(length)).map {
            Interval(start: UnixTime(rawValue: UInt32(clamping: begin + $0 * length)))
        }
        func index(_ time: UnixTime) -> Int { number(time.rawValue, length) - number(first, length) }
        uses.forEachLink { (_, link) in
            intervals[index(link.startedAt)].starts += 1
            if let finish = link.finishedAt { intervals[index(finish)].finishes += 1 }
        }
        self.intervals = intervals
        intervalLength = UInt32(clamping: length)
    }

    /// Bars for a terminal, one line an interval: its start, a bar of finishes (`█`) and started ones beyond (`░`), and
    /// the numbers.
    public func lines(width: Int = 78) -> [String] {
        let largest = intervals.map { max($0.starts, $0.finishes) }.max() ?? 0
        let numbers = intervals.map { "\($0.starts) started, \($0.finishes) finished" }
        let room = max(10, width - 18 - (numbers.map(\.count).max() ?? 0))
        func length(_ count: Int) -> Int { count == 0 ? 0 : max(1, count * room / max(1, largest)) }
        return zip(intervals, numbers).map { interval, numbers in
            let finished = length(interval.finishes)
            let longest = max(finished, length(interval.starts))
            let bar =
                String(repeating: "█", count: finished) + String(repeating: "░", count: longest - finished)
                + String(repeating: " ", count: room - longest)
            let time = interval.start.description
            let start =
                String(time.prefix(10)) + " "
                + (intervalLength < 86400 ? String(time.dropFirst(11).prefix(5)) : "     ")
            return "\(start) \(bar) \(numbers)"
        }
    }
}
