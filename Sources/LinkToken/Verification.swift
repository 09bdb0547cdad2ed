import Cryptography

/// What a verifier knows: keys, and what has changed since the links were minted.
public protocol LinkTrust: Sendable {
    /// What is known of a key.
    func key(_ id: KeyID) -> KeyTrust
    /// What has changed for a distribution's links.
    func changes(of distribution: DistributionID) -> DistributionChanges
}

/// What is known of a key.
public enum KeyTrust: Sendable {
    case unknown
    /// Links signed with it are good. A key that is published and does not sign yet is among these.
    case verifying(PublicKey)
    /// Links signed with it can't be opened any more. They still prove what happened while they could.
    case retired(PublicKey)
    /// It was stolen: links signed with it prove nothing.
    case revoked
}

/// What a link is shown for, which decides whether a retired key still vouches for it.
public enum LinkPurpose: Hashable, Sendable {
    /// To start or resume its survey, or to learn whether that is possible.
    case opening
    /// To report that its survey was finished. What happened stays true when the key has retired since.
    case reporting
}

extension Token {
    /// Checks key, signature, epoch and revocation, but not expiry: a survey that was started before its link expired
    /// may be resumed after. The caller asks ``VerifiedLink/checkExpiry(at:leeway:)`` where that matters.
    ///
    /// - Parameters:
    ///   - trust: what is known of keys and distributions.
    ///   - purpose: what the link is shown for. Do nothing else with the link that this gives.
    /// - Throws: the first check that fails, in the order of <doc:TokenFormat>.
    public func authenticate(
        against trust: borrowing some LinkTrust, for purpose: LinkPurpose = .opening
    ) throws(LinkRefusal) -> VerifiedLink {
        let key: PublicKey
        switch (trust.key(keyID), purpose) {
        case (.unknown, _): throw .keyUnknown(keyID)
        case (.verifying(let known), _), (.retired(let known), .reporting): key = known
        case (.retired, .opening), (.revoked, _): throw .keyNotVerifying(keyID)
        }
        let isSigned: Bool
        do {
            isSigned = try self.isSigned(by: key)
        } catch {
            throw .unavailable(error)
        }
        guard isSigned else { throw .signature }
        let claims = unverifiedClaims
        let nonce = claims.nonce
        let changes = trust.changes(of: nonce.distribution)
        try changes.check(nonce, epoch: claims.epoch)
        return VerifiedLink(
            claims: claims, keyID: keyID, expiry: changes.expiry(of: nonce.serial, saying: claims.expiry),
            reopenedAt: changes.links[nonce.serial]?.reopenedAt)
    }

    /// Makes every check in the order of <doc:TokenFormat>.
    ///
    /// ```swift
    /// let link = try Token(parsing: text).verify(against: bundle, at: now)
    /// ```
    ///
    /// - Parameters:
    ///   - trust: the keys, and what the bundle says of distributions.
    ///   - now: the time that the expiry is compared with.
    ///   - leeway: seconds past the token's own expiry that are still allowed, for clocks that differ.
    /// - Throws: the first check that fails.
    public func verify(
        against trust: borrowing some LinkTrust, at now: UnixTime, leeway: UInt32 = LinkExpiry.standardLeeway
    ) throws(LinkRefusal) -> VerifiedLink {
        let link = try authenticate(against: trust)
        try link.checkExpiry(at: now, leeway: leeway)
        return link
    }
}

/// A link whose signature was checked and whose distribution was not deleted. There is no other way to get one.
public struct VerifiedLink: Hashable, Sendable {
    public let claims: Claims
    /// The key that signed it.
    public let keyID: KeyID
    /// By the trust bundle if that changes it, else by the token.
    public let expiry: LinkExpiry
    /// When the trust bundle reopened it: a use that began earlier doesn't count.
    public let reopenedAt: UnixTime?

    public var nonce: Nonce { claims.nonce }

    /// Whether its survey can't be started any more.
    public func isExpired(at now: UnixTime, leeway: UInt32 = LinkExpiry.standardLeeway) -> Bool {
        expiry.hasPassed(at: now, leeway: leeway)
    }

    /// - Throws: ``LinkRefusal/expired(_:)``.
    public func checkExpiry(at now: UnixTime, leeway: UInt32 = LinkExpiry.standardLeeway) throws(LinkRefusal) {
        if isExpired(at: now, leeway: leeway) { throw .expired(expiry.time) }
    }

    /// - Throws: ``LinkRefusal/embeddedDataMismatch`` unless the data is exactly what the link was minted for.
    public func check(_ data: EmbeddedData, salt: EmbeddedData.Salt) throws(LinkRefusal) {
        let matches =
            if let hash = claims.embeddedDataHash {
                hash == data.commitment(for: nonce, salt: salt)
            } else {
                data.isEmpty
            }
        guard matches else { throw .embeddedDataMismatch }
    }
}
