import LinkToken
import TestSupport
import Testing
import Trust

@testable import Distributions

/// What changes of a distribution after its links were sent.
@Suite struct EditingTests {
    let test = try! TestWorkspace()

    private func generate(_ rows: String, inLink: [String] = [], name: String = "NPS Q4") async throws -> Distribution {
        let source = ContactSource.file(ContactFile(try test.directory.write("id,Plan\n" + rows, to: "people.csv")))
        var request = try test.request(source, template: "https://survey.example/?r={session}", inLink: inLink)
        request.name = name
        return try await test.distributions.generate(request, key: test.key, at: test.now).distribution
    }

    private func edit(_ distribution: Distribution, _ change: (inout DistributionEdit) -> Void) throws -> Distribution {
        var edit = DistributionEdit()
        change(&edit)
        return try test.distributions.edit(distribution.id, edit, at: test.now)
    }

    private func warnings(_ distribution: Distribution, _ change: (inout DistributionEdit) -> Void) throws
        -> [LinkWarning]
    {
        var edit = DistributionEdit()
        change(&edit)
        return try test.distributions.warnings(for: edit, of: distribution)
    }

    /// What an edit is refused with, which changes nothing then.
    private func refusal(
        of distribution: Distribution, _ change: (inout DistributionEdit) -> Void
    ) throws -> DistributionsError? {
        let before = try test.distributions.distribution(distribution.id)
        let error = #expect(throws: DistributionsError.self) { try edit(distribution, change) }
        #expect(try test.distributions.distribution(distribution.id) == before)
        return error
    }

    @Test func `edges are told of the new values, the rest stays, and what changes is recorded once`() async throws {
        let made = try await generate("a,gold\n")
        let address = "https://new.example/{contact_id}?r={session}"
        for _ in 0..<2 {
            _ = try edit(made) { ($0.name, $0.surveyURL, $0.resume) = ("Q4", address, .within(seconds: 60)) }
        }
        let edited = try edit(made) { $0.name = "NPS" }
        #expect(edited.history.count == 3)
        #expect(
            edited.history[1].action.description
                == "changed the name (before: NPS Q4), the survey URL (before: \(made.surveyURL.text))"
                + " and the time to finish (before: \(made.resume.text))")
        #expect(edited.history[2].action.description == "changed the name (before: Q4)")
        let published = try #require(try test.distributions.published(at: test.now).first)
        #expect(published.name == "NPS" && published.surveyURL.text == address)
        #expect(published.resume == .within(seconds: 60))
        var expected = made
        (expected.name, expected.history) = (edited.name, edited.history)
        (expected.surveyURL, expected.resume) = (edited.surveyURL, edited.resume)
        #expect(edited == expected)
        #expect(try test.distributions.distribution(made.id) == edited)
    }

    @Test func `a name that another distribution has is refused, and its own is not`() async throws {
        let (first, second) = (try await generate("a,\n"), try await generate("a,\n", name: "Other"))
        #expect(try refusal(of: second) { $0.name = "NPS Q4" } == .exists(what: "distribution", name: "NPS Q4"))
        #expect(try refusal(of: second) { $0.name = "two\nlines" }?.description.contains("without line breaks") == true)
        #expect(try edit(first) { $0.name = "NPS Q4" } == first)
        _ = try edit(first) { $0.name = "Before" }
        #expect(try edit(second) { $0.name = "NPS Q4" }.name == "NPS Q4")
    }

    @Test func `a survey URL has only fields that the links carry`() async throws {
        let (sealed, open) = (
            try await generate("a,gold\n"), try await generate("a,gold\n", inLink: ["Plan"], name: "Open")
        )
        let address = "https://new.example/?r={session}&plan={Plan}"
        for (wrong, problem) in [
            (address, "unknown field {Plan}"), ("https://new.example/{", "unmatched brace"),
            ("new.example/{session}", "must begin with https://"),
        ] {
            #expect(try refusal(of: sealed) { $0.surveyURL = wrong }?.description.contains(problem) == true)
        }
        #expect(try edit(open) { $0.surveyURL = address }.surveyURL.text == address)
    }

    @Test func `a survey URL that would not work for a contact is refused, unless the link was revoked`() async throws {
        let made = try await generate("ok,gold\nbad,..\n", inLink: ["Plan"])
        #expect(
            try refusal(of: made) { $0.surveyURL = "https://new.example/{Plan}/x" }
                == .link(contact: "bad", source: "NPS Q4", line: nil, fault: .dotSegment(field: "Plan", value: "..")))
        _ = try edit(made) { $0.surveyURL = "https://new.example/x?p={Plan}" }
        _ = try test.distributions.revoke(made.id, serials: [Serial(rawValue: 1)], at: test.now)
        _ = try edit(made) { $0.surveyURL = "https://new.example/{Plan}/x" }
    }

    @Test func `a survey URL is checked for its tool as when links are made`() async throws {
        let tool = try #require(SurveyTool(id: "limesurvey"))
        let made = try await generate("a b,gold\n")
        let open = "https://s.example/123456?session={session}&newtest=Y"
        let incomplete = try refusal(of: made) {
            ($0.surveyURL, $0.tool) = ("https://s.example/123456?session={session}", tool)
        }
        #expect(incomplete?.description.contains("newtest=Y") == true)
        let closed = try refusal(of: made) { ($0.surveyURL, $0.tool) = (open + "&token={contact_id}", tool) }
        guard case .link("a b", "NPS Q4", nil, .contactIDNotTaken)? = closed else {
            Issue.record("\(String(describing: closed))")
            return
        }
        _ = try edit(made) { ($0.surveyURL, $0.tool) = (open, tool) }
    }

    @Test func `what is doubtful is known before the change`() async throws {
        let made = try await generate("a,gold\n")
        #expect(try warnings(made) { $0.surveyURL = "https://new.example/" } == [.responsesNotIdentified])
        #expect(try warnings(made) { $0.surveyURL = "https://new.example/{contact_id}" } == [.sessionNotPassed])
        #expect(try warnings(made) { $0.surveyURL = "https://new.example/{session}" }.isEmpty)
        // Links are for 7 days after the start unless somebody says otherwise.
        for (policy, isShorter) in [
            (.never, true), (.within(seconds: 6 * 86400), true), (.standard, false),
            (.within(seconds: 8 * 86400), false),
            (.untilFinished, false),
        ] as [(ResumePolicy, Bool)] {
            #expect(try warnings(made) { $0.resume = policy } == (isShorter ? [.timeToFinishShortened(policy)] : []))
        }
        #expect(
            LinkWarning.timeToFinishShortened(.within(seconds: 2 * 86400)).description
                == "people who started more than 2d ago can no longer come back to finish")
    }
}
