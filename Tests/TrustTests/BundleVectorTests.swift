import Cryptography
import Foundation
import LinkToken
import Testing
import Trust

struct BundleVectors: Decodable {
    static let shared: BundleVectors = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/bundle-vectors.json")
        return try! JSONDecoder().decode(BundleVectors.self, from: Data(contentsOf: file))
    }()

    struct Distribution: Decodable {
        var id, name, surveyURL: String
        var lastExpiry: UInt32
        var resumeSeconds: UInt32?
        var epoch: UInt16
        var expiry: UInt32?
        var revokedSerials: [UInt32]
        var links: [Link]
        var inLinkFields: [String]
    }

    struct Link: Decodable {
        var serial: UInt32
        var epoch: UInt16?
        var expiry, reopenedAt: UInt32?
    }

    struct Expectation: Decodable {
        var root: String
        var sequence: UInt64
        var issuedAt, nextUpdate: UInt32
        var nextRoot: String?
        var keys: [[String]]
        var distributions: [Distribution]
    }

    struct Valid: Decodable, CustomTestStringConvertible {
        var name, bundle: String
        var expected: Expectation
        var testDescription: String { name }
    }

    struct Invalid: Decodable, CustomTestStringConvertible {
        var name, error: String
        var bundle: String?
        var bundleBase64: String?
        var testDescription: String { name }

        var bytes: [UInt8] {
            bundle.map { Array($0.utf8) } ?? Array(Data(base64Encoded: bundleBase64!)!)
        }
    }

    var roots: [String]
    var nextRoot: String
    var valid: [Valid]
    var invalid: [Invalid]

    static let pinned = try! shared.roots.map { try PublicKey(pem: Array($0.utf8).span) }
}

@Suite struct BundleVectorTests {
    @Test(arguments: BundleVectors.shared.valid)
    func `a valid bundle is read as the vector says`(vector: BundleVectors.Valid) throws {
        let verified = try VerifiedBundle(opening: Array(vector.bundle.utf8).span, roots: BundleVectors.pinned)
        try expect(verified, is: vector.expected)
    }

    @Test(arguments: BundleVectors.shared.valid)
    func `a bundle that is signed again says the same`(vector: BundleVectors.Valid) throws {
        let root = try PrivateKey.generate(.ed25519)
        let first = try VerifiedBundle(opening: Array(vector.bundle.utf8).span, roots: BundleVectors.pinned)
        let bytes = try first.bundle.signed(by: root)
        var expected = vector.expected
        expected.root = root.id.description
        try expect(VerifiedBundle(opening: bytes.span, root: root.publicKey), is: expected)
    }

    @Test(arguments: BundleVectors.shared.invalid)
    func `an invalid bundle is refused with the code of the vector`(vector: BundleVectors.Invalid) throws {
        let bytes = vector.bytes
        let error = #expect(throws: TrustError.self) {
            try VerifiedBundle(opening: bytes.span, roots: BundleVectors.pinned)
        }
        #expect(error?.code == vector.error, "\(error.map(String.init(describing:)) ?? "accepted")")
    }

    private func expect(_ verified: VerifiedBundle, is expected: BundleVectors.Expectation) throws {
        let bundle = verified.bundle
        #expect(verified.root.id.description == expected.root)
        #expect(bundle.sequence == expected.sequence)
        #expect(bundle.issuedAt.rawValue == expected.issuedAt && bundle.nextUpdate.rawValue == expected.nextUpdate)
        #expect(bundle.nextRoot?.id.description == expected.nextRoot)
        #expect(bundle.keys.map { [$0.key.id.description, $0.state.rawValue] } == expected.keys)
        for entry in expected.keys {
            let trust = verified.key(try #require(KeyID(entry[0])))
            switch (trust, entry[1]) {
            case (.verifying, "pending"), (.verifying, "signing"), (.verifying, "verifying"): break
            case (.retired, "retired"), (.revoked, "revoked"): break
            default: Issue.record("\(entry[1]) is \(trust)")
            }
        }
        #expect(bundle.distributions.count == expected.distributions.count)
        for (read, wanted) in zip(bundle.distributions, expected.distributions) {
            #expect(read.id.description == wanted.id && read.name == wanted.name)
            #expect(read.surveyURL.text == wanted.surveyURL && read.lastExpiry.rawValue == wanted.lastExpiry)
            let resume: ResumePolicy =
                wanted.resumeSeconds.map { $0 == 0 ? .never : .within(seconds: $0) } ?? .untilFinished
            #expect(read.resume == resume && read.embeddedData.inLinkFields == wanted.inLinkFields)
            #expect(read.changes.epoch.rawValue == wanted.epoch && read.changes.expiry?.rawValue == wanted.expiry)
            #expect(read.changes.revoked.map(\.rawValue).sorted() == wanted.revokedSerials)
            #expect(read.changes.links.count == wanted.links.count)
            for link in wanted.links {
                let change = read.changes.links[Serial(rawValue: link.serial)]
                #expect(change?.epoch?.rawValue == link.epoch && change?.expiry?.rawValue == link.expiry)
                #expect(change?.reopenedAt?.rawValue == link.reopenedAt)
            }
            #expect(verified.distribution(read.id) == read && verified.changes(of: read.id) == read.changes)
        }
    }
}
