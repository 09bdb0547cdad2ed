import LinkToken

/// What an admin keeps in order. Links and edges know nothing of it.
extension DistributionLibrary {
    /// Has lists leave a distribution out. Its links work as before.
    public func archive(_ id: DistributionID, at now: UnixTime) throws(DistributionsError) -> Distribution {
        try keep(id) { (distribution) in
            guard distribution.archivedAt == nil else { return }
            distribution.archivedAt = now
            distribution.record(.archived, at: now)
        }
    }

    /// Has lists show a distribution again.
    public func unarchive(_ id: DistributionID, at now: UnixTime) throws(DistributionsError) -> Distribution {
        try keep(id) { (distribution) in
            guard distribution.archivedAt != nil else { return }
            distribution.archivedAt = nil
            distribution.record(.unarchived, at: now)
        }
    }

    /// Notes something about a distribution, in place of what was noted before. An empty text removes the note.
    ///
    /// - Throws: ``DistributionsError/invalid(what:value:expected:)`` for line breaks and more than 1000 bytes.
    public func note(_ text: String, on id: DistributionID, at now: UnixTime) throws(DistributionsError) -> Distribution
    {
        if !text.isEmpty { try Workspace.checkName(text, of: "note") }
        return try keep(id) { (distribution) in
            let note = text.isEmpty ? nil : text
            guard distribution.note != note else { return }
            distribution.note = note
            distribution.record(note == nil ? .noteRemoved : .noted, at: now)
        }
    }

    private func keep(
        _ id: DistributionID, _ change: (inout Distribution) -> Void
    ) throws(DistributionsError) -> Distribution {
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        return try update(id, change)
    }
}
