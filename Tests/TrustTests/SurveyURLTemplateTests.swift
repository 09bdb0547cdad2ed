import Testing
import Trust

@Suite struct SurveyURLTemplateTests {
    @Test(
        arguments: [
            ("https://s.example/?c={contact_id}", "https://s.example/?c=a%26b%3D%2F%C3%A9"),
            ("https://s.example/{region}/é?x=1#{region}", "https://s.example/%7B%7D/%C3%A9?x=1#%7B%7D"),
            ("HTTPS://s.example", "HTTPS://s.example"),
            ("https://s.example/{serial}{unknown}", nil),
        ] as [(String, String?)])
    func `values are percent-encoded and the rest stands as it was written`(text: String, expected: String?) throws {
        let fields = ["contact_id": "a&b=/é", "region": "{}"]
        guard let expected else {
            #expect(throws: SurveyURLTemplateError.self) { try SurveyURLTemplate(text) }
            return
        }
        let template = try SurveyURLTemplate(text, inLinkFields: ["region"])
        #expect(template.expanded { fields[$0] } == expected)
    }

    @Test(arguments: [
        ("ftp://s.example", SurveyURLTemplateError.noScheme), ("", .noScheme), ("https", .noScheme),
        ("{serial}", .noScheme),
        ("https://", .noHost), ("https:///path", .noHost), ("https://{serial}/", .noHost),
        ("https://s.example{serial}", .noHost), ("https://me@s.example/", .noHost), ("https://a\\b.example/", .noHost),
        ("https://é.example/{", .unbalancedBrace(column: 19)), ("https://s.example/}", .unbalancedBrace(column: 19)),
        ("https://s.example/{a{b}}", .unbalancedBrace(column: 21)),
        ("https://é.example/a b", .forbiddenCharacter(column: 20)),
        ("https://s.example/\u{85}", .forbiddenCharacter(column: 19)),
        ("https://s.example/\u{7F}", .forbiddenCharacter(column: 19)),
    ])
    func `a template that is none is refused with the place`(text: String, fault: SurveyURLTemplateError) {
        #expect(throws: fault) { try SurveyURLTemplate(text) }
    }

    @Test func `a template tells whether the survey tool gets the session`() throws {
        #expect(try SurveyURLTemplate("https://s.example/?r={session}").passesSession)
        #expect(try !SurveyURLTemplate("https://s.example/session?c={contact_id}").passesSession)
        #expect(try SurveyURLTemplate("https://s.example/session?c={contact_id}").identifiesResponses)
        #expect(try !SurveyURLTemplate("https://s.example/session/contact_id?n={serial}").identifiesResponses)
    }

    @Test func `a template that no bundle can hold is refused`() throws {
        let start = "https://s.example/"
        #expect(throws: Never.self) {
            try SurveyURLTemplate(start + String(repeating: "a", count: 8192 - start.utf8.count))
        }
        #expect(throws: SurveyURLTemplateError.tooLong(byteCount: 8193, limit: 8192)) {
            try SurveyURLTemplate(start + String(repeating: "a", count: 8193 - start.utf8.count))
        }
    }

    @Test(arguments: [
        ("https://s.example/{serial}/a/x{session}?q=/{serial}/", ["serial", "session"]),
        ("https://s.example/{a/b}/{c?d}/{e#f}/{g\\h}", ["a/b", "c?d", "e#f", "g\\h"]),
        ("https://s.example/a\\{serial}", ["serial"]), ("https://s.example/a?{serial}", []),
        ("https://s.example#/{serial}", []), ("https://s.example", []),
        ("https://s.example/{serial}{session}", ["serial"]),
    ])
    func `the segments of the path with a field in them are found`(text: String, fields: [String]) throws {
        let template = try SurveyURLTemplate(text, inLinkFields: ["a/b", "c?d", "e#f", "g\\h"])
        #expect(template.pathSegmentsWithFields.map(\.field) == fields)
    }
}
