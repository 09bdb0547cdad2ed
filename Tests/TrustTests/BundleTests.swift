import Cryptography
import LinkToken
import Testing
import Trust

@Suite struct BundleTests {
    @Test(arguments: SignatureAlgorithm.allCases)
    func `every single flipped bit is refused`(algorithm: SignatureAlgorithm) throws {
        let root = try PrivateKey.generate(algorithm)
        let key = try PrivateKey.generate(.ed25519)
        let bytes = try sampleBundle(
            keys: [PublishedKey(key: key.publicKey, state: .signing)], distributions: [sampleDistribution(1, epoch: 1)]
        ).signed(by: root)
        _ = try VerifiedBundle(opening: bytes.span, root: root.publicKey)
        var accepted: [Int] = []
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            if (try? VerifiedBundle(opening: changed.span, root: root.publicKey)) != nil { accepted.append(bit) }
        }
        #expect(accepted.isEmpty)
    }

    @Test func `of many keys those with the newest links are prepared, and none whose links work no longer`() throws {
        let root = try PrivateKey.generate(.ed25519)
        let limit = VerifiedBundle.preparedKeyLimit
        let states: [KeyState] =
            [.retired, .revoked] + Array(repeating: .verifying, count: limit) + [.pending, .signing]
        var keys = try states.map { PublishedKey(key: try PrivateKey.generate(.p256).publicKey, state: $0) }
        keys.append(PublishedKey(key: try PrivateKey.generate(.ed25519).publicKey, state: .pending))
        func verified(_ keys: [PublishedKey]) throws -> VerifiedBundle {
            let bytes = try sampleBundle(keys: keys).signed(by: root)
            return try VerifiedBundle(opening: bytes.span, root: root.publicKey)
        }
        let bundle = try verified(keys)
        #expect(bundle.preparedKeyCount == 0)
        bundle.prepareKeys()
        let prepared = bundle.bundle.keys.map { $0.key.isPrepared }
        #expect(bundle.preparedKeyCount == limit)
        #expect(prepared[2..<limit].allSatisfy { $0 } && prepared[limit + 2] && prepared[limit + 3])
        #expect(!prepared[0] && !prepared[1])

        // What is revoked since takes nothing over.
        keys[2].state = .revoked
        let next = try verified(keys)
        next.prepareKeys(like: bundle)
        #expect(next.preparedKeyCount == limit - 1 && !next.bundle.keys[2].key.isPrepared)
    }

    @Test func `a bundle that was cut anywhere is refused`() throws {
        let root = try PrivateKey.generate(.ed25519)
        let bytes = try sampleBundle(distributions: [sampleDistribution(1)]).signed(by: root)
        for count in 0..<bytes.count {
            #expect(throws: TrustError.self, "\(count) bytes") {
                try VerifiedBundle(opening: bytes.span.extracting(..<count), root: root.publicKey)
            }
        }
    }

    @Test func `a link token is no bundle, and a bundle is no link token`() throws {
        let root = try PrivateKey.generate(.ed25519)
        let token = try Token(minting: sampleClaims(), with: root)
        let error = #expect(throws: TrustError.self) {
            try VerifiedBundle(opening: Array(token.text.utf8).span, root: root.publicKey)
        }
        #expect(error?.code == "bundle_malformed")
        let bytes = try sampleBundle().signed(by: root)
        #expect(throws: LinkRefusal.self) { try Token(parsing: String(decoding: bytes, as: UTF8.self)) }
    }

    @Test func `the root key's signature on a link makes no link that a bundle trusts`() throws {
        let root = try PrivateKey.generate(.ed25519)
        let bytes = try sampleBundle().signed(by: root)
        let verified = try VerifiedBundle(opening: bytes.span, root: root.publicKey)
        let token = try Token(minting: sampleClaims(), with: root)
        #expect(throws: LinkRefusal.keyUnknown(root.id)) { try token.verify(against: verified, at: noon) }
    }

    @Test(arguments: KeyState.allCases)
    func `a link verifies as the state of its key says`(state: KeyState) throws {
        let root = try PrivateKey.generate(.ed25519)
        let key = try PrivateKey.generate(.p256)
        let bytes = try sampleBundle(keys: [PublishedKey(key: key.publicKey, state: state)]).signed(by: root)
        let verified = try VerifiedBundle(opening: bytes.span, root: root.publicKey)
        let token = try Token(minting: sampleClaims(), with: key)
        if [.pending, .signing, .verifying].contains(state) {
            #expect(throws: Never.self) { try token.verify(against: verified, at: noon) }
        } else {
            #expect(throws: LinkRefusal.keyNotVerifying(key.id)) { try token.verify(against: verified, at: noon) }
        }
        let proves = (try? token.authenticate(against: verified, for: .reporting)) != nil
        #expect(proves == (state != .revoked), "a finished survey can be reported unless the key was stolen")
    }

    @Test func `a deleted distribution's links are refused, and those minted again verify`() throws {
        let root = try PrivateKey.generate(.ed25519)
        let key = try PrivateKey.generate(.ed25519)
        let bytes = try sampleBundle(
            keys: [PublishedKey(key: key.publicKey, state: .signing)], distributions: [sampleDistribution(1, epoch: 1)]
        ).signed(by: root)
        let verified = try VerifiedBundle(opening: bytes.span, root: root.publicKey)
        let old = try Token(minting: sampleClaims(), with: key)
        #expect(throws: LinkRefusal.deleted(DistributionID(rawValue: 1)!)) {
            try old.verify(against: verified, at: noon)
        }
        let new = try Token(minting: sampleClaims(epoch: 1), with: key)
        #expect(throws: Never.self) { try new.verify(against: verified, at: noon) }
    }

    @Test func `a bundle signed by the next root key opens with both roots pinned, and names its signer`() throws {
        let old = try PrivateKey.generate(.ed25519)
        let new = try PrivateKey.generate(.ed25519)
        let bytes = try sampleBundle().signed(by: new)
        let verified = try VerifiedBundle(opening: bytes.span, roots: [old.publicKey, new.publicKey])
        #expect(verified.root == new.publicKey)
        #expect(throws: TrustError.wrongRoot(found: new.id, pinned: old.id)) {
            try VerifiedBundle(opening: bytes.span, root: old.publicKey)
        }
    }

    @Test func `a document over the size limit is refused before it is read`() throws {
        let root = try PrivateKey.generate(.ed25519)
        let bytes = [UInt8](repeating: 0x20, count: VerifiedBundle.byteCountLimit + 1)
        #expect(throws: TrustError.bundleTooLarge(limit: VerifiedBundle.byteCountLimit)) {
            try VerifiedBundle(opening: bytes.span, root: root.publicKey)
        }
    }

    @Test func `a field in the link has a name of at most 256 bytes`() throws {
        let root = try PrivateKey.generate(.ed25519)
        func open(fieldOf count: Int) throws {
            var distribution = sampleDistribution(1)
            distribution.embeddedData = .inLink(fields: [String(repeating: "f", count: count)])
            let bytes = try sampleBundle(distributions: [distribution]).signed(by: root)
            _ = try VerifiedBundle(opening: bytes.span, root: root.publicKey)
        }
        #expect(throws: Never.self) { try open(fieldOf: 256) }
        #expect(throws: TrustError.self) { try open(fieldOf: 257) }
    }

    @Test func `more keys than a bundle may have are refused`() throws {
        let root = try PrivateKey.generate(.ed25519)
        let keys = try (0...1000).map { _ in
            PublishedKey(key: try PrivateKey.generate(.ed25519).publicKey, state: .retired)
        }
        let bytes = try sampleBundle(keys: keys).signed(by: root)
        let error = #expect(throws: TrustError.self) { try VerifiedBundle(opening: bytes.span, root: root.publicKey) }
        #expect(error?.description.contains("more than 1000 keys") == true)
    }

    @Test func `what is wrong is named with line and column`() throws {
        let vector = try #require(BundleVectors.shared.invalid.first { $0.name == "something behind the document" })
        let error = #expect(throws: TrustError.self) {
            try VerifiedBundle(opening: vector.bytes.span, roots: BundleVectors.pinned)
        }
        let length = vector.bytes.count - vector.bytes.firstIndex(of: UInt8(ascii: "\n"))! - 1
        #expect(error?.description.contains("at line 1, column \(length - 1)") == true)
    }

    @Test(arguments: [
        (29 * day, BundleFreshness.current), (30 * day - 1, .current),
        (30 * day, .overdue(since: noon.adding(seconds: 30 * day))),
        (37 * day - 1, .overdue(since: noon.adding(seconds: 30 * day))),
        (37 * day, .expired(since: noon.adding(seconds: 37 * day))),
    ])
    func `a bundle is overdue at its next update, and expires a grace later`(
        seconds: UInt32, freshness: BundleFreshness
    ) {
        #expect(sampleBundle().freshness(at: noon.adding(seconds: seconds)) == freshness)
    }
}
