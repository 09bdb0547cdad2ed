import LinkToken

extension ResumePolicy {
    /// As a person says it: `7d`, `12h`, `90m` or `30s` after the start, `never`, or `always` until it is finished.
    public init?(_ text: String) {
        switch text.lowercased() {
        case "never": self = .never
        case "always": self = .untilFinished
        case let text:
            guard let unit = text.last, let number = UInt32(text.dropLast()),
                let seconds: UInt32 = ["d": 86400, "h": 3600, "m": 60, "s": 1][unit],
                case (let window, let overflow) = number.multipliedReportingOverflow(by: seconds), !overflow
            else { return nil }
            self = window == 0 ? .never : .within(seconds: window)
        }
    }

    /// The text that says it.
    public var text: String {
        switch self {
        case .never: "never"
        case .within(let seconds) where seconds % 86400 == 0: "\(seconds / 86400)d"
        case .within(let seconds) where seconds % 3600 == 0: "\(seconds / 3600)h"
        case .within(let seconds) where seconds % 60 == 0: "\(seconds / 60)m"
        case .within(let seconds): "\(seconds)s"
        case .untilFinished: "always"
        }
    }
}
