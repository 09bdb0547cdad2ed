import LinkToken

/// What ends links. Each changes the workspace only: edges learn of it with the next trust bundle, from
/// ``DistributionLibrary/published(at:)``. Saying the same thing twice changes nothing.
extension DistributionLibrary {
    /// Deletes every link of a distribution: its epoch rises above theirs. It can't be undone; links can be made anew.
    public func delete(_ id: DistributionID, at now: UnixTime) throws(DistributionsError) -> Distribution {
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        return try update(id) { distribution in
            if distribution.deletedAt == nil { distribution.deletedAt = now }
        }
    }

    /// Revokes the links of single recipients, by contact ID or e-mail address.
    ///
    /// - Returns: the distribution, and how many links were revoked that were not before.
    /// - Throws: ``DistributionsError/contactsNotFound(_:source:)``, and nothing is changed, when one is not there.
    public func revoke(
        _ id: DistributionID, contacts: [String], at now: UnixTime
    ) throws(DistributionsError) -> (distribution: Distribution, count: Int) {
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        let before = try distribution(id)
        var missing = Set(contacts)
        var serials: Set<Serial> = []
        try forEachContact(of: id) { contact, serial in
            for key in contacts where contact.isCalled(key) {
                missing.remove(key)
                serials.insert(serial)
            }
            return true
        }
        guard missing.isEmpty else { throw .contactsNotFound(missing.sorted(), source: before.name) }
        let after = try update(id) { $0.revoke(serials, at: now) }
        return (after, after.revocations.count - before.revocations.count)
    }

    /// Revokes single links, by their places.
    ///
    /// - Throws: ``DistributionsError/notFound(what:name:)``, and nothing is changed, when there is no such link.
    public func revoke(
        _ id: DistributionID, serials: Set<Serial>, at now: UnixTime
    ) throws(DistributionsError) -> Distribution {
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        return try update(id) { (distribution) throws(DistributionsError) in
            for serial in serials where serial.rawValue >= distribution.contacts {
                throw .notFound(what: "link", name: serial.description)
            }
            distribution.revoke(serials, at: now)
        }
    }

    /// Sets when the links of a distribution expire, whatever they say: no survey is started from that second on. Later
    /// than they say is refused.
    public func changeExpiry(
        of id: DistributionID, to expiry: UnixTime
    ) throws(DistributionsError) -> Distribution {
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        return try update(id) { (distribution) throws(DistributionsError) in
            guard expiry <= distribution.linkExpiry else {
                throw .refused(
                    id,
                    reason: "its links say \(distribution.linkExpiry) and can't be changed; generate a new distribution"
                        + " for a later expiration")
            }
            distribution.changedExpiry = expiry
        }
    }
}

extension Contact {
    /// Whether a person means this contact: by its ID, or by its e-mail address in any case.
    func isCalled(_ text: String) -> Bool {
        text == id?.text || !email.isEmpty && text.lowercased() == email.lowercased()
    }
}
