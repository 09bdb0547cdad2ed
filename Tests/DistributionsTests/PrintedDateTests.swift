import LinkToken
import Testing

@testable import Distributions

@Suite struct PrintedDateTests {
    /// 2027-02-01T00:00:00Z: what `--expires 2027-01-31` means.
    static let endOfJanuary = UnixTime(rawValue: 1_801_440_000)

    @Test(
        arguments: [
            ("iso", "2027-01-31"), ("german", "31.01.2027"), ("british", "31/01/2027"), ("us", "01/31/2027"),
            ("long", "31 January 2027"), ("us-long", "January 31, 2027"), ("bis %-d.%-m.%Y", "bis 31.1.2027"),
            ("%d.%m.%Y, %H:%M", "01.02.2027, 00:00"), ("%I:%M %p, 100 %%", "12:00 AM, 100 %"),
        ])
    func `a day is the last on which the link works, and a time of day is exact`(format: String, text: String) throws {
        #expect(try #require(PrintedDate(format, in: .utc)).text(of: Self.endOfJanuary) == text)
    }

    @Test func `it is read from the clock of the time zone`() throws {
        let berlin = ResponseTimeZone { $0 < 1_801_000_000 ? 7200 : 3600 }
        let format = "%d.%m.%Y %-H:%M"
        #expect(try #require(PrintedDate(format, in: berlin)).text(of: Self.endOfJanuary) == "01.02.2027 1:00")
        #expect(try #require(PrintedDate("iso", in: berlin)).text(of: Self.endOfJanuary) == "2027-02-01")
        let earlier = UnixTime(rawValue: 1_800_000_000)
        #expect(try #require(PrintedDate("%H:%M", in: berlin)).text(of: earlier) == "10:00")
        let west = ResponseTimeZone(offset: -5 * 3600)
        #expect(try #require(PrintedDate("iso", in: west)).text(of: Self.endOfJanuary) == "2027-01-31")
    }

    @Test(arguments: ["", "short", "%", "%q", "%-Y", "%d.%", "%d\n%m"])
    func `what is no pattern is refused`(format: String) {
        #expect(PrintedDate(format, in: .utc) == nil)
    }

    @Test func `the column stands beside the exact one, and only if it is asked for`() throws {
        var layout = SpreadsheetLayout()
        func headings() throws -> [String] {
            try layout.columns(embeddedNames: [], contactFields: []).map(\.heading)
        }
        #expect(try headings().last == "Link Expiration")
        layout.columns = ["Link", "Link Expires"]
        #expect(throws: DistributionsError.self) { try headings() }
        layout.printedExpiration = PrintedDate("long", in: .utc)
        #expect(try headings() == ["Link", "Link Expires"])
        layout.columns = nil
        #expect(try headings().suffix(2) == ["Link Expiration", "Link Expires"])
    }
}
