import Cryptography
import LinkToken

/// What the keyring knows of a key.
public struct KeyRecord: Hashable, Sendable, Codable, Identifiable {
    public let id: KeyID
    public let algorithm: SignatureAlgorithm
    public internal(set) var state: KeyState
    public let createdAt: UnixTime
    /// When it came to its present state.
    public internal(set) var changedAt: UnixTime
    /// When a bundle first carried it; nil before. A key signs only after edges could learn of it.
    public internal(set) var publishedAt: UnixTime?
}
