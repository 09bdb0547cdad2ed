import Files
import LinkToken

/// How the expiration of a link is printed in a mail: a pattern, and the clock that it is read from.
///
/// ```swift
/// options.printedExpiration = PrintedDate("%-d %B %Y", in: .utc) // 31 January 2027
/// ```
///
/// Links that expire at the end of a day expire when the next one begins. So a pattern without a time of day prints the
/// last day on which the link works; one with it prints the moment itself.
public struct PrintedDate: Sendable {
    private enum Piece: Sendable {
        case text(String)
        case field(Character, isPadded: Bool)
    }

    private let pieces: [Piece]
    private let zone: ResponseTimeZone

    /// The styles that have names, and their patterns.
    public static let styles = [
        ("iso", "%Y-%m-%d"), ("german", "%d.%m.%Y"), ("british", "%d/%m/%Y"), ("us", "%m/%d/%Y"),
        ("long", "%-d %B %Y"), ("us-long", "%B %-d, %Y"),
    ]

    /// - Parameters:
    ///   - format: the name of a style, or a pattern as in strftime(3) with `%Y`, `%m`, `%d`, `%B` (the month in English),
    ///     `%H`, `%I`, `%M`, `%p` and `%%`. `%-d` is a day without a leading zero.
    ///   - zone: the time zone of the printed dates.
    /// - Returns: nil for any other format, and for a pattern without any field.
    public init?(_ format: String, in zone: ResponseTimeZone) {
        let pattern = Self.styles.first { $0.0 == format }?.1 ?? format
        var pieces: [Piece] = []
        var hasField = false
        var rest = pattern[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                guard !character.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
                    return nil
                }
                pieces.append(.text(String(character)))
                continue
            }
            let isPadded = rest.first != "-"
            if !isPadded { rest.removeFirst() }
            switch rest.popFirst() {
            case "%" where isPadded: pieces.append(.text("%"))
            case let field? where (isPadded ? "YmdBHIMp" : "mdHI").contains(field):
                pieces.append(.field(field, isPadded: isPadded))
                hasField = true
            default: return nil
            }
        }
        guard hasField else { return nil }
        self.pieces = pieces
        self.zone = zone
    }

    func text(of expiration: UnixTime) -> String {
        let hasTime = pieces.contains { if case .field(let field, _) = $0 { "HIMp".contains(field) } else { false } }
        let moment = Int64(expiration.rawValue) - (hasTime ? 0 : 1)
        let local = Int(UInt32(clamping: moment + Int64(zone.offset(at: moment))))
        let date = CivilDate(daysSince1970: local / 86400)
        let (hour, minute) = (local % 86400 / 3600, local % 3600 / 60)
        return pieces.map { (piece) in
            guard case .field(let field, let isPadded) = piece else {
                if case .text(let text) = piece { return text }
                return ""
            }
            func number(_ value: Int) -> String { isPadded && value < 10 ? "0\(value)" : "\(value)" }
            return switch field {
            case "Y": String(date.year)
            case "m": number(date.month)
            case "d": number(date.day)
            case "B": CivilDate.monthNames[date.month - 1]
            case "H": number(hour)
            case "I": number((hour + 11) % 12 + 1)
            case "M": number(minute)
            default: hour < 12 ? "AM" : "PM"
            }
        }.joined()
    }
}
