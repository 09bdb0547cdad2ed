import Synchronization

/// Counts events by their reason, and says which of them to log: the first, second, fourth, eighth… An operator notices,
/// and a flood fills no disk.
final class EventCounter<Reason>: Sendable
where Reason: CaseIterable & Hashable & RawRepresentable<String> & Sendable {
    private let counts = Mutex<[Reason: Int]>([:])

    /// - Returns: how many there were, if this one is to be logged.
    func countToLog(_ reason: Reason) -> Int? {
        let count = counts.withLock {
            $0[reason, default: 0] += 1
            return $0[reason, default: 0]
        }
        return count & (count - 1) == 0 ? count : nil
    }

    var report: Server.Report.Counts {
        let counts = counts.withLock { $0 }
        return Reason.allCases.map { ($0.rawValue, counts[$0, default: 0]) }
    }
}
