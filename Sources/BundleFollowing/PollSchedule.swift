/// When to poll next: a little before the interval is over, at random, so that edges that were started together don't all
/// poll together.
///
/// It is the same while polls fail. A poll that fails costs a server no more than one that succeeds, and as soon as the
/// source is back, what is published is in force within the interval again.
struct PollSchedule: Sendable {
    /// The longest time between two polls.
    let seconds: Double

    /// - Parameter chance: from 0 to 1.
    func delay(chance: Double) -> Duration { .seconds(seconds * (0.8 + 0.2 * chance)) }
}
