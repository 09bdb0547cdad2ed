import Cryptography
import LinkToken

/// Everything that changes for an edge, in one document: keys, epochs, distributions.
///
/// Publishing it is rotating, deleting and revoking. This is what an admin composes; an edge has a ``VerifiedBundle``.
public struct TrustBundle: Sendable {
    /// Counts up by one with each publication. An edge refuses a lower one than it has ever accepted.
    public var sequence: UInt64
    public var issuedAt: UnixTime
    /// When the next one is due at the latest: an edge that has none newer by then is being kept from it.
    public var nextUpdate: UnixTime
    public var keys: [PublishedKey]
    public var distributions: [PublishedDistribution]
    /// The root key that takes over, once a bundle has introduced it under the signature of the present one.
    public var nextRoot: PublicKey?

    public init(
        sequence: UInt64, issuedAt: UnixTime, nextUpdate: UnixTime, keys: [PublishedKey],
        distributions: [PublishedDistribution], nextRoot: PublicKey? = nil
    ) {
        self.sequence = sequence
        self.issuedAt = issuedAt
        self.nextUpdate = nextUpdate
        self.keys = keys
        self.distributions = distributions
        self.nextRoot = nextRoot
    }
}

/// A public key and where it is in its life.
public struct PublishedKey: Sendable {
    public let key: PublicKey
    public var state: KeyState

    public init(key: PublicKey, state: KeyState) {
        self.key = key
        self.state = state
    }

    /// What verifiers make of it.
    public var trust: KeyTrust {
        switch state {
        case .pending, .signing, .verifying: .verifying(key)
        case .retired: .retired(key)
        case .revoked: .revoked
        }
    }
}
