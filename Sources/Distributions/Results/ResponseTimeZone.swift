import FoundationEssentials
import FoundationInternationalization
import LinkToken

/// The clock that times are read from: those of an export, or those that a mail prints.
public struct ResponseTimeZone: Sendable {
    private let offsetAt: @Sendable (Int64) -> Int

    public static let utc = ResponseTimeZone(offset: 0)

    /// - Parameter offset: seconds that the clock is ahead of UTC.
    public init(offset: Int) {
        offsetAt = { (_) in offset }
    }

    /// - Parameter offsetAt: how many seconds the clock is ahead of UTC at a time, in seconds since 1970.
    public init(offsetAt: @escaping @Sendable (Int64) -> Int) {
        self.offsetAt = offsetAt
    }

    /// A zone by the name that the tz database has for it, such as `Europe/Berlin`, or as an offset such as `+02:00`.
    public init?(named name: String) {
        if ["UTC", "GMT", "Z"].contains(name.uppercased()) {
            self = .utc
        } else if let match = name.wholeMatch(of: /([+-])(\d\d):?(\d\d)?/), let hours = Int(match.2), hours <= 18,
            case let minutes = match.3.flatMap({ Int($0) }) ?? 0, minutes < 60
        {
            let seconds = hours * 3600 + minutes * 60
            self.init(offset: match.1 == "-" ? -seconds : seconds)
        } else if name.contains("/"), let named = TimeZone(identifier: name) {
            // An abbreviation such as CST is the name of several zones, so only the long names count.
            self.init { named.secondsFromGMT(for: Date(timeIntervalSince1970: Double($0))) }
        } else {
            return nil
        }
    }

    /// How many seconds the clock is ahead of UTC at a time in seconds since 1970.
    func offset(at time: Int64) -> Int { offsetAt(time) }

    /// When the clock shows that, in seconds since 1970 and in order. It does so twice in the hour that is repeated when
    /// summer time ends. In the hour that is left out when it begins, the clock was not put forward yet.
    func times(showing local: Int64) -> [Int64] {
        let offsets = Set([offsetAt(local - 86400), offsetAt(local + 86400)])
        let times = offsets.map { local - Int64($0) }.filter { Int64(offsetAt($0)) == local - $0 }
        return times.isEmpty ? [local - Int64(offsetAt(local - 86400))] : times.sorted()
    }
}
