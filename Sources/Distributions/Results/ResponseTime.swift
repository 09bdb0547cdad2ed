import Files

/// A date and a time of day as survey tools write them, for the clock of some place.
///
/// ```swift
/// let time = ResponseTime("1/2/2027 14:05:09")!
/// time[.monthFirst]    // on January 2nd
/// time[.dayFirst]      // on February 1st
/// ```
///
/// It reads ISO 8601 with or without an offset, `2027-01-31 14:05:09`, `1/31/2027 2:05:09 PM`, `31.01.2027 14:05`,
/// `2027/1/31 2:05:09 PM GMT+1` and `Jan 31, 2027 2:05:09 PM`. Years of two digits are of this century. Fractions of a
/// second are cut off.
public struct ResponseTime: Hashable, Sendable {
    /// Which of two numbers is the month.
    public enum DateOrder: String, Hashable, Sendable, CaseIterable {
        case monthFirst = "mdy"
        case dayFirst = "dmy"
    }

    // Small, since there may be millions.
    private let monthFirst: UInt32?
    private let dayFirst: UInt32?
    private let clockOffset: Int32?

    /// Seconds that the clock is ahead of UTC, if the text says so.
    public var offset: Int? { clockOffset.map { Int($0) } }

    /// The seconds since 1970-01-01 00:00:00 on that clock, if the date was written in that order. Nil if there is no such
    /// date.
    public subscript(order: DateOrder) -> Int64? {
        (order == .monthFirst ? monthFirst : dayFirst).map { Int64($0) }
    }

    /// Nil unless the text is a date with a time of day.
    public init?(_ text: String) {
        var scanner = TimeScanner(text)
        guard let date = scanner.date(), scanner.skipBetweenDateAndTime(), let second = scanner.timeOfDay(),
            let zone = scanner.zone()
        else { return nil }
        monthFirst = date.monthFirst.map { $0 * 86400 + second }
        dayFirst = date.dayFirst.map { $0 * 86400 + second }
        clockOffset = zone.offset
    }

    /// The one order in which it is a date that passes the test. Nil if both do, or none.
    func onlyOrder(where isPossible: (Int64) -> Bool = { (_) in true }) -> DateOrder? {
        let possible = DateOrder.allCases.filter { self[$0].map(isPossible) ?? false }
        return possible.count == 1 ? possible[0] : nil
    }

    /// Whether it is another date in the other order.
    var dependsOnOrder: Bool { monthFirst != dayFirst }
}

/// Days since 1970-01-01, by the order in which the date may be written. Nil where there is no such date.
private struct DateReadings {
    var monthFirst, dayFirst: UInt32?

    init?(_ monthFirst: UInt32?, _ dayFirst: UInt32?) {
        guard monthFirst != nil || dayFirst != nil else { return nil }
        (self.monthFirst, self.dayFirst) = (monthFirst, dayFirst)
    }

    /// A date that says itself which number is what.
    init?(_ days: UInt32?) { self.init(days, days) }
}

/// Reads a text from its beginning to its end, byte by byte: an export may have millions.
private struct TimeScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        // Unicode puts a narrow space before AM and PM, and Excel a no-break one.
        let plain = text.lowercased().unicodeScalars.map { $0.properties.isWhitespace ? " " : $0 }
        bytes = Array(String(String.UnicodeScalarView(plain)).utf8)
        skipSpaces()
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }
    private var isAtEnd: Bool { position == bytes.count }

    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpaces() { while take(" ") {} }

    private mutating func number(digits: ClosedRange<Int>) -> (value: Int, digits: Int)? {
        var (value, count) = (0, 0)
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), count < 10 {
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
            count += 1
            position += 1
        }
        return digits.contains(count) ? (value, count) : nil
    }

    private mutating func word() -> String {
        let start = position
        while let byte = next, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    // MARK: Dates

    mutating func date() -> DateReadings? {
        if let byte = next, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) { return dateWithMonthFirst() }
        guard let first = number(digits: 1...4), first.digits != 3 else { return nil }
        if first.digits == 4 {
            // ISO 8601, and the same with slashes or full stops.
            guard let separator = separator(), let month = number(digits: 1...2)?.value, take(separator),
                let day = number(digits: 1...2)?.value
            else { return nil }
            return DateReadings(Self.days(first.value, month, day))
        }
        if let byte = next, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "-") {
            let start = position
            position += 1
            if let month = Self.month(word()) {
                _ = take(".")
                guard take("-") || take(" ") || take(","), let year = year() else { return nil }
                return DateReadings(Self.days(year, month, first.value))
            }
            position = start
        }
        guard let separator = separator(), let second = number(digits: 1...2)?.value, take(separator),
            let year = year()
        else { return nil }
        let dayFirst = Self.days(year, second, first.value)
        // Nobody puts full stops after a month.
        if separator == ".", dayFirst != nil { return DateReadings(dayFirst) }
        return DateReadings(Self.days(year, first.value, second), dayFirst)
    }

    /// "Jan 31, 2027".
    private mutating func dateWithMonthFirst() -> DateReadings? {
        guard let month = Self.month(word()) else { return nil }
        _ = take(".")
        skipSpaces()
        guard let day = number(digits: 1...2)?.value, take(",") || take(" ") else { return nil }
        skipSpaces()
        return year().flatMap { DateReadings(Self.days($0, month, day)) }
    }

    private mutating func separator() -> Unicode.Scalar? {
        let separators: [Unicode.Scalar] = ["-", "/", "."]
        return separators.first { take($0) }
    }

    private mutating func year() -> Int? {
        guard let year = number(digits: 2...4), year.digits != 3 else { return nil }
        return year.digits == 2 ? 2000 + year.value : year.value
    }

    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// Of an English name, whole or cut short.
    private static func month(_ word: String) -> Int? {
        months.firstIndex { word.count >= 3 && word.hasPrefix($0) }.map { $0 + 1 }
    }

    /// Days since 1970-01-01. Nil for a date that isn't one.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> UInt32? {
        // 32 bits of seconds end in 2106.
        guard (1970...2105).contains(year) else { return nil }
        return CivilDate(year: year, month: month, day: day).map { UInt32($0.daysSince1970) }
    }

    // MARK: Times

    mutating func skipBetweenDateAndTime() -> Bool {
        if take("t") { return true }
        let start = position
        _ = take(",")
        skipSpaces()
        return position > start
    }

    /// Seconds since midnight.
    mutating func timeOfDay() -> UInt32? {
        guard var hour = number(digits: 1...2)?.value, take(":"), let minute = number(digits: 2...2)?.value else {
            return nil
        }
        var second = 0
        if take(":") {
            guard let value = number(digits: 2...2)?.value else { return nil }
            second = value
            if take(".") || take(",") {
                guard number(digits: 1...10) != nil else { return nil }
            }
        }
        let start = position
        skipSpaces()
        switch half() {
        case true?: if hour < 12 { hour += 12 }
        case false?:
            guard hour <= 12 else { return nil }
            hour %= 12
        case nil: position = start
        }
        // A leap second is the last one of its minute.
        guard hour < 24, minute < 60, second <= 60 else { return nil }
        return UInt32(hour * 3600 + minute * 60 + min(second, 59))
    }

    /// Whether "PM" or "a.m." follows, the first being true.
    private mutating func half() -> Bool? {
        let start = position
        guard let first = next, take("a") || take("p") else { return nil }
        let isDotted = take(".")
        guard take("m"), !isDotted || take("."), next == nil || next == UInt8(ascii: " ") else {
            position = start
            return nil
        }
        return first == UInt8(ascii: "p")
    }

    // MARK: Zones

    struct Zone {
        /// Nil where no zone is named.
        let offset: Int32?
    }

    /// What the rest of the text says of the zone. Nil if it says something else.
    mutating func zone() -> Zone? {
        skipSpaces()
        let isInParentheses = take("(")
        let name = word()
        var offset: Int32?
        switch name {
        case "z", "utc", "gmt": offset = 0
        case "": break
        // An abbreviation such as CET, which many places share, says nothing.
        default: guard (2...5).contains(name.count) else { return nil }
        }
        if name.isEmpty || name == "utc" || name == "gmt", let sign = next, take("+") || take("-") {
            guard let hours = number(digits: 1...4) else { return nil }
            // As in +01, +1, +0130 and +1:30.
            let hour = hours.digits > 2 ? hours.value / 100 : hours.value
            var minute = hours.digits > 2 ? hours.value % 100 : 0
            if hours.digits <= 2, take(":") {
                guard let value = number(digits: 2...2)?.value else { return nil }
                minute = value
            }
            guard hour <= 18, minute < 60 else { return nil }
            let seconds = Int32(hour * 3600 + minute * 60)
            offset = sign == UInt8(ascii: "-") ? -seconds : seconds
        }
        if isInParentheses, !take(")") { return nil }
        skipSpaces()
        return isAtEnd ? Zone(offset: offset) : nil
    }
}
