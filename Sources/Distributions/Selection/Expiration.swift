import Files
import LinkToken

/// When links expire, as a person enters it.
///
/// - `60d`, `12h`: that long from now (`Duration.init(parsing:)`).
/// - `2027-01-31`: the end of that day in UTC, so the link still works on it; with an offset (`2027-01-31+01:00`,
///   `2027-01-31Z`), the end of that day there.
/// - `2027-01-31T18:00:00+01:00`: that moment (RFC 3339).
///
/// Dates such as `01/02/2027` mean different days in different countries, so they are refused.
public struct Expiration: Hashable, Sendable {
    public let time: UnixTime

    /// 60 days.
    public static let standard = "60d"

    /// - Throws: ``DistributionsError/invalid(what:value:expected:)`` for any other text, for a time in the past, and for
    ///   2106-02-07T06:28:15Z and later, which a token can't express.
    public init(_ text: String, now: UnixTime) throws(DistributionsError) {
        let length = Duration(parsing: text)?.components.seconds
        guard let seconds = length.map({ Int64(now.rawValue) + $0 }) ?? EnteredTime.seconds(text)?.upperBound else {
            throw .invalid(
                what: "expiration", value: text,
                expected: EnteredTime.days(meantBy: text)
                    ?? "days such as 60d, hours such as 12h, a date such as 2027-01-31,"
                    + " or a time with its zone such as 2027-01-31T18:00:00+01:00")
        }
        guard seconds > Int64(now.rawValue) else {
            throw .invalid(what: "expiration", value: text, expected: "a time later than now, \(now)")
        }
        guard let value = UInt32(exactly: seconds), value < .max else {
            throw .invalid(what: "expiration", value: text, expected: "a time before \(UnixTime(rawValue: .max))")
        }
        time = UnixTime(rawValue: value)
    }
}

/// A day or a moment, as a person enters it.
///
/// - `2027-01-31`: that day in UTC; with an offset (`2027-01-31+01:00`, `2027-01-31Z`), that day there.
/// - `2027-01-31T18:00:00+01:00`: that moment (RFC 3339).
public struct EnteredTime: Hashable, Sendable {
    /// When the day begins, or the moment.
    public let start: UnixTime
    /// When the day is over, or the moment.
    public let end: UnixTime

    /// - Throws: ``DistributionsError/invalid(what:value:expected:)`` for any other text.
    public init(_ text: String) throws(DistributionsError) {
        guard let seconds = Self.seconds(text) else {
            throw .invalid(
                what: "time", value: text,
                expected: Self.days(meantBy: text)
                    ?? "a date such as 2027-01-31, or a time with its zone such as 2027-01-31T18:00:00+01:00")
        }
        start = UnixTime(rawValue: UInt32(clamping: seconds.lowerBound))
        end = UnixTime(rawValue: UInt32(clamping: seconds.upperBound))
    }

    /// Seconds since 1970: those of the day, or none that begin at the moment.
    fileprivate static func seconds(_ text: String) -> Range<Int64>? {
        var rest = Substring(text)
        guard let year = take(&rest, 4), skip(&rest, "-"), let month = take(&rest, 2), skip(&rest, "-"),
            let day = take(&rest, 2), let date = CivilDate(year: Int(year), month: Int(month), day: Int(day))
        else { return nil }
        let days = Int64(date.daysSince1970)
        guard let mark = rest.first, "Tt ".contains(mark) else {
            guard let offset = rest.isEmpty ? 0 : offset(&rest), rest.isEmpty else { return nil }
            let start = days * 86400 - offset
            return start..<start + 86400
        }
        rest.removeFirst()
        guard let hour = take(&rest, 2), hour < 24, skip(&rest, ":"), let minute = take(&rest, 2), minute < 60,
            skip(&rest, ":"), let second = take(&rest, 2), second <= 60
        else { return nil }
        if skip(&rest, ".") {
            let fraction = rest.prefix { $0.isASCII && $0.isNumber }
            guard !fraction.isEmpty else { return nil }
            rest = rest[fraction.endIndex...]
        }
        guard let offset = offset(&rest), rest.isEmpty else { return nil }
        let moment = days * 86400 + hour * 3600 + minute * 60 + second - offset
        return moment..<moment
    }

    /// How to write the day, or each of the days, that a date in another notation can mean: `31/01/2027`, `1.2.2027`.
    fileprivate static func days(meantBy text: String) -> String? {
        let parts = text.split(omittingEmptySubsequences: false) { "/.-".contains($0) }
        let numbers = parts.compactMap { digits($0).map(Int.init) }
        guard parts.count == 3, numbers.count == 3, parts.allSatisfy({ (1...4).contains($0.count) }) else { return nil }
        let (first, second, third) = (numbers[0], numbers[1], numbers[2])
        let readings =
            parts[0].count == 4
            ? [(first, second, third)] : parts[2].count == 4 ? [(third, second, first), (third, first, second)] : []
        let days = Set(
            readings.compactMap { (year, month, day) in
                CivilDate(year: year, month: month, day: day).map { _ in
                    "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
                }
            }
        ).sorted()
        return days.isEmpty ? nil : days.joined(separator: " or ") + (days.count > 1 ? ", whichever is meant" : "")
    }

    /// `Z` or `+hh:mm`, in seconds east of UTC.
    private static func offset(_ rest: inout Substring) -> Int64? {
        if skip(&rest, "Z") || skip(&rest, "z") { return 0 }
        let isEast = skip(&rest, "+")
        guard isEast || skip(&rest, "-"), let hours = take(&rest, 2), hours < 24, skip(&rest, ":"),
            let minutes = take(&rest, 2), minutes < 60
        else { return nil }
        return (hours * 3600 + minutes * 60) * (isEast ? 1 : -1)
    }

    private static func take(_ rest: inout Substring, _ count: Int) -> Int64? {
        let part = rest.prefix(count)
        guard part.count == count, let value = digits(part) else { return nil }
        rest = rest[part.endIndex...]
        return value
    }

    private static func skip(_ rest: inout Substring, _ character: Character) -> Bool {
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }

    private static func digits(_ text: Substring) -> Int64? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(text) : nil
    }
}
