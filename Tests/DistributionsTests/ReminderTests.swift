import Consumption
import Cryptography
import LinkToken
import TestSupport
import Testing

@testable import Distributions

/// Who gets a reminder, and what is known of it afterwards.
@Suite struct ReminderTests {
    let test = try! TestWorkspace()

    /// Five people: c0 has finished, c1 has started just now, c2 started 8 days ago, c3 was revoked, and c4 has done nothing.
    private func generate(resume: ResumePolicy = .standard) async throws -> (Distribution, DistributionHistory) {
        var request = try test.request(test.people(5))
        request.resume = resume
        request.expiry = test.now.adding(seconds: 30 * 86400)
        let (made, _) = try await test.distributions.generate(request, key: test.key, at: test.now)
        let revoked = try test.distributions.revoke(made.id, serials: [Serial(rawValue: 3)], at: test.now)
        var uses = DistributionHistory()
        func apply(_ serial: UInt32, _ kind: LinkEvent.Kind, _ time: UnixTime) {
            let nonce = Nonce(distribution: made.id, serial: Serial(rawValue: serial))
            uses.apply(LinkEvent(nonce: nonce, kind: kind, time: time))
        }
        apply(0, .started, test.now)
        apply(0, .finished, later)
        apply(1, .started, later)
        apply(2, .started, test.now)
        return (revoked, uses)
    }

    /// When reminders are written.
    private var later: UnixTime { test.now.adding(seconds: 8 * 86400) }

    private func remind(
        _ made: Distribution, _ audience: ReminderAudience = .notStarted, limit: Int? = nil,
        uses: DistributionHistory? = nil, key: PrivateKey? = nil, at time: UnixTime? = nil,
        progress: MintingProgress.Report? = nil
    ) async throws -> Reminder {
        try await test.distributions.remind(
            made.id, audience, limit: limit, uses: uses, key: key ?? test.key,
            output: test.directory.path("reminder.csv"),
            at: time ?? later, progress: progress)
    }

    private func reminders(_ made: Distribution) throws -> [DistributionChange.Action] {
        try test.distributions.distribution(made.id).history.map(\.action).filter {
            if case .reminded = $0 { true } else { false }
        }
    }

    @Test(
        "a reminder is for those who have not answered and still can, with the link that they have",
        arguments: [
            (.notStarted, .standard, ["c4"]), (.notFinished, .standard, ["c1", "c4"]),
            (.notFinished, .untilFinished, ["c1", "c2", "c4"]),
            (.notFinished, .within(seconds: 9 * 86400), ["c1", "c2", "c4"]),
            (.notFinished, .never, ["c4"]),
        ] as [(ReminderAudience, ResumePolicy, [String])])
    func audience(_ audience: ReminderAudience, resume: ResumePolicy, expected: [String]) async throws {
        let (made, uses) = try await generate(resume: resume)
        let links = Dictionary(uniqueKeysWithValues: try test.rows().map { ($0["Contact ID"], $0["Link"]) })
        let reminder = try await remind(made, audience, uses: uses)
        let rows = try test.rows("reminder.csv")
        #expect(rows.map { $0["Contact ID"] } == expected)
        #expect(rows.allSatisfy { $0["Link"] != nil && $0["Link"] == links[$0["Contact ID"]] })
        #expect(reminder.rows == expected.count)
        #expect(reminder.leftOut.values.reduce(0, +) == 5 - expected.count)
        #expect(reminder.leftOut[.surveyFinished] == 1 && reminder.leftOut[.linkRevoked] == 1)
        #expect(try reminders(made) == [.reminded(recipients: expected.count, to: audience)])
        #expect(reminder.distribution.reminders == [later])
        #expect(try test.distributions.distribution(made.id) == reminder.distribution)
    }

    @Test func `the limit counts reminders that reached somebody, and names their times`() async throws {
        let (made, uses) = try await generate()
        for day: UInt32 in 0..<2 {
            _ = try await remind(made, limit: 2, uses: uses, at: later.adding(seconds: day * 86400))
        }
        let error = await #expect(throws: DistributionsError.self) { try await remind(made, limit: 2, uses: uses) }
        #expect(
            error
                == .refused(
                    made.id,
                    reason:
                        "it has had 2 reminders (\(later), \(later.adding(seconds: 86400))), and may have no more than 2"
                ))
        #expect(try reminders(made).count == 2)
        _ = try await remind(made, limit: 3, uses: uses)
        _ = try await remind(made, uses: uses)
        #expect(try reminders(made).count == 4)
    }

    @Test func `if nobody is left, nothing is recorded, and no older rows stay in the spreadsheet`() async throws {
        let (made, uses) = try await generate()
        _ = try await remind(made, uses: uses)
        #expect(try test.rows("reminder.csv").count == 1)
        let over = made.linkExpiry.adding(seconds: 86400)
        let reminder = try await remind(made, .notFinished, limit: 2, uses: uses, at: over)
        #expect(reminder.rows == 0)
        #expect(reminder.leftOut == [.surveyFinished: 1, .incomplete: 2, .linkRevoked: 1, .linkExpired: 1])
        #expect(try test.rows("reminder.csv").isEmpty)
        #expect(try reminders(made).count == 1)
    }

    @Test func `links that are changed in the meantime are not sent again`() async throws {
        let (made, uses) = try await generate()
        let test = test
        let error = await #expect(throws: DistributionsError.self) {
            try await remind(made, uses: uses) { (_) in
                _ = try? test.distributions.revoke(made.id, serials: [Serial(rawValue: 4)], at: test.now)
            }
        }
        #expect(error.map { if case .refused = $0 { true } else { false } } == true)
        #expect(try reminders(made).isEmpty && !test.directory.names.contains("reminder.csv"))
    }

    @Test func `a key that no longer signs writes no reminder, since its links work no more`() async throws {
        let (made, uses) = try await generate()
        let other = try PrivateKey.generate(.ed25519)
        await #expect(throws: DistributionsError.self) { try await remind(made, uses: uses, key: other) }
        #expect(try reminders(made).isEmpty)
    }

    @Test func `a reminder that can't be written is not recorded`() async throws {
        let (made, uses) = try await generate()
        await #expect(throws: DistributionsError.self) {
            try await test.distributions.remind(
                made.id, .notStarted, uses: uses, key: test.key, output: test.directory.path("none/reminder.csv"),
                at: later)
        }
        #expect(try reminders(made).isEmpty)
    }
}
