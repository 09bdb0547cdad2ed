import Distributions
import Encoding
import LinkToken
import Testing

@testable import AdminConsole

/// When links shall expire, as people say it on forms.
@Suite struct ExpirationFieldsTests {
    /// 2026-11-24T07:18:07Z.
    static let now = UnixTime(rawValue: 1_795_504_687)

    private static func fields(_ pairs: [(String, String)]) -> ExpirationFields {
        ExpirationFields(FormFields(ConsoleHarness.form(pairs)))
    }

    @Test(
        "a number and a unit, a date and time by the reader's clock, and the short form of links mean a time",
        arguments: [
            ([], "2027-01-23T07:18:07Z"),
            ([("expires", "12h")], "2026-11-24T19:18:07Z"),
            ([("expires", "2027-01-31")], "2027-02-01T00:00:00Z"),
            ([("expires", "now")], "2026-11-24T07:18:07Z"),
            ([("expires-kind", "in"), ("expires-number", "3"), ("expires-unit", "h")], "2026-11-24T10:18:07Z"),
            ([("expires-kind", "in"), ("expires-number", "3")], "2026-11-27T07:18:07Z"),
            ([("expires-kind", "at"), ("expires-at", "2027-01-31T18:00")], "2027-01-31T18:00:00Z"),
            (
                [("expires-kind", "at"), ("expires-at", "2027-01-31T18:00"), ("expires-zone", "60")],
                "2027-01-31T17:00:00Z"
            ),
            (
                [("expires-kind", "at"), ("expires-at", "2027-01-31T18:00:30"), ("expires-zone", "-570")],
                "2027-02-01T03:30:30Z"
            ),
            // Where a browser has no picker, a date can be typed: the link still works on that day.
            ([("expires-kind", "at"), ("expires-at", "2027-01-31"), ("expires-zone", "60")], "2027-01-31T23:00:00Z"),
            ([("expires-kind", "at"), ("expires-at", "2027-01-31T18:00:00+02:00")], "2027-01-31T16:00:00Z"),
        ])
    func read(pairs: [(String, String)], expected: String) throws {
        #expect(try Self.fields(pairs).time(at: Self.now).description == expected)
    }

    @Test(
        "what is doubtful, past or missing is refused and never guessed",
        arguments: [
            ([("expires-kind", "in"), ("expires-number", "")], "a number of days or hours from 1"),
            ([("expires-kind", "in"), ("expires-number", "0")], "a number of days or hours from 1"),
            ([("expires-kind", "in"), ("expires-number", "2w")], "a number of days or hours from 1"),
            ([("expires-kind", "at"), ("expires-at", "")], "a date and a time"),
            ([("expires-kind", "at"), ("expires-at", "31/01/2027")], "expected 2027-01-31"),
            ([("expires-kind", "at"), ("expires-at", "01/02/2027")], "2027-01-02 or 2027-02-01, whichever is meant"),
            ([("expires-kind", "at"), ("expires-at", "2026-11-24T07:18")], "a time later than now"),
            ([("expires", "01.02.2027")], "2027-01-02 or 2027-02-01, whichever is meant"),
        ])
    func refused(pairs: [(String, String)], advice: String) {
        #expect {
            try Self.fields(pairs).time(at: Self.now)
        } throws: { "\($0)".contains(advice) }
    }

    @Test func `a form that is refused says why at its field, and shows what was typed`() async throws {
        try await ConsoleHarness.run { (console) in
            let browser = try await console.signIn()
            try await PageTests.importPeople(browser)
            let id = try await browser.distribution(named: "NPS").id
            let page = try await browser.get("/distributions/\(id)/end").body
            #expect(
                page.contains("value=\"at\" checked") && page.contains("data-moment=\"2027-01-23T07:18:00Z\"")
                    && page.contains("This time is in UTC."))
            let refused = try await browser.post(
                "/distributions/\(id)/end", [("expires-kind", "at"), ("expires-at", "01/02/2027")])
            #expect(refused.status == 422)
            #expect(refused.body.contains("id=\"expires-problem\" role=\"alert\">Expiration &quot;01/02/2027&quot;"))
            #expect(
                refused.body.contains("value=\"01/02/2027\" aria-describedby=\"expires-zone-hint expires-problem\""))
            #expect(refused.body.contains("value=\"at\" checked") && refused.body.contains("aria-invalid=\"true\""))
            #expect(try console.workspace.distributions.distribution(id).changedExpiry == nil)
            let typed = [("expires-kind", "at"), ("expires-at", "2027-03-01T00:00"), ("expires-zone", "60")]
            #expect(try await browser.post("/distributions/\(id)/end", typed).status == 303)
            #expect(
                try console.workspace.distributions.distribution(id).expiry.description == "2027-02-28T23:00:00Z")
        }
    }
}
