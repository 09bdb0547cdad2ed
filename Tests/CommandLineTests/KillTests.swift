import Cryptography
import Distributions
import Foundation
import Glibc
import LinkToken
import TestSupport
import Testing
import Trust

/// Commands that are killed at random moments while they change a distribution.
@Suite(.timeLimit(.minutes(15))) struct KillTests {
    enum Command: CaseIterable {
        case expire, expireOne, reopen, revoke, undo, regenerateOne, regenerate, add, remind, edit, note, archive

        /// - Parameter round: so that every round changes something.
        func arguments(_ round: Int) -> [String] {
            let contact = "C\(round % 30)"
            return switch self {
            case .expire: ["expire", "NPS", "--at", "\(61 + round)d"]
            case .expireOne: ["expire", "NPS", "--at", "\(61 + round)d", "--contact", contact]
            case .reopen: ["reopen", "NPS", "--contact", contact]
            case .revoke: ["revoke", "NPS", "--contact", contact]
            case .undo: ["revoke", "NPS", "--contact", contact, "--undo"]
            case .regenerateOne: ["regenerate", "NPS", "--contact", contact, "--out", "new.csv", "--yes"]
            case .regenerate: ["regenerate", "NPS", "--out", "new.csv", "--yes"]
            case .add: ["distributions", "add", "NPS", "--contacts", "late-\(round).csv", "--out", "new.csv"]
            case .remind: ["reminder", "NPS", "--out", "new.csv"]
            case .edit: ["distributions", "edit", "NPS", "--survey-url", "https://survey.example/\(round)?r={session}"]
            case .note: ["distributions", "note", "NPS", "round \(round)"]
            case .archive: ["distributions", round.isMultiple(of: 2) ? "archive" : "unarchive", "NPS"]
            }
        }
    }

    /// Knows the workspace's key, and what the manifest says.
    private struct ManifestTrust: LinkTrust {
        let signing: KeyID
        let publicKey: PublicKey
        let distribution: Distribution

        func key(_ id: KeyID) -> KeyTrust { id == signing ? .verifying(publicKey) : .unknown }
        func changes(of id: DistributionID) -> DistributionChanges { distribution.changes }
    }

    @Test(arguments: Command.allCases)
    func `a command that is killed at any moment leaves the distribution as it was or as it is to be`(
        command: Command
    ) async throws {
        let place = try await ProgramWorkspace.with(contacts: 30)
        if command == .undo {
            let everybody = (0..<30).flatMap { ["--contact", "C\($0)"] }
            try await place.succeed(["revoke", "NPS"] + everybody)
        }
        for round in 0...50 {
            let rows = (0..<20).map { "L\(round)-\($0),l\(round)-\($0)@x.example\n" }
            try place.write("id,email\n" + rows.joined(), to: "late-\(round).csv")
        }
        let workspace = try Workspace(opening: place.root)
        let id = try #require(try workspace.distributions.all().first?.id)
        let began = ContinuousClock.now
        try await place.succeed(command.arguments(50))
        let duration = ContinuousClock.now - began
        var killed = 0
        for round in 0..<50 {
            let before = try workspace.distributions.distribution(id)
            try? FileManager.default.removeItem(atPath: place.path("new.csv"))
            let process = try place.start(command.arguments(round))
            // The moment of the kill is what is random; nothing waits for it.
            try await Task.sleep(for: duration * Double.random(in: 0...1))
            process.send(SIGKILL)
            if await process.end() == .signalled(SIGKILL) { killed += 1 }
            try check(place, workspace, before, "round \(round)")
        }
        #expect(killed > 5, "nothing was tested")
        // What a kill left unpublished, the next publication tells.
        try await place.succeed("publish")
        #expect(try workspace.bundleLackingChanges(at: UnixTime(rawValue: UInt32(time(nil)))) == nil)
        try await place.succeed(command.arguments(49))
    }

    private func check(
        _ place: ProgramWorkspace, _ workspace: Workspace, _ before: Distribution, _ round: Comment
    ) throws {
        let after = try workspace.distributions.distribution(before.id)
        #expect([0, 1].contains(after.history.count - before.history.count), round)
        #expect([0, 20].contains(after.contacts - before.contacts), round)
        if after.history == before.history { #expect(after == before, round) }
        var count = 0
        try workspace.distributions.forEachContact(of: before.id) { (_, serial) in
            count += Int(serial.rawValue) == count ? 1 : 0
            return true
        }
        #expect(count == after.contacts, round)
        let keyring = try workspace.keyring()
        _ = try workspace.publishedBundle(keyring)
        // A spreadsheet is whole, and its links work once the manifest is published.
        guard let spreadsheet = try? place.read("new.csv") else { return }
        let signing = try keyring.signingKey()
        let trust = ManifestTrust(signing: signing.id, publicKey: signing.publicKey, distribution: after)
        for row in spreadsheet.split(separator: "\r\n").dropFirst() {
            let link = try #require(row.split(separator: ",").first { $0.hasPrefix(ProgramWorkspace.baseURL) })
            let token = try Token(parsing: String(link.dropFirst(ProgramWorkspace.baseURL.count)))
            #expect(throws: Never.self, round) { try token.authenticate(against: trust) }
        }
    }
}
