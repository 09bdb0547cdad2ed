import Files

/// The date and time that a number of days means (ECMA-376 part 1, 18.17.4).
struct CalendarTime {
    let year, month, day: Int
    /// 0 is Sunday.
    let weekday: Int
    let hour, minute, second: Int
    /// Seconds since the beginning of day 0.
    let elapsedSeconds: Int

    static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    /// Nil for what isn't a date: negative days, and days after the year 9999.
    init?(_ days: Double, countsFrom1904: Bool) {
        guard days >= 0, days < 2_958_466 else { return nil }
        let seconds = Int((days * 86400).rounded())
        elapsedSeconds = seconds
        (hour, minute, second) = (seconds % 86400 / 3600, seconds % 3600 / 60, seconds % 60)
        let whole = seconds / 86400
        // In the calendar that begins with 1900 there is a 29 February 1900, day 60, as in Lotus 1-2-3.
        if !countsFrom1904, whole == 60 {
            (year, month, day, weekday) = (1900, 2, 29, 3)
            return
        }
        // Days since 1970-01-01: day 0 is 1904-01-01, or 1899-12-30 for all days after that one.
        let unixDay = whole + (countsFrom1904 ? -24107 : whole < 60 ? -25568 : -25569)
        weekday = ((unixDay + 4) % 7 + 7) % 7
        let date = CivilDate(daysSince1970: unixDay)
        (year, month, day) = (date.year, date.month, date.day)
    }
}
