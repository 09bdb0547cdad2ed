import LinkToken

/// Times as elements that the script shows by the reader's clock. Without scripts they are in UTC and say so.
extension UnixTime {
    /// A moment: `2026-11-24 07:18 UTC`.
    var element: String { element(short, "moment") }

    /// The day of a moment: `2026-11-24 UTC`.
    var dayElement: String { element(day, "day") }

    /// The end of a time, which is the first second after it. At midnight it is the end of the day before:
    /// `2026-11-23 24:00 UTC`.
    var endElement: String {
        element(rawValue % 86400 == 0 ? lastSecond.description.prefix(10) + " 24:00 UTC" : short, "end")
    }

    /// The last day of a time that ends then.
    var endDayElement: String { element(lastSecond.day, "end-day") }

    private var lastSecond: UnixTime { UnixTime(rawValue: rawValue == 0 ? 0 : rawValue - 1) }

    private func element(_ text: some StringProtocol, _ kind: String) -> String {
        let exact = description.replacing("T", with: " ").replacing("Z", with: " UTC")
        return "<time datetime=\"\(self)\" title=\"\(exact)\" data-time=\"\(kind)\">\(text)</time>"
    }
}
