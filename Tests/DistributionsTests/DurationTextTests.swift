import Distributions
import LinkToken
import Testing

@Suite struct DurationTextTests {
    @Test(
        arguments: [
            ("0s", 0), ("45s", 45), ("30m", 1800), ("12h", 43200), ("90d", 90 * 86400),
            ("999999999d", 999_999_999 * 86400),
        ] as [(String, Int64)])
    func `a length of time is read, and written as it was`(text: String, seconds: Int64) {
        #expect(Duration(parsing: text) == .seconds(seconds))
        #expect(Duration.seconds(seconds).text == text)
    }

    @Test(arguments: [
        "", "d", "5", "-5d", "+5d", "1.5d", "5 d", "5w", "5D", "9999999999s", "never", "always", "\u{0665}d",
    ])
    func `anything else is none`(text: String) {
        #expect(Duration(parsing: text) == nil)
    }

    @Test func `it is written in the largest unit that is exact`() {
        #expect(Duration.seconds(3600).text == "1h" && Duration.seconds(5400).text == "90m")
        #expect(Duration.seconds(86401).text == "86401s")
    }

    @Test func `more seconds than a time has are as many as fit`() {
        #expect(Duration.seconds(UInt32.max).wholeSeconds == .max && Duration.seconds(1 << 40).wholeSeconds == .max)
        #expect(Duration.milliseconds(1999).wholeSeconds == 1)
    }

    @Test(arguments: [
        ("never", ResumePolicy.never), ("0d", .never), ("Always", .untilFinished), ("7d", .standard),
        ("90m", .within(seconds: 5400)),
    ])
    func `how long people may come back is a length of time, or none, or without end`(
        text: String, policy: ResumePolicy
    ) {
        #expect(ResumePolicy(text) == policy)
    }

    @Test(arguments: ["", "7", "49711d", "sometimes"])
    func `no such time is refused`(text: String) {
        #expect(ResumePolicy(text) == nil)
    }
}
