import Glibc
import LinkToken

/// What was removed of a person, and what linkseal can't reach.
public struct Erasure: Hashable, Sendable {
    /// The lists that the person was in.
    public let lists: [String]
    /// The distributions that the person had a link of. The links are revoked.
    public let distributions: [DistributionID]

    public var foundNothing: Bool { lists.isEmpty && distributions.isEmpty }

    /// What may still hold the person's data.
    public static let outOfReach = [
        "spreadsheets that were already written, and what was imported from them",
        "the e-mails that were sent and the program that sent them",
        "responses in the survey tool",
        "files that contacts were imported from, which bring the person back if they are given again",
        "names of lists and distributions, and notes on them",
        "backups of the workspace",
    ]
}

extension Workspace {
    /// Removes a person's data from every list and every distribution, and revokes their links.
    ///
    /// Every contact with that contact ID or e-mail address is erased. In a distribution the person's row stays, empty, so
    /// that the other links keep their places. If it is interrupted, call it again to erase the rest.
    public func erase(_ contact: String, at now: UnixTime) throws(DistributionsError) -> Erasure {
        let locks = (try contactLock(.exclusive), try lock())
        defer { withExtendedLifetime(locks) {} }
        var touched: [DistributionID] = []
        for distribution in try distributions.all() {
            if try distributions.erase(contact, from: distribution, at: now) { touched.append(distribution.id) }
        }
        return Erasure(lists: try contacts.removeContacts { $0.isCalled(contact) }, distributions: touched)
    }
}

extension DistributionLibrary {
    /// The lock is held.
    fileprivate func erase(
        _ contact: String, from distribution: Distribution, at now: UnixTime
    ) throws(DistributionsError) -> Bool {
        var serials: Set<Serial> = []
        try forEachContact(of: distribution.id) { candidate, serial in
            if candidate.isCalled(contact) { serials.insert(serial) }
            return true
        }
        guard !serials.isEmpty else { return false }
        // The links first: were the row gone and the process killed, nobody would find them any more.
        _ = try update(distribution.id) {
            $0.revoke(serials, at: now)
            $0.record(.erased(contacts: serials.count), at: now)
        }
        for part in try openParts(of: distribution)
        where serials.contains(where: { part.serials.contains(Int($0.rawValue)) }) {
            try erase(serials, from: part, of: distribution.id)
        }
        return true
    }

    private func erase(
        _ serials: Set<Serial>, from part: OpenPart, of id: DistributionID
    ) throws(DistributionsError) {
        let directory = path(of: id)
        let indexPath = directory + "/" + part.part.indexName
        // First of all: the hashes of who was erased must not stay behind if this is interrupted.
        try removeTree(indexPath)
        try syncDirectory(directory)
        var reader = try StoredContactReader(part.file)
        var writer = try PartWriter(directory + "/" + part.part.fileName, embeddedNames: reader.embeddedNames)
        while let row = try reader.nextRow() {
            let serial = Serial(rawValue: UInt32(part.serials.lowerBound + writer.count))
            try writer.append(serials.contains(serial) ? .erased : row)
        }
        try writer.commit(indexPath: indexPath)
    }
}

extension ContactLibrary {
    /// Removes the contacts that match from every list. The lock is held.
    fileprivate func removeContacts(where matches: (Contact) -> Bool) throws(DistributionsError) -> [String] {
        // What was fetched of a list before a cut is fetched again.
        if access(fetches, F_OK) == 0 { try removeTree(fetches) }
        var changed: [String] = []
        for list in try lists() {
            var isHit = false
            try forEachContact(of: list) { (contact) throws(DistributionsError) in
                isHit = matches(contact)
                return !isHit
            }
            guard isHit else { continue }
            var reader = try StoredContactReader(directory + "/" + list.file)
            var draft = try ListDraft(list.name, embeddedNames: list.embeddedNames, in: directory)
            try draft.fill { () throws(DistributionsError) -> Contact? in
                while let contact = try reader.next() {
                    if !matches(contact) { return contact }
                }
                return nil
            }
            _ = try commit(draft, from: list.origin, at: list.importedAt)
            changed.append(list.name)
        }
        return changed
    }
}
