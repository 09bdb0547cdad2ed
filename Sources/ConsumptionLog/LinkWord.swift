import Consumption
import LinkToken

/// What serving needs of a link's history, in 32 bits: zero when unused, else its start second and whether it was finished.
///
/// The upper 31 bits count seconds from the end of 2019, so that zero is free for "unused"; the lowest says finished.
package struct LinkWord: Hashable, Sendable {
    private(set) var rawValue: UInt32

    init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// - Precondition: the time of the start is recordable.
    @inline(__always)
    init(_ history: LinkHistory?) {
        guard let history else {
            rawValue = 0
            return
        }
        precondition(history.startedAt.isRecordable)
        let seconds = history.startedAt.rawValue - UnixTime.earliestRecordable.rawValue + 1
        rawValue = seconds << 1 | (history.finishedAt == nil ? 0 : 1)
    }

    /// The history without what the word does not hold: what started the survey is unknown, and a survey that was finished
    /// is said to have been finished at the earliest possible time.
    @inline(__always)
    var history: LinkHistory? {
        if rawValue == 0 { return nil }
        let start = UnixTime(rawValue: (rawValue >> 1) - 1 + UnixTime.earliestRecordable.rawValue)
        return LinkHistory(startedAt: start, finishedAt: rawValue & 1 == 0 ? nil : .earliestRecordable)
    }

    var state: LinkState { history?.state ?? .unused }
}
