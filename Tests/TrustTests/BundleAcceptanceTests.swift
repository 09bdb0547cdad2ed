import Cryptography
import Foundation
import LinkToken
import TestSupport
import Testing
import Trust

@Suite final class BundleAcceptanceTests {
    let directory = TemporaryDirectory()
    let root = try! PrivateKey.generate(.ed25519)
    let next = try! PrivateKey.generate(.ed25519)
    var acceptance: BundleAcceptance
    let file: AcceptedBundleFile

    init() {
        acceptance = BundleAcceptance(pinned: root.publicKey)
        file = AcceptedBundleFile(directory.path("accepted"))
    }

    private func bytes(_ sequence: UInt64, by signer: PrivateKey? = nil, next: PublicKey? = nil) throws -> [UInt8] {
        try sampleBundle(sequence: sequence, nextRoot: next).signed(by: signer ?? root)
    }

    @discardableResult
    private func accept(_ bytes: [UInt8]) throws -> VerifiedBundle? {
        guard let accepted = try acceptance.accepting(bytes.span) else { return nil }
        acceptance = accepted.acceptance
        return accepted.bundle
    }

    @Test func `newer bundles are accepted, the same one is nothing new, and older ones are refused`() throws {
        let fifth = try bytes(5)
        #expect(try accept(fifth)?.bundle.sequence == 5)
        #expect(try accept(fifth) == nil)
        #expect(try accept(bytes(9))?.bundle.sequence == 9)
        #expect(throws: TrustError.bundleRollback(sequence: 5, accepted: 9)) { try self.accept(fifth) }
        #expect(throws: TrustError.bundleRollback(sequence: 8, accepted: 9)) { try self.accept(self.bytes(8)) }
        #expect(acceptance.sequence == 9)
    }

    @Test func `another bundle of the same sequence is refused`() throws {
        try accept(bytes(5))
        let other = try bytes(5, next: next.publicKey)
        #expect(throws: TrustError.bundleEquivocation(sequence: 5)) { try self.accept(other) }
    }

    @Test func `nobody but the root key can extend, reopen or replace links, and no old bundle takes it back`() throws {
        func bundle(_ sequence: UInt64, expiry: UInt32, reopenedAt: UInt32, epoch: UInt16) -> TrustBundle {
            var bundle = sampleBundle(sequence: sequence, distributions: [sampleDistribution(1)])
            bundle.distributions[0].changes = DistributionChanges(
                expiry: UnixTime(rawValue: expiry),
                links: [
                    Serial(rawValue: 3): LinkChange(
                        epoch: Epoch(rawValue: epoch), expiry: UnixTime(rawValue: expiry),
                        reopenedAt: UnixTime(rawValue: reopenedAt))
                ])
            return bundle
        }
        let old = try bundle(5, expiry: 1_900_000_001, reopenedAt: 1_800_000_001, epoch: 1).signed(by: root)
        let new = try bundle(6, expiry: 1_910_000_002, reopenedAt: 1_810_000_002, epoch: 2).signed(by: root)
        try accept(old)
        try accept(new)
        #expect(throws: TrustError.bundleRollback(sequence: 5, accepted: 6)) { try self.accept(old) }
        let signing = try PrivateKey.generate(.ed25519)
        let forged = try bundle(7, expiry: 1_990_000_003, reopenedAt: 1_890_000_003, epoch: 0).signed(by: signing)
        #expect(throws: TrustError.wrongRoot(found: signing.id, pinned: root.id)) { try self.accept(forged) }
        // Each digit of what was changed is signed.
        let text = String(decoding: new, as: UTF8.self)
        for member in [
            "\"expiry\":1910000002", "\"reopenedAt\":1810000002", "\"epoch\":2", "\"serial\":3", "\"sequence\":6",
        ] {
            let position = try #require(text.range(of: member))
            var changed = text
            changed.replaceSubrange(position, with: member.dropLast() + "9")
            #expect(throws: TrustError.bundleSignature) { try self.accept(Array(changed.utf8)) }
        }
        #expect(acceptance.sequence == 6)
    }

    @Test func `a next root key takes over once a bundle is signed by it, and the old one is out`() throws {
        #expect(throws: TrustError.wrongRoot(found: next.id, pinned: root.id)) {
            try self.accept(self.bytes(1, by: self.next))
        }
        try accept(bytes(1, next: next.publicKey))
        #expect(try accept(bytes(2, next: next.publicKey))?.root == root.publicKey)
        #expect(try accept(bytes(3, by: next))?.root == next.publicKey)
        #expect(acceptance.roots == [next.publicKey])
        #expect(throws: TrustError.wrongRoot(found: root.id, pinned: next.id)) { try self.accept(self.bytes(4)) }
    }

    @Test func `a next root key that a later bundle leaves out is forgotten`() throws {
        try accept(bytes(1, next: next.publicKey))
        try accept(bytes(2))
        #expect(throws: TrustError.wrongRoot(found: next.id, pinned: root.id)) {
            try self.accept(self.bytes(3, by: self.next))
        }
    }

    private func store(_ bytes: [UInt8]) throws {
        try accept(bytes)
        try file.write(acceptance, bundle: bytes.span)
    }

    @Test func `an edge that starts again remembers its bundle, sequence and root keys`() throws {
        try store(bytes(5, next: next.publicKey))
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let (read, bundle) = try file.read(pinned: root.publicKey)
        #expect(bundle?.bundle.sequence == 5 && read.sequence == 5)
        #expect(read.roots == [root.publicKey, next.publicKey])
        acceptance = read
        #expect(try accept(bytes(5, next: next.publicKey)) == nil)
        #expect(throws: TrustError.bundleRollback(sequence: 4, accepted: 5)) { try self.accept(self.bytes(4)) }
        try store(bytes(6, by: next))
        #expect(try file.read(pinned: root.publicKey).acceptance.roots == [next.publicKey])
    }

    @Test func `without a file nothing was accepted`() throws {
        let (read, bundle) = try file.read(pinned: root.publicKey)
        #expect(read.sequence == 0 && read.roots == [root.publicKey] && bundle == nil)
    }

    @Test func `pinning another root key begins anew, and pinning the one that signs by now does not`() throws {
        let stranger = try PrivateKey.generate(.ed25519)
        try store(bytes(1, next: next.publicKey))
        #expect(try file.read(pinned: next.publicKey).acceptance.roots == [next.publicKey])
        #expect(try file.read(pinned: next.publicKey).acceptance.sequence == 0)
        try store(bytes(2, by: next))
        #expect(try file.read(pinned: next.publicKey).acceptance.sequence == 2)
        let anew = try file.read(pinned: stranger.publicKey)
        #expect(anew.acceptance.sequence == 0 && anew.acceptance.roots == [stranger.publicKey] && anew.bundle == nil)
    }

    @Test func `a file that was changed or cut anywhere is refused, and never read as less than it was`() throws {
        try store(bytes(5, next: next.publicKey))
        let whole = try contents(of: file.path)
        for offset in 0..<whole.count {
            var changed = whole
            changed[offset] ^= 1
            try Data(changed).write(to: URL(filePath: file.path))
            // A changed key that was pinned counts as another; anything else must be noticed.
            if let (read, bundle) = try? file.read(pinned: root.publicKey) {
                #expect(read.sequence == 5 && bundle?.bundle.sequence == 5, "byte \(offset)")
            }
            try Data(whole[..<offset]).write(to: URL(filePath: file.path))
            let error = #expect(throws: TrustError.self, "cut at \(offset)") {
                try self.file.read(pinned: self.root.publicKey)
            }
            #expect(error?.code == "accepted_bundle_damaged")
        }
    }
}
