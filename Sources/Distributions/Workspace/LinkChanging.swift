import Consumption
import LinkToken
import Trust

/// What changes links that were sent. Each changes the workspace only: edges learn of it with the next trust bundle, from
/// ``DistributionLibrary/published(at:)``. Saying the same thing twice changes nothing.
extension DistributionLibrary {
    /// Deletes every link of a distribution: its epoch rises above theirs. It can't be undone; links can be made anew.
    public func delete(_ id: DistributionID, at now: UnixTime) throws(DistributionsError) -> Distribution {
        try changeLinks(of: id, at: now) { (distribution) throws(DistributionsError) in
            if distribution.deletedAt == nil { distribution.deletedAt = now }
        } recording: { _, _ in
            .deleted
        }
    }

    /// Revokes links, those that aren't yet.
    ///
    /// - Throws: ``DistributionsError/notFound(what:name:)`` if a link doesn't exist. Nothing is changed then.
    public func revoke(
        _ id: DistributionID, serials: Set<Serial>, at now: UnixTime
    ) throws(DistributionsError) -> Distribution {
        try changeLinks(serials, of: id, at: now) { (distribution) throws(DistributionsError) in
            distribution.revoke(serials, at: now)
        } recording: {
            .revoked(links: $1.revocations.count - $0.revocations.count)
        }
    }

    /// Lets links work again that were revoked.
    ///
    /// - Throws: ``DistributionsError/refused(_:reason:)``, and nothing is changed, if the distribution was deleted, or if
    ///   the data of a recipient was erased, since the link would open a survey for nobody.
    public func undoRevocation(
        of id: DistributionID, serials: Set<Serial>, at now: UnixTime
    ) throws(DistributionsError) -> Distribution {
        try changeLinks(serials, of: id, at: now) { (distribution) throws(DistributionsError) in
            try distribution.requireLinks()
            for serial in serials where distribution.revocations[serial] != nil {
                guard try contact(at: serial, of: id) != nil else {
                    throw .refused(id, reason: "the recipient of the link \(serial) was erased")
                }
                distribution.revocations[serial] = nil
            }
        } recording: {
            .revocationUndone(links: $0.revocations.count - $1.revocations.count)
        }
    }

    /// Sets when links expire, whatever they say, earlier or later: no survey is started from that second on.
    ///
    /// For the whole distribution it also replaces what was set for single links before.
    ///
    /// - Parameters:
    ///   - id: the distribution.
    ///   - serials: single links; nil for all.
    ///   - expiry: the first second in which no survey can be started.
    ///   - now: the time of the change.
    /// - Throws: ``DistributionsError/refused(_:reason:)`` if the distribution was deleted, or if its links can't be
    ///   opened until then because their key is retired or revoked.
    public func changeExpiry(
        of id: DistributionID, serials: Set<Serial>? = nil, to expiry: UnixTime, at now: UnixTime
    ) throws(DistributionsError) -> Distribution {
        // Or else the key could be retired for want of links between the look at its state and the new manifest.
        try changeLinks(serials ?? [], of: id, holdingKeys: true, at: now) {
            (distribution) throws(DistributionsError) in
            try distribution.requireLinks()
            try requireVerifyingKey(of: distribution)
            if let serials {
                for serial in serials { distribution.linkChanges[serial, default: .none].expiry = expiry }
            } else {
                distribution.changedExpiry = expiry
                distribution.clearLinkChanges { $0.expiry = nil }
            }
        } recording: { _, _ in
            .expiryChanged(to: expiry, recipients: serials?.count)
        }
    }

    /// Reopens links, so that their surveys can be started once more: what was recorded of them so far doesn't count.
    ///
    /// - Parameters:
    ///   - id: the distribution.
    ///   - serials: the links.
    ///   - uses: what is known of their use. The reopening is dated after it, even if an edge's clock is ahead.
    ///   - now: the time of the reopening.
    /// - Throws: ``DistributionsError/refused(_:reason:)`` if the distribution was deleted, or a link was revoked.
    public func reopen(
        _ id: DistributionID, serials: Set<Serial>, uses: DistributionHistory, at now: UnixTime
    ) throws(DistributionsError) -> Distribution {
        try changeLinks(serials, of: id, at: now) { (distribution) throws(DistributionsError) in
            try distribution.requireLinks()
            for serial in serials {
                guard distribution.revocations[serial] == nil else {
                    throw .refused(id, reason: "the link \(serial) was revoked, so it can't be started")
                }
                let afterStart = uses[serial].map { $0.startedAt.adding(seconds: 1) } ?? now
                let earlier = distribution.linkChanges[serial]?.reopenedAt ?? now
                distribution.linkChanges[serial, default: .none].reopenedAt = max(now, afterStart, earlier)
            }
        } recording: { _, _ in
            .reopened(links: serials.count)
        }
    }

    /// The recipients who have one of these contact IDs or e-mail addresses, by their places.
    ///
    /// - Throws: ``DistributionsError/contactsNotFound(_:source:)`` if nobody has one of them.
    public func recipients(
        called contacts: [String], of distribution: Distribution
    ) throws(DistributionsError) -> [Serial: Contact] {
        var missing = Set(contacts)
        var recipients: [Serial: Contact] = [:]
        try forEachContact(of: distribution.id) { contact, serial in
            for key in contacts where contact.isCalled(key) {
                missing.remove(key)
                recipients[serial] = contact
            }
            return true
        }
        guard missing.isEmpty else { throw .contactsNotFound(missing.sorted(), source: distribution.name) }
        return recipients
    }

    /// Changes a manifest, and records what was done if that changed anything.
    private func changeLinks(
        _ serials: Set<Serial> = [], of id: DistributionID, holdingKeys: Bool = false, at now: UnixTime,
        _ change: (inout Distribution) throws(DistributionsError) -> Void,
        recording action: (_ before: Distribution, _ after: Distribution) -> DistributionChange.Action
    ) throws(DistributionsError) -> Distribution {
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        let hold = holdingKeys ? try keyHold() : nil
        defer { extendLifetime(hold) }
        return try update(id) { (distribution) throws(DistributionsError) in
            for serial in serials where serial.rawValue >= distribution.contacts {
                throw .notFound(what: "link", name: serial.description)
            }
            let before = distribution
            try change(&distribution)
            if distribution != before { distribution.record(action(before, distribution), at: now) }
        }
    }
}

extension Distribution {
    /// Revokes links, those that aren't yet.
    mutating func revoke(_ serials: some Sequence<Serial>, at now: UnixTime) {
        for serial in serials where revocations[serial] == nil { revocations[serial] = now }
    }

    /// Takes back a part of what was changed for single links, now that all have the same.
    mutating func clearLinkChanges(_ clear: (inout LinkChange) -> Void) {
        for serial in linkChanges.keys {
            clear(&linkChanges[serial, default: .none])
            if linkChanges[serial] == LinkChange.none { linkChanges[serial] = nil }
        }
    }

    /// - Throws: ``DistributionsError/refused(_:reason:)`` if its links were deleted.
    func requireLinks() throws(DistributionsError) {
        guard deletedAt == nil else { throw .refused(id, reason: "its links were deleted") }
    }
}

extension Contact {
    /// Whether a person means this contact: by its ID, or by its e-mail address in any case.
    func isCalled(_ text: String) -> Bool {
        text == id?.text || !email.isEmpty && text.lowercased() == email.lowercased()
    }
}
