import ArgumentParser
import Distributions

/// How long something takes or lasts, as ``Swift/Duration/init(parsing:)`` reads it.
struct DurationArgument: ExpressibleByArgument {
    let duration: Duration

    init(seconds: UInt32) {
        duration = .seconds(seconds)
    }

    init?(argument: String) {
        guard let duration = Duration(parsing: argument) else { return nil }
        self.duration = duration
    }

    var defaultValueDescription: String { duration.text }

    /// As many as a time can be put off by.
    var seconds: UInt32 { duration.wholeSeconds }
}
