/// What a link says: whose it is, of which distribution, until when, with which embedded data.
public struct Claims: Hashable, Sendable {
    /// The link's place: its distribution and its row.
    public var nonce: Nonce
    /// The distribution's revocation epoch when the link was minted.
    public var epoch: Epoch
    /// When the link expires, exclusive, unless the trust bundle says otherwise (``LinkExpiry``).
    public var expiry: UnixTime
    /// The hash of the contact's embedded data, or nil if there is none.
    public var embeddedDataHash: EmbeddedDataHash?
    public var contactID: ContactID

    public init(
        nonce: Nonce, epoch: Epoch, expiry: UnixTime, embeddedDataHash: EmbeddedDataHash?, contactID: ContactID
    ) {
        self.nonce = nonce
        self.epoch = epoch
        self.expiry = expiry
        self.embeddedDataHash = embeddedDataHash
        self.contactID = contactID
    }
}

/// A distribution's revocation epoch. Raising it breaks every link that was minted under a lower one.
public struct Epoch: RawRepresentable, Hashable, Comparable, Sendable, Codable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// The epoch of a distribution that was never deleted.
    public static let initial = Epoch(rawValue: 0)

    /// Nil after 65,535.
    public var next: Epoch? { rawValue == .max ? nil : Epoch(rawValue: rawValue + 1) }

    public static func < (lhs: Epoch, rhs: Epoch) -> Bool { lhs.rawValue < rhs.rawValue }
}

extension Epoch: CustomStringConvertible {
    public var description: String { String(rawValue) }
}
