import Foundation
import LinkToken
import Testing

@Suite struct ValueTests {
    @Test func `times print as RFC 3339 in UTC`() {
        let formatter = ISO8601DateFormatter()
        for seconds in [0, 1, 86399, 951_782_400, 951_868_800, 1_800_000_000, 4_102_444_799, .max] as [UInt32] {
            let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
            #expect(UnixTime(rawValue: seconds).description == expected)
        }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<1000 {
            let seconds = UInt32.random(in: 0 ... .max, using: &generator)
            let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
            #expect(UnixTime(rawValue: seconds).description == expected, "\(seconds)")
        }
    }

    @Test func `the last epoch has none after it`() {
        #expect(Epoch(rawValue: .max).next == nil)
        #expect(Epoch(rawValue: .max - 1).next == Epoch(rawValue: .max))
    }

    @Test(arguments: [
        "", "0", "0000000000000000", "00000000000000001", "+000000000000001", "-000000000000001", "000000000000000g",
        "０000000000000001",
    ])
    func `what is no distribution ID is refused`(text: String) {
        #expect(DistributionID(text) == nil)
    }

    @Test func `a distribution ID reads back`() throws {
        for _ in 0..<100 {
            let id = try DistributionID.random()
            #expect(DistributionID(id.description) == id && id.description.utf8.count == 16)
        }
    }

    @Test(arguments: [
        (ResumePolicy.never, 0, false), (.within(seconds: 10), 0, true), (.within(seconds: 10), 9, true),
        (.within(seconds: 10), 10, false), (.within(seconds: .max), .max, false), (.untilFinished, .max, true),
    ])
    func `a survey may be resumed inside its window alone`(policy: ResumePolicy, later: UInt32, allowed: Bool) {
        let start = UnixTime(rawValue: 0)
        #expect(policy.allowsResuming(startedAt: start, at: start.adding(seconds: later)) == allowed)
    }

    @Test func `the last 256 serials are for testing`() {
        #expect(Serial(rawValue: 0xFFFF_FF00).isForTesting && Serial(rawValue: .max).isForTesting)
        #expect(!Serial(rawValue: 0xFFFF_FEFF).isForTesting && !Serial(rawValue: 0).isForTesting)
    }

    @Test func `a time added to is held at the end of its range`() {
        #expect(UnixTime(rawValue: .max - 1).adding(seconds: 5) == UnixTime(rawValue: .max))
    }

    @Test(arguments: ["e\u{301}", "\u{e9}"])
    func `contact IDs are bytes, not characters`(text: String) throws {
        let other = text.utf8.count == 2 ? "e\u{301}" : "\u{e9}"
        #expect(text == other, "Swift compares strings under canonical equivalence")
        #expect(try ContactID(text) != ContactID(other))
        #expect(try ContactID(text) == ContactID(text))
    }

    @Test(arguments: ["", "a\u{0}", "\u{1f}", "\u{7f}", "a\u{80}b", "\u{9f}", String(repeating: "é", count: 33)])
    func `what is no contact ID is refused`(text: String) {
        #expect(throws: ContactIDError.self) { try ContactID(text) }
    }
}
