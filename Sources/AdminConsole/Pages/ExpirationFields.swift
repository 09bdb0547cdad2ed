import Distributions
import LinkToken

/// When links shall expire, as the fields of a form say it. The template `expiration` draws them.
///
/// | field | what it says |
/// | --- | --- |
/// | `expires-kind` | `in` for a time from now, `at` for a date, `now` where the form offers that |
/// | `expires-number`, `expires-unit` | how many days (`d`) or hours (`h`) from now |
/// | `expires-at` | the date and time by the reader's clock, as `datetime-local` has it; a date alone means its end |
/// | `expires-zone` | how many minutes that clock is ahead of UTC then; empty for UTC. The script fills it in |
///
/// Links to a form can say it in one field instead, `expires`, as `Expiration` reads it: `60d` or `2027-01-31`.
struct ExpirationFields: Sendable {
    enum Kind: String, Sendable {
        case now
        case after = "in"
        case at
    }

    private(set) var kind = Kind.after
    private(set) var number = "60"
    private(set) var unit: Character = "d"
    private(set) var at = ""
    private(set) var zone = ""

    init(_ form: FormFields) {
        guard let kind = Kind(rawValue: form["expires-kind"]) else {
            let text = form["expires"].trimmed
            take(text.isEmpty ? Expiration.standard : text)
            return
        }
        self.kind = kind
        number = form["expires-number"].trimmed
        if form["expires-unit"] == "h" { unit = "h" }
        at = form["expires-at"].trimmed
        zone = form["expires-zone"].trimmed
    }

    /// A form that has a time in it.
    init(at time: UnixTime) {
        kind = .at
        at = String(time.description.prefix(16))
    }

    private mutating func take(_ text: String) {
        if text == Kind.now.rawValue {
            kind = .now
        } else if let last = text.last, last == "d" || last == "h", Duration(parsing: text) != nil {
            (number, unit) = (String(text.dropLast()), last)
        } else {
            (kind, at) = (.at, text)
        }
    }

    /// - Throws: `DistributionsError.invalid(what:value:expected:)` for what can't be read, and for a time in the past.
    func time(at now: UnixTime) throws(DistributionsError) -> UnixTime {
        switch kind {
        case .now: return now
        case .after:
            guard Int(number).map({ $0 > 0 }) == true else {
                throw .invalid(what: "expiration", value: number, expected: "a number of days or hours from 1")
            }
            return try Expiration(number + String(unit), now: now).time
        case .at:
            guard !at.isEmpty else {
                throw .invalid(what: "expiration", value: at, expected: "a date and a time")
            }
            return try Expiration(at + missingEnd, now: now).time
        }
    }

    /// What the text of a browser's date and time picker lacks to be a moment, or the day of a place.
    private var missingEnd: String {
        let hasOnlyNumbers = at.utf8.allSatisfy { (0x30...0x39).contains($0) || "-:T".utf8.contains($0) }
        guard hasOnlyNumbers else { return "" }
        return switch at.utf8.count {
        case 10: offset
        case 16: ":00" + offset
        case 19: offset
        default: ""
        }
    }

    /// `+02:00`.
    private var offset: String {
        guard let minutes = Int(zone), (-1439...1439).contains(minutes) else { return "Z" }
        func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let size = abs(minutes)
        return (minutes < 0 ? "-" : "+") + twoDigits(size / 60) + ":" + twoDigits(size % 60)
    }

    /// What the template shows.
    ///
    /// - Parameters:
    ///   - legend: what the fields are about.
    ///   - offersNow: whether links can be ended at once.
    ///   - problem: why what they say can't be used.
    func fields(legend: String = "Expiration", offersNow: Bool = false, problem: String? = nil, at now: UnixTime)
        -> [String: Any]
    {
        // The script shows the moment by the reader's clock, whatever the clock was by which it was typed.
        let moment = kind == .at ? try? time(at: now) : nil
        return [
            "legend": legend, "offersNow": offersNow, "isNow": kind == .now, "isIn": kind == .after,
            "isAt": kind == .at, "number": number, "isDays": unit == "d", "isHours": unit == "h",
            "at": moment.map { String($0.description.prefix(16)) } ?? at, "zone": "",
            "moment": moment?.description ?? "", "hasMoment": moment != nil,
            "hasProblem": problem != nil, "problem": problem.map(ConsoleService.sentence) ?? "",
        ]
    }
}
