import Cryptography
import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

@Suite final class PublicationTests {
    let directory: TemporaryDirectory
    let bundle: String
    var keyring: Keyring
    let root: PrivateKey

    init() throws {
        let directory = TemporaryDirectory()
        let keyring = try Keyring.create(in: directory.path("keys"), algorithm: .ed25519, at: noon)
        let root = try keyring.rootPrivateKey()
        self.directory = directory
        self.bundle = directory.path("bundle")
        self.keyring = keyring
        self.root = root
    }

    private func publish(_ distributions: [PublishedDistribution], at now: UnixTime) throws -> Publication {
        try keyring.publish(distributions, to: bundle, signedBy: root, at: now)
    }

    private func opened() throws -> VerifiedBundle {
        let bytes = try contents(of: bundle)
        return try VerifiedBundle(opening: bytes.span, root: root.publicKey)
    }

    @Test func `publishing twice publishes once`() throws {
        let distributions = [sampleDistribution(2), sampleDistribution(1)]
        let first = try publish(distributions, at: noon)
        let bytes = try contents(of: bundle)
        #expect(first.isNew && first.bundle.bundle.sequence == 1 && first.byteCount == bytes.count)
        let second = try publish(
            distributions.reversed(), at: noon.adding(seconds: day))
        #expect(!second.isNew && second.bundle.bundle.sequence == 1)
        #expect(try contents(of: bundle) == bytes && keyring.sequence == 1)
    }

    @Test(arguments: [true, false])
    func `that a key is good no more is published by itself`(isRevoked: Bool) throws {
        _ = try keyring.makeKey(.ed25519, at: noon)
        let id = try #require(keyring.keys.last { $0.state == .pending }?.id)
        _ = try publish([], at: noon)
        if isRevoked {
            _ = try keyring.revoke(id, at: noon)
        } else {
            _ = try keyring.retire(id, force: true, at: noon) { _ in 0 }.get()
        }
        let publication = try publish([], at: noon)
        #expect(publication.isNew)
        #expect(publication.bundle.bundle.keys.first { $0.key.id == id }?.state == (isRevoked ? .revoked : .retired))
    }

    @Test func `every change gets a new sequence`() throws {
        var distribution = sampleDistribution(1)
        _ = try publish([distribution], at: noon)
        distribution.changes.epoch = Epoch(rawValue: 1)
        #expect(try publish([distribution], at: noon).bundle.bundle.sequence == 2)
        distribution.changes.revoked = [Serial(rawValue: 4)]
        #expect(try publish([distribution], at: noon).bundle.bundle.sequence == 3)
        _ = try keyring.makeKey(.ed25519, at: noon)
        #expect(try publish([distribution], at: noon).bundle.bundle.sequence == 4)
        _ = try keyring.rotate(settling: 0, at: noon)
        #expect(try publish([distribution], at: noon).bundle.bundle.sequence == 5)
        _ = try keyring.makeNextRoot()
        #expect(try publish([distribution], at: noon).bundle.bundle.sequence == 6)
        #expect(try publish([distribution], at: noon).bundle.bundle.sequence == 6)
        #expect(try opened().bundle.sequence == 6)
    }

    @Test func `an unchanged bundle is renewed in the last third of its validity`() throws {
        _ = try publish([], at: noon)
        let before = try publish([], at: noon.adding(seconds: 20 * day - 1))
        #expect(!before.isNew)
        let after = try publish([], at: noon.adding(seconds: 20 * day))
        #expect(after.isNew && after.bundle.bundle.nextUpdate == noon.adding(seconds: 50 * day))
    }

    @Test func `a bundle that was lost or damaged is published again under a higher sequence`() throws {
        _ = try publish([], at: noon)
        try FileManager.default.removeItem(atPath: bundle)
        #expect(try publish([], at: noon).bundle.bundle.sequence == 2)
        try Data("rubbish".utf8).write(to: URL(filePath: bundle))
        #expect(try publish([], at: noon).bundle.bundle.sequence == 3)
    }

    @Test func `where the clock went back, nothing older than the bundle in place is published`() throws {
        let first = try publish([], at: noon).bundle.bundle
        let early = UnixTime(rawValue: noon.rawValue - 301)
        for distributions in [[], [sampleDistribution(1)]] {
            #expect(throws: TrustError.publishedInFuture(issuedAt: noon, now: early)) {
                try publish(distributions, at: early)
            }
        }
        #expect(try opened().bundle.sequence == 1 && keyring.sequence == 1)

        // Machines that publish in turn have clocks that differ a little.
        let late = try publish([sampleDistribution(1)], at: UnixTime(rawValue: noon.rawValue - 300)).bundle.bundle
        #expect(late.sequence == 2 && late.issuedAt == noon && late.nextUpdate == first.nextUpdate)
    }

    @Test func `a bundle that was issued by a clock ahead of time is replaced by force`() throws {
        _ = try publish([], at: noon.adding(seconds: 400 * day))
        #expect(throws: TrustError.self) { try publish([], at: noon) }
        let forced = try keyring.publish([], to: bundle, signedBy: root, force: true, at: noon)
        #expect(forced.isNew && forced.bundle.bundle.sequence == 2 && forced.bundle.bundle.issuedAt == noon)
        #expect(try !publish([], at: noon).isNew)
    }

    @Test func `nobody else changes the keyring between reading the distributions and publishing them`() throws {
        var other = try Keyring(opening: keyring.directory)
        other.patience = .zero
        let published = try keyring.publish(to: bundle, signedBy: root, at: noon) {
            #expect(throws: TrustError.keyringBusy(directory: other.directory)) {
                try other.publish([], to: bundle, signedBy: root, at: noon)
            }
            return [sampleDistribution(1)]
        }.get()
        #expect(published.bundle.bundle.distributions.count == 1)
        #expect(try !other.publish([sampleDistribution(1)], to: bundle, signedBy: root, at: noon).isNew)
    }

    @Test func `a keyring from before its root key changed does not publish over the new root key's bundle`() throws {
        let next = try keyring.makeNextRoot()
        _ = try publish([], at: noon)
        let backup = try Data(contentsOf: URL(filePath: keyring.directory + "/keyring.json"))
        _ = try keyring.promoteNextRoot(force: true, at: noon)
        _ = try keyring.publish([], to: bundle, signedBy: keyring.rootPrivateKey(), at: noon)
        let published = try Data(contentsOf: URL(filePath: bundle))
        try backup.write(to: URL(filePath: keyring.directory + "/keyring.json"))
        #expect(throws: TrustError.promotionForgotten(next.id)) { try publish([], at: noon) }
        #expect(try Data(contentsOf: URL(filePath: bundle)) == published)
        _ = try keyring.promoteNextRoot(force: true, at: noon)
        let again = try keyring.publish([], to: bundle, signedBy: keyring.rootPrivateKey(), at: noon)
        #expect(again.bundle.bundle.sequence == 2 && !again.isNew)
    }

    @Test func `without distributions to read nothing is published, and the caller is told why`() throws {
        struct Unreadable: Error {}
        let result = try keyring.publish(to: bundle, signedBy: root, at: noon) { () throws(Unreadable) in
            throw Unreadable()
        }
        #expect(throws: Unreadable.self) { try result.get() }
        #expect(!FileManager.default.fileExists(atPath: bundle) && keyring.sequence == 0)
    }

    @Test(arguments: [1 << 53 - 1, .max] as [UInt64])
    func `a sequence that no bundle can exceed is refused, and spent nothing`(minimum: UInt64) throws {
        let error = #expect(throws: TrustError.self) {
            try keyring.publish([], to: bundle, signedBy: root, above: minimum, at: noon)
        }
        #expect(error == .sequenceTooHigh(minimum, limit: 1 << 53 - 1))
        #expect(try publish([], at: noon).bundle.bundle.sequence == 1)
    }

    @Test func `a keyring from a backup must revoke again what the bundle in place revokes`() throws {
        let backup = directory.path("backup")
        try FileManager.default.copyItem(atPath: keyring.directory, toPath: backup)
        let stolen = try keyring.signingKey()
        _ = try keyring.revoke(stolen.id, at: noon)
        let stray = try keyring.makeKey(.ed25519, at: noon).id
        let pem = try SecretFile.read(keyring.directory + "/\(stray).pem")
        _ = try keyring.revoke(stray, at: noon)
        _ = try publish([], at: noon)
        let bytes = try contents(of: bundle)

        var restored = try Keyring(opening: backup)
        _ = try restored.importKey(pem: pem, at: noon)
        for id in [stolen.id, stray] {
            let error = #expect(throws: TrustError.self) {
                try restored.publish([], to: bundle, signedBy: root, above: 40, at: noon)
            }
            #expect(error == .revocationForgotten(id))
            #expect(try contents(of: bundle) == bytes)
            _ = try restored.revoke(id, at: noon)
        }
        let after = try restored.publish([], to: bundle, signedBy: root, above: 40, at: noon)
        #expect(after.bundle.bundle.sequence == 41)
        #expect(after.bundle.bundle.keys.map(\.state) == [.revoked, .revoked, .signing])
    }

    @Test func `a key that was made and revoked after the backup stays revoked, also when it is imported`() throws {
        let backup = directory.path("backup")
        try FileManager.default.copyItem(atPath: keyring.directory, toPath: backup)
        let stolen = try keyring.makeKey(.ed25519, at: noon).id
        _ = try keyring.revoke(stolen, at: noon)
        _ = try publish([], at: noon)

        var restored = try Keyring(opening: backup)
        let after = try restored.publish([], to: bundle, signedBy: root, at: noon)
        #expect(after.bundle.bundle.keys.map(\.state) == [.signing, .revoked])
        let pem = try SecretFile.read(keyring.directory + "/\(stolen).pem")
        #expect(try restored.importKey(pem: pem, at: noon).state == .revoked)
    }

    @Test func `a keyring from a backup goes on above what it finds, or is told`() throws {
        let backup = directory.path("backup")
        try FileManager.default.copyItem(atPath: keyring.directory, toPath: backup)
        for number in 1...5 {
            _ = try publish([sampleDistribution(UInt64(number))], at: noon)
        }
        var restored = try Keyring(opening: backup)
        #expect(restored.sequence == 0)
        #expect(try restored.publish([], to: bundle, signedBy: root, at: noon).bundle.bundle.sequence == 6)
        let told = try restored.publish([], to: directory.path("other"), signedBy: root, above: 40, at: noon)
        #expect(told.bundle.bundle.sequence == 41)
    }

    @Test func `an older bundle put in the place of the present one is not taken for it`() throws {
        _ = try publish([], at: noon)
        let old = try contents(of: bundle)
        _ = try publish([sampleDistribution(1)], at: noon)
        try Data(old).write(to: URL(filePath: bundle))
        #expect(try publish([], at: noon).bundle.bundle.sequence == 3)
    }

    @Test func `a sequence is spent before anybody can see its bundle`() throws {
        #expect(throws: TrustError.self) {
            try keyring.publish([], to: directory.path("nowhere/bundle"), signedBy: root, at: noon)
        }
        #expect(try Keyring(opening: keyring.directory).sequence == 1)
        #expect(try publish([], at: noon).bundle.bundle.sequence == 2)
    }

    @Test func `a bundle with the sequence that was asked to be exceeded is published anew`() throws {
        _ = try publish([], at: noon)
        let above = try keyring.publish([], to: bundle, signedBy: root, above: 1, at: noon)
        #expect(above.isNew && above.bundle.bundle.sequence == 2)
        #expect(try !keyring.publish([], to: bundle, signedBy: root, above: 1, at: noon).isNew)
    }

    @Test func `only the keyring's root key publishes`() throws {
        let other = try PrivateKey.generate(.ed25519)
        #expect(throws: TrustError.wrongRoot(found: other.id, pinned: root.id)) {
            try keyring.publish([], to: bundle, signedBy: other, at: noon)
        }
        #expect(!FileManager.default.fileExists(atPath: bundle) && keyring.sequence == 0)
    }

    @Test func `what edges would refuse is not published`() throws {
        var distribution = sampleDistribution(1)
        distribution.name = String(repeating: "n", count: 2000)
        let error = #expect(throws: TrustError.self) {
            try publish([distribution], at: noon)
        }
        #expect(error?.code == "bundle_malformed" && !FileManager.default.fileExists(atPath: bundle))
        let twice = [sampleDistribution(1), sampleDistribution(1, epoch: 1)]
        #expect(throws: TrustError.self) { try publish(twice, at: noon) }
    }

    @Test(arguments: [
        (ResumePolicy.never, 7 * day), (.within(seconds: day), 7 * day), (.within(seconds: 30 * day), 30 * day),
    ])
    func `a deleted distribution stays until no edge would start or resume a link of it, were it forgotten`(
        resume: ResumePolicy, seconds: UInt32
    ) throws {
        let distribution = sampleDistribution(1, epoch: 1, resume: resume, lastExpiry: noon)
        let last = noon.adding(seconds: seconds + day - 1)
        #expect(distribution.isNeeded(at: last) && !distribution.isNeeded(at: last.adding(seconds: 1)))
        let kept = try publish([distribution], at: last)
        #expect(kept.bundle.distribution(distribution.id) == distribution)
        let dropped = try publish([distribution], at: last.adding(seconds: 1))
        #expect(dropped.isNew && dropped.bundle.bundle.distributions.isEmpty)
    }

    @Test func `a distribution that was ended stays for as long as its links say or its end, whichever is later`() {
        var distribution = sampleDistribution(1, lastExpiry: noon)
        let last = noon.adding(seconds: 8 * day - 1)
        distribution.changes.expiry = UnixTime(rawValue: noon.rawValue - day)
        #expect(distribution.isNeeded(at: last) && !distribution.isNeeded(at: last.adding(seconds: 1)))
        distribution.changes.expiry = noon.adding(seconds: day)
        #expect(distribution.isNeeded(at: last.adding(seconds: day)))
        #expect(!distribution.isNeeded(at: last.adding(seconds: day + 1)))
    }

    @Test func `a distribution that may be resumed until it is finished stays`() throws {
        let distribution = sampleDistribution(1, resume: .untilFinished, lastExpiry: noon)
        #expect(distribution.isNeeded(at: UnixTime(rawValue: .max)))
    }

    @Test func `a root key is changed through a bundle that both generations of edges accept`() throws {
        #expect(throws: TrustError.noNextRoot) { try keyring.promoteNextRoot(at: noon) }
        let next = try keyring.makeNextRoot()
        #expect(try keyring.makeNextRoot() == next)
        #expect(throws: TrustError.nextRootNotSettled(next.id, until: nil)) { try keyring.promoteNextRoot(at: noon) }

        let introducing = try publish([], at: noon)
        #expect(introducing.bundle.bundle.nextRoot == next && introducing.bundle.root == root.publicKey)
        let settled = noon.adding(seconds: 7 * day)
        #expect(throws: TrustError.nextRootNotSettled(next.id, until: settled)) {
            try keyring.promoteNextRoot(at: noon.adding(seconds: day))
        }
        #expect(try keyring.promoteNextRoot(at: settled) == next)
        #expect(try keyring.rootKey() == next && keyring.nextRootKey() == nil)
        #expect(try PublicKey(contentsOf: keyring.directory + "/root.pub.pem") == next)

        #expect(throws: TrustError.wrongRoot(found: root.id, pinned: next.id)) {
            try publish([], at: settled)
        }
        let after = try keyring.publish([], to: bundle, signedBy: keyring.rootPrivateKey(), at: settled)
        #expect(after.isNew && after.bundle.bundle.sequence == 2 && after.bundle.root == next)
    }

    @Test func `a key settles from the first bundle that names it, however many follow`() throws {
        let next = try keyring.makeNextRoot()
        let pending = try keyring.makeKey(.ed25519, at: noon).id
        _ = try publish([], at: noon)
        #expect(try publish([sampleDistribution(1)], at: noon.adding(seconds: 60)).isNew)
        let settled = noon.adding(seconds: Rotation.standardSettling)
        guard case .rotated(_, pending, _) = try keyring.rotate(at: settled) else {
            Issue.record("not rotated")
            return
        }
        #expect(try keyring.promoteNextRoot(at: noon.adding(seconds: Keyring.standardRootSettling)) == next)
    }

    @Test func `a promoted root key is recorded before the copy for edges changes, which publishing repairs`() throws {
        let next = try keyring.makeNextRoot()
        let copy = keyring.directory + "/root.pub.pem"
        // Nothing but a directory can stand in the copy's way for the superuser, too.
        try FileManager.default.removeItem(atPath: copy)
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: false)
        #expect(throws: TrustError.self) { try keyring.promoteNextRoot(force: true, at: noon) }
        keyring = try Keyring(opening: keyring.directory)
        #expect(try keyring.rootKey() == next)
        try FileManager.default.removeItem(atPath: copy)
        _ = try keyring.publish([], to: bundle, signedBy: keyring.rootPrivateKey(), at: noon)
        #expect(try PublicKey(contentsOf: copy) == next)
    }

    @Test func `a root key whose private half can't be opened is not promoted`() throws {
        let next = try keyring.makeNextRoot(passphrase: secret("mistyped"))
        #expect(throws: TrustError.cryptography(.passphraseRequired)) {
            try keyring.promoteNextRoot(force: true, at: noon)
        }
        #expect(throws: TrustError.cryptography(.passphraseWrong)) {
            try keyring.promoteNextRoot(force: true, passphrase: secret("right"), at: noon)
        }
        let stick = directory.path("stick.pem")
        try FileManager.default.moveItem(atPath: keyring.directory + "/root-\(next.id).pem", toPath: stick)
        #expect(throws: TrustError.noPrivateKey(next.id)) { try keyring.promoteNextRoot(force: true, at: noon) }
        #expect(throws: TrustError.otherRootKey(root.id, expected: next.id)) {
            try keyring.promoteNextRoot(root, force: true, at: noon)
        }
        #expect(try Keyring(opening: keyring.directory).rootKey() == root.publicKey)
        let kept = try PrivateKey(contentsOf: stick, passphrase: secret("mistyped"))
        #expect(try keyring.promoteNextRoot(kept, force: true, at: noon) == next)
    }

    @Test func `a next root key that the thief may have is replaced, and edges learn the other`() throws {
        let first = try keyring.makeNextRoot()
        _ = try publish([], at: noon)
        let second = try keyring.makeNextRoot(replacing: true)
        #expect(second != first)
        #expect(throws: TrustError.nextRootNotSettled(second.id, until: nil)) {
            try keyring.promoteNextRoot(at: noon.adding(seconds: 30 * day))
        }
        #expect(try publish([], at: noon).bundle.bundle.nextRoot == second)
        #expect(try keyring.promoteNextRoot(force: true, at: noon) == second)
    }

    @Test func `what killed writers left is removed, in the keyring and beside the bundle`() throws {
        let names = [keyring.directory + "/keyring.json.tmp-1", keyring.directory + "/ab.pem.tmp-2", bundle + ".tmp-3"]
        for name in names { try Data("secret".utf8).write(to: URL(filePath: name)) }
        let stranger = directory.path("other.tmp-4")
        try Data().write(to: URL(filePath: stranger))
        _ = try publish([], at: noon)
        for name in names { #expect(!FileManager.default.fileExists(atPath: name)) }
        #expect(FileManager.default.fileExists(atPath: stranger))
    }
}
