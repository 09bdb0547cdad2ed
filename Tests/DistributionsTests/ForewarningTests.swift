import Cryptography
import LinkToken
import TestSupport
import Testing
import Trust

@testable import Distributions

/// What is refused or told while nothing has been sent.
@Suite struct ForewarningTests {
    let test = try! TestWorkspace()

    private func file(_ csv: String) throws -> ContactSource {
        .file(ContactFile(try test.directory.write(csv, to: "people.csv")))
    }

    @Test(
        "a link that edges would refuse is refused with its contact, line and length, and the longest that is made is not"
    )
    func longestLink() async throws {
        func generate(_ count: Int) async throws -> GenerateReport {
            let source = try file("id,Text\nfirst,x\nlong,\(String(repeating: "a", count: count))\n")
            return try await test.distributions.generate(
                test.request(source, inLink: ["Text"]), key: test.key, at: test.now
            ).report
        }
        _ = try await generate(1)
        let overhead = try #require(test.rows()[1]["Link"]).count - 1
        let report = try await generate(LinkLength.limit - overhead)
        #expect(try #require(test.rows()[1]["Link"]).count == LinkLength.limit)
        var lengths = LinkLengths(limit: LinkLength.mailLimit)
        for row in try test.rows() { lengths.add(try #require(row["Link"])) }
        #expect(lengths.exceeding == 1 && lengths.longest == LinkLength.limit)
        #expect(report.warnings.contains(.longLinks(lengths)))

        let path = test.directory.path("people.csv")
        let before = try test.distributions.all().count
        let error = await #expect(throws: DistributionsError.self) {
            try await generate(LinkLength.limit - overhead + 1)
        }
        #expect(
            error
                == .link(
                    contact: "long", source: path, line: 3,
                    fault: .tooLong(count: LinkLength.limit + 1, limit: LinkLength.limit)))
        #expect(try test.distributions.all().count == before)

        // Nobody sees the line of a contact that is in the workspace.
        _ = try test.workspace.contacts.importList(ContactFile(path), name: "Long", at: test.now)
        let listed = await #expect(throws: DistributionsError.self) {
            try await test.distributions.generate(
                test.request(.list("Long"), inLink: ["Text"]), key: test.key, at: test.now)
        }
        guard case .link("long", "Long", nil, _)? = listed else {
            Issue.record("\(String(describing: listed))")
            return
        }
    }

    @Test(
        "links are measured against what the tool takes that they are for, and told once",
        arguments: [
            (nil, 2000), (MailMerge.mailchimp, 255), (.marketo, 255), (.word, 255), (.sendgrid, 2000), (.hubspot, 2000),
        ] as [(MailMerge?, Int)])
    func lengthWarnings(tool: MailMerge?, limit: Int) async throws {
        let rows = [1, 40, 300, 500, 1900, 2000, 3000].map { "c\($0),\(String(repeating: "b", count: $0))\n" }.joined()
        var request = try test.request(file("id,Text\n" + rows), inLink: ["Text"])
        request.spreadsheet.mailMerge = tool
        request.spreadsheet.linkHeading = "Link"
        let (made, report) = try await test.distributions.generate(request, key: test.key, at: test.now)
        var expected = LinkLengths(limit: limit)
        for row in try test.rows() { expected.add(try #require(row["Link"])) }
        #expect(expected.exceeding == (limit == 255 ? 5 : 3) && expected.longest > 3000)
        #expect(report.warnings == [.longLinks(expected)])
        let download = try await test.distributions.download(
            made.id, spreadsheet: request.spreadsheet, key: test.key, output: test.directory.path("again.csv"),
            at: test.now)
        #expect(download.warnings == [.longLinks(expected)])
    }

    @Test(
        "a value that makes a browser leave the survey's path is refused with its contact",
        arguments: [
            ("https://s.example/{Plan}/x", "..", true), ("https://s.example/{Plan}/x", ".", true),
            ("https://s.example/a/{Plan}", "..", true), ("https://s.example/a\\{Plan}", "..", true),
            ("https://s.example/.{Plan}/x", ".", true), ("https://s.example/%2E{Plan}/x", ".", true),
            ("https://s.example/%2e%2E{Plan}/x", "", true), ("https://s.example/a/{Plan}?q={Plan}", "..", true),
            ("https://s.example/a/{Plan}#top", "..", true),
            ("https://s.example/{Plan}/x", "...", false), ("https://s.example/{Plan}/x", "a..", false),
            ("https://s.example/v{Plan}/x", "..", false), ("https://s.example/x?p={Plan}", "..", false),
            ("https://s.example/x?p=/{Plan}/", "..", false), ("https://s.example/#/{Plan}/", "..", false),
            ("https://s.example/{Plan}/x", "%2e%2e", false), ("https://s.example/{Plan}/x", "../..", false),
        ])
    func dotSegments(template: String, value: String, isRefused: Bool) async throws {
        let source = try file("id,Plan\nok,gold\nbad,\(value)\n")
        let request = try test.request(source, template: template, inLink: ["Plan"])
        guard isRefused else {
            _ = try await test.distributions.generate(request, key: test.key, at: test.now)
            return
        }
        let error = await #expect(throws: DistributionsError.self) {
            try await test.distributions.generate(request, key: test.key, at: test.now)
        }
        #expect(
            error
                == .link(
                    contact: "bad", source: test.directory.path("people.csv"), line: 3,
                    fault: .dotSegment(field: "Plan", value: value)))
        #expect(try test.distributions.all().isEmpty)
    }

    @Test(
        "contact IDs that make a browser leave the survey's path are refused, where they are in it",
        arguments: [".", ".."])
    func dotContactIDs(id: String) async throws {
        let source = try file("id\nok\n\(id)\n")
        let inPath = try test.request(source, template: "https://s.example/{contact_id}/{session}")
        await #expect(throws: DistributionsError.self) {
            try await test.distributions.generate(inPath, key: test.key, at: test.now)
        }
        let inQuery = try test.request(source, template: "https://s.example/{session}?c={contact_id}")
        _ = try await test.distributions.generate(inQuery, key: test.key, at: test.now)
    }

    @Test(
        "a base URL that edges don't serve is told with the one that they do",
        arguments: [
            ("https://links.example", "https://links.example/l/"),
            ("https://links.example/", "https://links.example/l/"),
            ("https://links.example//l/", "https://links.example/l/"),
            ("https://links.example/L/", "https://links.example/l/"),
            ("http://links.example:8080/survey", "http://links.example:8080/l/"),
            ("https://links.example/l/l/", "https://links.example/l/"),
            ("HTTPS://Links.example/l", nil), ("https://links.example/l/", nil), ("http://[::1]:8080/l/", nil),
        ] as [(String, String?)])
    func baseURLs(text: String, served: String?) throws {
        var request = try test.request(.dummies(1))
        request.baseURL = try LinkBaseURL(text)
        let warnings = try test.distributions.warnings(for: request, at: test.now)
        #expect(warnings == (served == nil ? [] : [.pathNotServed(request.baseURL)]))
        if let served { #expect(request.baseURL.atServedPath.text == served) }
    }

    @Test(
        "a survey URL that can't tell whose a response is, or that it was finished, is told before links are made",
        arguments: [
            ("https://s.example/", [LinkWarning.responsesNotIdentified]),
            ("https://s.example/?n={serial}&d={distribution}", [.responsesNotIdentified]),
            ("https://s.example/session/contact_id", [.responsesNotIdentified]),
            ("https://s.example/?c={contact_id}", [.sessionNotPassed]), ("https://s.example/?r={session}", []),
        ])
    func surveyURLs(template: String, expected: [LinkWarning]) throws {
        let request = try test.request(.dummies(1), template: template)
        #expect(try test.distributions.warnings(for: request, at: test.now) == expected)
    }

    @Test("that earlier links of the same people still work is told as long as they do")
    func earlierLinks() async throws {
        let (first, _) = try await test.distributions.generate(
            test.request(test.people(3)), key: test.key, at: test.now)
        let request = try test.request(.distribution(first.id, nil))
        #expect(try test.distributions.warnings(for: request, at: test.now) == [.earlierLinksWork(first)])
        let over = first.linkExpiry.adding(seconds: 8 * 86400)
        #expect(try test.distributions.warnings(for: request, at: over).isEmpty)
        _ = try test.distributions.delete(first.id, at: test.now)
        #expect(try test.distributions.warnings(for: request, at: test.now).isEmpty)
    }

    @Test("no two distributions have the same name, however many are made at once")
    func names() async throws {
        let test = test
        let source = try test.people(600)
        var requests: [GenerateRequest] = []
        for number in 0..<6 {
            var request = try test.request(source)
            request.output = test.directory.path("links\(number).csv")
            requests.append(request)
        }
        let made = try await withThrowingTaskGroup(of: (Distribution, GenerateReport).self) { (group) in
            for request in requests {
                group.addTask { try await test.distributions.generate(request, key: test.key, at: test.now) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let expected = ["NPS Q4"] + (2...6).map { "NPS Q4 (\($0))" }
        #expect(made.map(\.0.name).sorted() == expected.sorted())
        for (distribution, report) in made {
            #expect(try test.distributions.distribution(called: distribution.name) == distribution)
            let isNumbered = distribution.name != "NPS Q4"
            #expect(
                report.warnings
                    == (isNumbered ? [.nameTaken(asked: "NPS Q4", given: distribution.name)] : []))
        }
        // The name of a deleted one is still its own, and a free number is taken.
        _ = try test.distributions.delete(made[0].0.id, at: test.now)
        var request = requests[0]
        request.name = "NPS Q4 (2)"
        #expect(
            try await test.distributions.generate(request, key: test.key, at: test.now).distribution.name
                == "NPS Q4 (2) (2)")
    }
}
