/// What has changed for a distribution's links since they were minted, as its admin published it in the trust bundle.
///
/// The links themselves can't be changed: they are signed and were sent. What the bundle says counts instead of what they
/// say. A distribution that nothing is known of has not changed.
public struct DistributionChanges: Hashable, Sendable {
    /// Links of a lower epoch were deleted.
    public var epoch: Epoch
    /// When its links expire instead of when they say, earlier or later.
    public var expiry: UnixTime?
    /// Single links that were revoked.
    public var revoked: Set<Serial>
    /// What has changed for single links. It counts before what was changed for all.
    public var links: [Serial: LinkChange]

    public init(
        epoch: Epoch = .initial, expiry: UnixTime? = nil, revoked: Set<Serial> = [], links: [Serial: LinkChange] = [:]
    ) {
        self.epoch = epoch
        self.expiry = expiry
        self.revoked = revoked
        self.links = links
    }

    public static let none = DistributionChanges()

    /// When a link really expires.
    ///
    /// - Parameters:
    ///   - serial: the link.
    ///   - time: what its token says.
    public func expiry(of serial: Serial, saying time: UnixTime) -> LinkExpiry {
        (links[serial]?.expiry ?? expiry).map { .ofBundle($0) } ?? .ofToken(time)
    }

    /// - Throws: ``LinkRefusal/deleted(_:)`` or ``LinkRefusal/revoked(_:)`` if links of that epoch no longer work.
    public func check(_ nonce: Nonce, epoch: Epoch) throws(LinkRefusal) {
        guard epoch >= self.epoch else { throw .deleted(nonce.distribution) }
        guard !revoked.contains(nonce.serial), epoch >= links[nonce.serial]?.epoch ?? .initial else {
            throw .revoked(nonce)
        }
    }
}

/// What has changed for one link since it was minted.
public struct LinkChange: Hashable, Sendable {
    /// Its recipient was given a new link of this epoch, and those of a lower one were revoked.
    public var epoch: Epoch?
    /// When it expires instead of when it or its distribution says.
    public var expiry: UnixTime?
    /// When it was last reopened: a use that began earlier doesn't count, so its survey can be started once more.
    public var reopenedAt: UnixTime?

    public init(epoch: Epoch? = nil, expiry: UnixTime? = nil, reopenedAt: UnixTime? = nil) {
        self.epoch = epoch
        self.expiry = expiry
        self.reopenedAt = reopenedAt
    }

    /// Nothing has changed.
    public static let none = LinkChange()
}
