import Foundation
import LinkToken
import Testing

@testable import Distributions

@Suite struct ResponseTimeTests {
    /// What the text says: the two readings as they look on the clock, and the offset.
    private func reading(_ text: String) -> String {
        guard let time = ResponseTime(text) else { return "-" }
        func clock(_ order: ResponseTime.DateOrder) -> String {
            time[order].map {
                String(UnixTime(rawValue: UInt32($0)).description.dropLast()).replacing("T", with: " ")
            } ?? "none"
        }
        let clocks = [clock(.monthFirst), clock(.dayFirst)]
        let date = clocks[0] == clocks[1] ? clocks[0] : clocks.joined(separator: " | ")
        return date + (time.offset.map { " \($0 >= 0 ? "+" : "")\($0)" } ?? "")
    }

    @Test(
        "times are read as survey tools write them",
        arguments: [
            // ISO 8601, RFC 3339.
            ("2027-01-31T14:05:09Z", "2027-01-31 14:05:09 +0"),
            ("2027-01-31T14:05:09.120Z", "2027-01-31 14:05:09 +0"),
            ("2027-01-31T14:05:09+01:00", "2027-01-31 14:05:09 +3600"),
            ("2027-01-31T14:05:09-0930", "2027-01-31 14:05:09 -34200"),
            ("2027-01-31T14:05", "2027-01-31 14:05:00"),
            // LimeSurvey, Qualtrics, Tally, REDCap.
            ("2027-01-31 14:05:09", "2027-01-31 14:05:09"),
            ("2027-01-31 14:05", "2027-01-31 14:05:00"),
            (" 2027-01-31  14:05:09 ", "2027-01-31 14:05:09"),
            // Google Forms.
            ("1/31/2027 14:05:09", "2027-01-31 14:05:09 | none"),
            ("31/01/2027 14:05:09", "none | 2027-01-31 14:05:09"),
            ("1/2/2027 9:05:09", "2027-01-02 09:05:09 | 2027-02-01 09:05:09"),
            ("2/2/2027 9:05:09", "2027-02-02 09:05:09"),
            ("31.01.2027 14:05:09", "2027-01-31 14:05:09"),
            ("02.01.2027 14:05:09", "2027-01-02 14:05:09"),
            ("2027/01/31 2:05:09 PM GMT+1", "2027-01-31 14:05:09 +3600"),
            ("2027/01/31 2:05:09 PM GMT+5:30", "2027-01-31 14:05:09 +19800"),
            ("2027/01/31 12:05:09 AM MEZ", "2027-01-31 00:05:09"),
            ("2027/01/31 14:05:09 (UTC)", "2027-01-31 14:05:09 +0"),
            // Microsoft Forms.
            ("1/31/27 14:05:09", "2027-01-31 14:05:09 | none"),
            ("31.01.2027 14:05", "2027-01-31 14:05:00"),
            ("2027/1/31 9:05:09", "2027-01-31 09:05:09"),
            // SurveyMonkey, with the narrow space of newer programs, and Excel's.
            ("01/31/2027 02:05:09 PM", "2027-01-31 14:05:09 | none"),
            ("01/31/2027 12:05:09 PM", "2027-01-31 12:05:09 | none"),
            ("01/31/2027 2:05:09\u{202F}p.m.", "2027-01-31 14:05:09 | none"),
            ("2027-01-31\u{A0}14:05:09", "2027-01-31 14:05:09"),
            // Alchemer, and names of months.
            ("Jan 31, 2027 2:05:09 PM", "2027-01-31 14:05:09"),
            ("September 3, 2027, 14:05", "2027-09-03 14:05:00"),
            ("31 Jan 2027 14:05:09", "2027-01-31 14:05:09"),
            ("31-Jan-2027 14:05", "2027-01-31 14:05:00"),
            // Calendars.
            ("2028-02-29 00:00:00", "2028-02-29 00:00:00"), ("2100-02-28 23:59:60", "2100-02-28 23:59:59"),
            ("12-31-2026 00:00", "2026-12-31 00:00:00 | none"),
            // Nothing of the kind.
            ("", "-"), ("2027-01-31", "-"), ("14:05:09", "-"), ("2027-02-29 14:05:09", "-"), ("yes", "-"),
            ("13/13/2027 14:05:09", "-"), ("2027-01-31 24:05:09", "-"), ("2027-01-31 14:60:09", "-"),
            ("2027-01-31 14:05:09 o'clock", "-"), ("2027-01-31 14:05:09 +25:00", "-"), ("[not completed]", "-"),
            ("45688.58690972", "-"), ("2027-01-31 13:05 AM", "-"), ("2027-01-31T14:05:09Zulutime", "-"),
            ("2027-01-31 14:05:09, or later", "-"), ("1969-12-31 00:00:00", "-"),
        ])
    func table(text: String, expected: String) {
        #expect(reading(text) == expected, "\(text)")
    }

    @Test("whatever the text, reading it ends")
    func garbage() {
        var generator = SystemRandomNumberGenerator()
        let pieces = [
            "1", "31", "2027", "/", "-", ".", ":", " ", "t", "pm", "z", "+", "jan", "(", ")", ",", "é", "\u{202F}",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...12, using: &generator)).map { (_) in
                pieces.randomElement(using: &generator)!
            }.joined()
            guard let time = ResponseTime(text) else { continue }
            #expect(time[.monthFirst] != nil || time[.dayFirst] != nil)
        }
    }

    private func seconds(_ text: String) -> Int64 { ResponseTime(text)![.monthFirst]! }

    @Test("a clock in a zone shows some times twice and others never")
    func zones() throws {
        let zone = try #require(ResponseTimeZone(named: "Europe/Berlin"))
        func times(_ text: String) -> [String] {
            zone.times(showing: seconds(text)).map { UnixTime(rawValue: UInt32($0)).description }
        }
        #expect(times("2027-01-31 14:05:09") == ["2027-01-31T13:05:09Z"])
        #expect(times("2027-07-31 14:05:09") == ["2027-07-31T12:05:09Z"])
        #expect(times("2027-10-31 02:30:00") == ["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"])
        #expect(times("2027-10-31 03:00:00") == ["2027-10-31T02:00:00Z"])
        #expect(times("2027-03-28 02:30:00") == ["2027-03-28T01:30:00Z"])
        let fixed = ResponseTimeZone(offset: -34200)
        #expect(fixed.times(showing: seconds("2027-01-31 14:05:09")) == [seconds("2027-01-31 23:35:09")])
    }
}
