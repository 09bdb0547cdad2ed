import Cryptography
import Foundation
import LinkToken
import Synchronization
import Trust

@testable import BundleFollowing

let noon = UnixTime(rawValue: 1_800_000_000)
let day: UInt32 = 86400

/// A root key, and bundles that it signs.
struct Publisher: Sendable {
    let root = try! PrivateKey.generate(.ed25519)

    func bundle(
        _ sequence: UInt64, next: PublicKey? = nil, keys: [PublicKey] = [], distributions: Int = 1,
        by signer: PrivateKey? = nil
    ) -> [UInt8] {
        let template = try! SurveyURLTemplate("https://survey.example/?r={session}")
        let bundle = TrustBundle(
            sequence: sequence, issuedAt: noon, nextUpdate: noon.adding(seconds: 30 * day),
            keys: keys.enumerated().map { PublishedKey(key: $1, state: $0 == 0 ? .signing : .verifying) },
            distributions: (1...UInt64(distributions)).map {
                PublishedDistribution(
                    id: DistributionID(rawValue: $0)!, name: "Survey", surveyURL: template, lastExpiry: noon)
            }, nextRoot: next)
        return try! bundle.signed(by: signer ?? root)
    }
}

extension FetchLimits {
    /// For tests of anything but the time that a fetch may take, which a busy machine must not decide.
    static let patient = FetchLimits(headSeconds: 600, wholeSeconds: 600)
}

/// A value that a test changes while threads read it.
final class Shared<Value: Sendable>: Sendable {
    private let box: Mutex<Value>

    init(_ value: Value) { box = Mutex(value) }

    var value: Value {
        get { box.withLock { $0 } }
        set { box.withLock { $0 = newValue } }
    }
}
