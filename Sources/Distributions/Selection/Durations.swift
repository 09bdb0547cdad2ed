import LinkToken

/// How long something takes or lasts, as people write it: a number and a unit.
extension Duration {
    /// Reads `90d`, `12h`, `30m` or `45s`: days of 24 hours, hours, minutes, seconds. Nil for anything else.
    public init?(parsing text: some StringProtocol) {
        guard let unit = text.last, let seconds = Self.units.first(where: { $0.name == unit })?.seconds,
            case let digits = text.dropLast(), (1...9).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int64(digits)
        else { return nil }
        self = .seconds(count * seconds)
    }

    /// Its whole seconds as ``init(parsing:)`` reads them, in the largest unit that says them exactly.
    public var text: String {
        let seconds = components.seconds
        guard let unit = Self.units.first(where: { seconds != 0 && seconds % $0.seconds == 0 }) else { return "0s" }
        return "\(seconds / unit.seconds)\(unit.name)"
    }

    /// Its seconds, a fraction counted as a whole one.
    public var secondsRoundedUp: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }

    /// Its whole seconds; 136 years and more are as many as fit.
    public var wholeSeconds: UInt32 { UInt32(clamping: components.seconds) }

    private static let units: [(name: Character, seconds: Int64)] = [("d", 86400), ("h", 3600), ("m", 60), ("s", 1)]
}

extension ResumePolicy {
    /// As a person says it: a time after the start (`7d`, `12h`), `never`, or `always` until it is finished.
    public init?(_ text: String) {
        switch text.lowercased() {
        case "never": self = .never
        case "always": self = .untilFinished
        case let text:
            guard let window = Duration(parsing: text), let seconds = UInt32(exactly: window.components.seconds) else {
                return nil
            }
            self = seconds == 0 ? .never : .within(seconds: seconds)
        }
    }

    /// The text that says it.
    public var text: String {
        switch self {
        case .never: "never"
        case .within(let seconds): Duration.seconds(seconds).text
        case .untilFinished: "always"
        }
    }
}
