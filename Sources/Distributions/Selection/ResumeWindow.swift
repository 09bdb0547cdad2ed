import LinkToken

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
