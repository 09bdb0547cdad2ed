import Cryptography
import Distributions
import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

@Suite struct PublishingTests {
    let test = try! TestWorkspace()

    @Test("a publisher that had to wait publishes what others deleted meanwhile")
    func waiting() async throws {
        let (test, now) = (test, test.now)
        let (made, _) = try await test.distributions.generate(test.request(test.people(3)), key: test.key, at: now)
        var keyring = try Keyring.create(in: test.workspace.keyringDirectory, algorithm: .ed25519, at: now)
        keyring.patience = .seconds(600)
        let root = try keyring.rootPrivateKey()
        try test.workspace.publish(keyring, signedBy: root, at: now)

        let lockPath = keyring.directory + "/.lock"
        let lock = open(lockPath, O_RDWR | O_CLOEXEC)
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        async let published = onThread { [keyring] in
            try test.workspace.publish(keyring, signedBy: root, at: now).bundle.bundle.distributions
        }
        // It has come as far as the lock when that is open twice.
        while openCount(of: lockPath) < 2 { try await Task.sleep(for: .milliseconds(5)) }
        let deleted = try test.distributions.delete(made.id, at: now)
        close(lock)

        let revocations = try await published.map(\.changes)
        #expect(revocations == [deleted.changes] && deleted.changes != made.changes)
    }

    @Test("what can't be read is not published, and the error is that of the distributions")
    func unreadable() async throws {
        let (test, now) = (test, test.now)
        let (made, _) = try await test.distributions.generate(test.request(test.people(3)), key: test.key, at: now)
        let keyring = try Keyring.create(in: test.workspace.keyringDirectory, algorithm: .ed25519, at: now)
        try test.directory.write("{", to: "linkseal-data/distributions/\(made.id)/manifest.json")
        #expect(throws: DistributionsError.self) {
            try test.workspace.publish(keyring, signedBy: keyring.rootPrivateKey(), at: now)
        }
        #expect(!FileManager.default.fileExists(atPath: test.workspace.bundlePath))
    }
}
