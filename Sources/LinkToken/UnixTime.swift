import Files
import Glibc

/// A time in whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX.1-2017 §4.16).
///
/// Unsigned 32 bits, as in the token: it ends in the year 2106. linkseal's values take the time from outside.
public struct UnixTime: RawRepresentable, Hashable, Comparable, Sendable {
    /// Seconds since the epoch.
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public static func < (lhs: UnixTime, rhs: UnixTime) -> Bool { lhs.rawValue < rhs.rawValue }

    /// The time that many seconds later, held at the end of the range instead of wrapping.
    public func adding(seconds: UInt32) -> UnixTime {
        let (sum, overflow) = rawValue.addingReportingOverflow(seconds)
        return UnixTime(rawValue: overflow ? .max : sum)
    }
}

extension UnixTime {
    /// What this machine's clock shows (`CLOCK_REALTIME`), for programs. Nothing in this module asks it.
    public static var now: UnixTime { UnixTime(rawValue: UInt32(clamping: time(nil))) }
}

extension UnixTime: CustomStringConvertible {
    /// RFC 3339 in UTC, to the second: `2026-11-24T07:08:09Z`.
    public var description: String {
        let date = CivilDate(daysSince1970: Int(rawValue / 86400))
        let second = rawValue % 86400

        return String(unsafeUninitializedCapacity: 20) { (text) in
            var count = 0
            func append(_ byte: UInt8) {
                text[count] = byte
                count += 1
            }
            func append(_ pair: Int, _ mark: Unicode.Scalar?) {
                append(UInt8(ascii: "0") + UInt8(pair / 10))
                append(UInt8(ascii: "0") + UInt8(pair % 10))
                if let mark { append(UInt8(ascii: mark)) }
            }
            // Years have four digits until 2106, where 32 bits end.
            append(date.year / 100, nil)
            append(date.year % 100, "-")
            append(date.month, "-")
            append(date.day, "T")
            append(Int(second / 3600), ":")
            append(Int(second / 60 % 60), ":")
            append(Int(second % 60), "Z")
            return count
        }
    }
}

extension UnixTime: Codable {
    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(UInt32.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
