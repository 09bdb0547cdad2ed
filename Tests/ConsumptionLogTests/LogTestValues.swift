import Consumption
import ConsumptionLog
import LinkToken
import TestSupport

extension TemporaryDirectory {
    var log: String { path("consumption.log") }
}

extension DistributionID {
    static let first = DistributionID(rawValue: 0xA1)!
    static let second = DistributionID(rawValue: 0xB2)!
}

extension Nonce {
    init(_ serial: UInt32) {
        self.init(.first, serial)
    }

    init(_ distribution: DistributionID, _ serial: UInt32) {
        self.init(distribution: distribution, serial: Serial(rawValue: serial))
    }
}

extension UnixTime {
    /// Seconds after 2026-01-01T00:00:00Z.
    static func second(_ seconds: UInt32) -> UnixTime { UnixTime(rawValue: 1_767_225_600 + seconds) }
}

extension StartTerms {
    static let standard = StartTerms(mayBegin: true, resume: .standard)
    static let expired = StartTerms(mayBegin: false, resume: .standard)
}

extension DistributionHistory {
    /// What several logs know together.
    static func read(_ distribution: DistributionID, from paths: [String]) throws -> DistributionHistory {
        var merged = DistributionHistory()
        for path in paths {
            let histories = try LogReader(path: path).histories(of: [distribution])
            if let history = histories.distributions[distribution] { merged.merge(history) }
        }
        return merged
    }
}
