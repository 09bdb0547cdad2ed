import Cryptography
import Files
import Glibc
import LinkToken
import Trust

/// The distributions of a workspace. Each is a directory, which appears complete or not at all.
public struct DistributionLibrary: Hashable, Sendable {
    let workspace: Workspace

    var directory: String { workspace.dataDirectory + "/distributions" }

    /// The distributions, the oldest first.
    public func all() throws(DistributionsError) -> [Distribution] {
        var distributions: [Distribution] = []
        for name in try names(in: directory) {
            if let id = DistributionID(name) { distributions.append(try distribution(id)) }
        }
        return distributions.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    /// - Throws: ``DistributionsError/notFound(what:name:)``.
    public func distribution(_ id: DistributionID) throws(DistributionsError) -> Distribution {
        let path = manifestPath(of: id)
        guard access(path, F_OK) == 0 else { throw .notFound(what: "distribution", name: id.description) }
        let distribution: Distribution = try StoredDocument.read(path)
        guard distribution.id == id else { throw .damaged(path: path, reason: "it belongs to another distribution") }
        return distribution
    }

    /// A distribution by its ID, the beginning of its ID, or its name where no other has it.
    public func distribution(called text: String) throws(DistributionsError) -> Distribution {
        if let id = DistributionID(text) { return try distribution(id) }
        let all = try all()
        let named = all.filter { $0.name == text }
        let found = named.isEmpty && text.utf8.count >= 4 ? all.filter { $0.id.description.hasPrefix(text) } : named
        guard let first = found.first else { throw .notFound(what: "distribution", name: text) }
        guard found.count == 1 else {
            throw .invalid(
                what: "distribution", value: text,
                expected: "one of the IDs " + found.map(\.id.description).joined(separator: ", "))
        }
        return first
    }

    /// The name, with a number behind it where another distribution has it: commands know distributions by their names.
    /// The lock is held.
    func freeName(_ name: String) throws(DistributionsError) -> String {
        let taken = try takenNames()
        guard taken.contains(name) else { return name }
        var number = 2
        while taken.contains("\(name) (\(number))") { number += 1 }
        return "\(name) (\(number))"
    }

    /// The names of all distributions but one. The lock is held.
    func takenNames(besides excluded: DistributionID? = nil) throws(DistributionsError) -> Set<String> {
        var taken: Set<String> = []
        for entry in try names(in: directory) {
            // One that can't be read can't be meant by its name either.
            if let id = DistributionID(entry), id != excluded, let other = try? distribution(id) {
                taken.insert(other.name)
            }
        }
        return taken
    }

    /// Calls the body with each contact and its serial, in order, until it answers false. Erased ones are passed over.
    public func forEachContact(
        of id: DistributionID, _ body: (Contact, Serial) throws(DistributionsError) -> Bool
    ) throws(DistributionsError) {
        var reader = try RecipientReader(of: distribution(id), in: self)
        while let contact = try reader.next() {
            guard try body(contact, reader.serial) else { return }
        }
    }

    /// Calls the body with each contact that a search finds and its serial, in order, until it answers false.
    ///
    /// - Parameters:
    ///   - id: the distribution.
    ///   - search: part of a name, an e-mail address, an ID or a reference, in any case. Empty for all contacts.
    ///   - start: the first serial that is looked at.
    ///   - isWanted: whether a serial is looked at.
    ///   - body: gets the contacts.
    public func forEachContact(
        of id: DistributionID, finding search: String, from start: Int = 0, where isWanted: (Serial) -> Bool,
        _ body: (Contact, Serial) throws(DistributionsError) -> Bool
    ) throws(DistributionsError) {
        let distribution = try distribution(id)
        guard start < distribution.contacts else { return }
        var reader = try RecipientReader(of: distribution, in: self, from: start)
        let filter = RowFilter(search)
        while let contact = try reader.next(finding: filter, where: isWanted) {
            guard try body(contact, reader.serial) else { return }
        }
    }

    /// The contact at a place of a distribution. Nil if the place is empty or the contact was erased.
    public func contact(at serial: Serial, of id: DistributionID) throws(DistributionsError) -> Contact? {
        let distribution = try distribution(id)
        guard serial.rawValue < distribution.contacts else { return nil }
        var reader = try RecipientReader(of: distribution, in: self, from: Int(serial.rawValue))
        return try reader.nextRow()?.contact
    }

    /// The person whom a distribution of one link is for. Nil where there are more, and where they were erased.
    public func onlyContact(of distribution: Distribution) throws(DistributionsError) -> Contact? {
        guard distribution.contacts == 1 else { return nil }
        var only: Contact?
        try forEachContact(of: distribution.id) { (contact, _) in
            only = contact
            return false
        }
        return only
    }

    /// What edges are told: every distribution with a link that can still be started, resumed or revoked.
    public func published(at now: UnixTime) throws(DistributionsError) -> [PublishedDistribution] {
        try all().map(\.published).filter { $0.isNeeded(at: now) }
    }

    /// How many links signed with a key are not deleted and can still be started or resumed.
    public func unexpiredLinks(of key: KeyID, at now: UnixTime) throws(DistributionsError) -> Int {
        try all().lazy.filter { $0.keyID == key }.reduce(0) { $0 + $1.unexpiredLinks(at: now) }
    }

    /// Keeps a key as it is until a distribution's manifest names it. A key is retired once no distribution needs it, and
    /// before that nobody can know of this one.
    ///
    /// - Returns: nil where there is no keyring, and the caller has the key from elsewhere.
    /// - Throws: ``DistributionsError/refused(_:reason:)`` when links of the key are refused already.
    func holdKey(_ id: KeyID, of distribution: DistributionID) throws(DistributionsError) -> KeyringHold? {
        let hold = try keyHold()
        if let record = try keyRecord(id), !record.state.verifies {
            throw .refused(
                distribution,
                reason: "its key \(id) was \(record.state.rawValue) while links were minted; mint them again")
        }
        return hold
    }

    /// Keeps every key as it is.
    ///
    /// - Returns: nil if the workspace has no keyring.
    func keyHold() throws(DistributionsError) -> KeyringHold? {
        guard hasKeyring else { return nil }
        do {
            return try KeyringHold(workspace.keyringDirectory)
        } catch {
            throw DistributionsError(wrapping: error)
        }
    }

    /// - Throws: ``DistributionsError/refused(_:reason:)`` if edges refuse a distribution's links because of their key.
    func requireVerifyingKey(
        of distribution: Distribution
    ) throws(DistributionsError) {
        guard let record = try keyRecord(distribution.keyID), !record.state.verifies else { return }
        throw .refused(
            distribution.id,
            reason: "its links can't be opened any more, because their key \(record.id) was \(record.state.rawValue);"
                + " download it, which makes new links, and send those")
    }

    private var hasKeyring: Bool { access(workspace.keyringDirectory + "/keyring.json", F_OK) == 0 }

    private func keyRecord(_ id: KeyID) throws(DistributionsError) -> KeyRecord? {
        guard hasKeyring else { return nil }
        do {
            return try workspace.keyring().keys.first { $0.id == id }
        } catch {
            throw DistributionsError(wrapping: error)
        }
    }

    /// The secret that seals a distribution's embedded data.
    ///
    /// - Throws: ``DistributionsError/cryptography(reason:)`` if other users can read its file.
    public func salt(of distribution: Distribution) throws(DistributionsError) -> EmbeddedData.Salt {
        guard case .sealed = distribution.embeddedData else { return .inLink }
        do {
            return .sealed(try SecretFile.read(saltPath(of: distribution.id)))
        } catch {
            throw DistributionsError(wrapping: error)
        }
    }

    /// Changes a manifest in one step. The lock is held.
    func update(
        _ id: DistributionID, _ change: (inout Distribution) throws(DistributionsError) -> Void
    ) throws(DistributionsError) -> Distribution {
        var distribution = try distribution(id)
        let before = distribution
        try change(&distribution)
        if distribution != before { try StoredDocument.write(distribution, to: manifestPath(of: id)) }
        return distribution
    }

    func path(of id: DistributionID) -> String { "\(directory)/\(id)" }
    func manifestPath(of id: DistributionID) -> String { path(of: id) + "/manifest.json" }
    func saltPath(of id: DistributionID) -> String { path(of: id) + "/salt" }

    /// Distributions that nobody works on and that were not finished, parts that no distribution needs, and temporary files.
    /// The lock is held.
    func removeLeftovers() throws(DistributionsError) {
        for name in try names(in: directory) {
            guard let id = DistributionID(name) else {
                let path = directory + "/" + name
                if !FileLock.isHeld(path) { try removeTree(path) }
                continue
            }
            let files = try names(in: directory + "/" + name)
            let abandoned = abandonedParts(of: id, among: files)
            for file in files
            where !["manifest.json", "salt"].contains(file)
                && (ContactPart(fileName: file) == nil || abandoned.contains(file))
            {
                try removeTree(directory + "/" + name + "/" + file)
            }
        }
    }
}
