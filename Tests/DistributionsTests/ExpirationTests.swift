import LinkToken
import Testing

@testable import Distributions

@Suite struct ExpirationTests {
    /// 2026-11-24T07:18:07Z.
    let now = UnixTime(rawValue: 1_795_504_687)

    @Test(
        "an expiration is read",
        arguments: [
            ("60d", "2027-01-23T07:18:07Z"),
            ("12h", "2026-11-24T19:18:07Z"),
            ("2027-01-31", "2027-02-01T00:00:00Z"),
            ("2028-02-29Z", "2028-03-01T00:00:00Z"),
            ("2027-01-31+01:00", "2027-01-31T23:00:00Z"),
            ("2027-01-31-05:30", "2027-02-01T05:30:00Z"),
            ("2027-01-31T18:00:00+01:00", "2027-01-31T17:00:00Z"),
            ("2027-01-31t18:00:00.25z", "2027-01-31T18:00:00Z"),
            ("2027-01-31 18:00:00-00:00", "2027-01-31T18:00:00Z"),
            ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00Z"),
            ("2106-02-07T06:28:14Z", "2106-02-07T06:28:14Z"),
        ])
    func read(text: String, expected: String) throws {
        #expect(try Expiration(text, now: now).time.description == expected)
    }

    @Test(
        "no time, a past one and one that no token can say are refused",
        arguments: [
            "", "60", "d", "-1d", "0d", "1.5d", "60 d", "2027-02-29", "2027-13-01", "2027-00-10", "27-01-31",
            "2027-01-31T18:00:00", "2027-01-31T24:00:00Z", "2027-01-31T18:00Z", "2027-01-31T18:00:00+24:00",
            "2026-11-23", "2026-11-24T07:18:07Z", "2106-02-07T06:28:15Z", "2107-01-01", "99999d", "tomorrow", "٦٠d",
        ])
    func refused(text: String) {
        #expect(throws: DistributionsError.self) { try Expiration(text, now: now) }
    }

    @Test(
        "a date whose order of day and month depends on the country is refused, and each day that it can mean is named",
        arguments: [
            ("31/01/2027", "expected 2027-01-31"),
            ("1.2.2027", "expected 2027-01-02 or 2027-02-01, whichever is meant"),
            ("03-03-2027", "expected 2027-03-03"), ("2027/1/31", "expected 2027-01-31"),
            ("31/31/2027", "expected days such as 60d"), ("1/2/27", "expected days such as 60d"),
        ])
    func ambiguous(text: String, advice: String) {
        #expect {
            try Expiration(text, now: now)
        } throws: { "\($0)".contains(advice) }
    }
}
