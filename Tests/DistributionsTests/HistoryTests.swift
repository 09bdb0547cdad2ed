import Cryptography
import Foundation
import Glibc
import LinkToken
import TestSupport
import Testing

@testable import Distributions

/// What a distribution knows of what was done to it.
@Suite struct HistoryTests {
    let test = try! TestWorkspace()

    private func generate(_ count: Int) async throws -> Distribution {
        try await test.distributions.generate(test.request(test.people(count)), key: test.key, at: test.now)
            .distribution
    }

    private func history(_ distribution: Distribution) throws -> [DistributionChange] {
        try test.distributions.distribution(distribution.id).history
    }

    @Test func `each change is recorded once, with its time and the user, and downloads are not`() async throws {
        let made = try await generate(3)
        let id = made.id
        let output = test.directory.path("again.csv")
        _ = try await test.distributions.download(id, key: test.key, output: output, at: test.now)
        #expect(try history(made).map(\.action) == [.generated(links: 3)])
        let user = try #require(getpwuid(getuid()))
        #expect(try history(made).allSatisfy { $0.at == test.now && $0.by == String(cString: user.pointee.pw_name) })

        let later = test.now.adding(seconds: 10)
        _ = try await test.distributions.regenerate(id, key: test.key, output: output, at: later)
        let other = try PrivateKey.generate(.ed25519)
        for _ in 0..<2 { _ = try await test.distributions.download(id, key: other, output: output, at: later) }
        for _ in 0..<2 { _ = try test.distributions.sign(id, with: test.key, at: later) }
        let actions: [DistributionChange.Action] = [
            .generated(links: 3), .regenerated(), .keyReplaced, .keyReplaced,
        ]
        #expect(try history(made).map(\.action) == actions)
        #expect(try history(made).dropFirst().allSatisfy { $0.at == later })
        #expect(
            try history(made).map(\.action.description)[1...2] == [
                "made all links anew", "signed the links with another key",
            ])
    }

    @Test func `what fails is not recorded`() async throws {
        let made = try await generate(2)
        let missing = test.directory.path("missing/again.csv")
        await #expect(throws: DistributionsError.self) {
            try await test.distributions.regenerate(made.id, key: test.key, output: missing, at: test.now)
        }
        #expect(try history(made).map(\.action) == [.generated(links: 2)])
    }

    @Test func `an erased person is not in the history, which says that one was erased`() async throws {
        let made = try await generate(3)
        for _ in 0..<2 { _ = try test.workspace.erase("P1@x.example", at: test.now) }
        #expect(try history(made).map(\.action) == [.generated(links: 3), .erased(contacts: 1)])
        let manifest = String(decoding: try contents(of: test.distributions.manifestPath(of: made.id)), as: UTF8.self)
        for part in ["p1@x.example", "Müller 1", "\"c1\""] { #expect(!manifest.contains(part)) }
    }

    @Test func `counts are in the singular and the plural`() {
        let time = UnixTime(rawValue: 1_800_000_000)
        let expected: [(DistributionChange.Action, String)] = [
            (.generated(links: 1), "generated 1 link"), (.added(contacts: 2), "added 2 contacts"),
            (.expiryChanged(to: time), "changed the expiration to 2027-01-15T08:00:00Z"),
            (.expiryChanged(to: time, recipients: 1), "changed the expiration of 1 recipient to 2027-01-15T08:00:00Z"),
            (.reopened(links: 1), "reopened 1 link"), (.revoked(links: 2), "revoked 2 links"),
            (.revocationUndone(links: 1), "undid the revocation of 1 link"), (.deleted, "deleted all links"),
            (.regenerated(recipients: 2), "made new links for 2 recipients"),
            (.erased(contacts: 2), "erased 2 contacts"),
        ]
        for (action, text) in expected { #expect(action.description == text) }
    }
}
