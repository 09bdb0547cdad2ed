/// The date and time that a number of days means (ECMA-376 part 1, 18.17.4).
struct CalendarTime {
    let year, month, day: Int
    /// 0 is Sunday.
    let weekday: Int
    let hour, minute, second: Int
    /// Seconds since the beginning of day 0.
    let elapsedSeconds: Int

    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    /// Nil for what is no date: negative days, and days after the year 9999.
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
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": civil_from_days.
        let shifted = unixDay + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}
