import Cryptography
import Foundation
import TestSupport
import Testing
import Trust

@testable import linkseal

/// What the command line adds to the errors of libraries.
@Suite struct AdviceTests {
    @Test func `every command and every flag that an error advises exists`() async throws {
        let source = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/linkseal/Advice.swift")
        let text = try String(contentsOf: source, encoding: .utf8)
        let place = try await ProgramWorkspace()
        // All commands with their options, as the manual is made from them.
        let help = try await place.run("--experimental-dump-help").output

        let flags = Set(text.matches(of: /--([a-z][a-z-]+)/).map { String($0.output.1) })
        #expect(flags.count > 10)
        for flag in flags where flag != "traits" {
            #expect(help.contains("\"\(flag)\""), "--\(flag)")
        }
        let commands = Set(text.matches(of: /`linkseal ([a-z][a-z -]*)/).map { String($0.output.1) })
        #expect(commands.count > 10)
        for command in commands {
            let words = command.split(separator: " ").prefix { !$0.hasPrefix("-") }.map(String.init)
            let outcome = try await place.run(["help"] + words)
            #expect(outcome.status == 0, "linkseal \(command): \(outcome)")
        }
    }

    @Test func `what a backup has forgotten comes with the command that mends it`() throws {
        let id = try PrivateKey.generate(.ed25519).id
        #expect(
            advised(TrustError.revocationForgotten(id)).hasSuffix(
                "; run `linkseal keys revoke \(id)` and publish again"))
        #expect(advised(TrustError.sequenceTooHigh(9, limit: 8)).contains("`linkseal bundle status`"))
    }
}
