import Files
import Glibc

/// The contact lists of a workspace.
///
/// ```swift
/// let (list, report) = try workspace.contacts.importList(ContactFile("people.csv"), name: "Customers", at: now)
/// ```
///
/// A list is a record `NAME.json` that names its contacts' file; replacing the record is what makes a change.
public struct ContactLibrary: Hashable, Sendable {
    let workspace: Workspace

    /// The address of placeholders. No mail can reach it (RFC 2606 §2).
    static let dummyEmail = "dummy@example.invalid"

    var directory: String { workspace.dataDirectory + "/contacts" }

    /// The lists by name.
    public func lists() throws(DistributionsError) -> [ContactList] {
        var lists: [ContactList] = []
        for name in try names(in: directory) where name.hasSuffix(".json") {
            lists.append(try StoredDocument.read(directory + "/" + name))
        }
        return lists.sorted { $0.name < $1.name }
    }

    /// - Throws: ``DistributionsError/notFound(what:name:)``.
    public func list(named name: String) throws(DistributionsError) -> ContactList {
        let path = recordPath(of: name)
        guard access(path, F_OK) == 0 else { throw .notFound(what: "contact list", name: name) }
        return try StoredDocument.read(path)
    }

    /// Calls the body with each contact of a list, in order, until it answers false.
    public func forEachContact(
        of list: ContactList, _ body: (Contact) throws(DistributionsError) -> Bool
    ) throws(DistributionsError) {
        var reader = try StoredContactReader(directory + "/" + list.file)
        while let contact = try reader.next() {
            guard try body(contact) else { return }
        }
    }

    /// - Throws: ``DistributionsError/notFound(what:name:)``.
    public func removeList(named name: String) throws(DistributionsError) {
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        let list = try list(named: name)
        try removeTree(recordPath(of: name))
        try syncDirectory(directory)
        try removeTree(directory + "/" + list.file)
    }

    /// Contact files that no record names, and temporary files that nobody writes. The lock is held.
    func removeLeftovers() throws(DistributionsError) {
        var named: Set<String> = []
        let names = try names(in: directory)
        for name in names where name.hasSuffix(".json") {
            named.insert(name)
            // A revocation must not fail because of a damaged record. Its contacts aren't known, so all are kept.
            guard let list: ContactList = try? StoredDocument.read(directory + "/" + name) else { return }
            named.insert(list.file)
        }
        for name in names where !named.contains(name) {
            let path = directory + "/" + name
            if !FileLock.isHeld(path) { try removeTree(path) }
        }
    }

    /// - Throws: ``DistributionsError/invalid(what:value:expected:)`` when no list can have that name, and
    ///   ``DistributionsError/exists(what:name:)`` when one has it that may not be replaced.
    public func checkIsFree(_ name: String, replacing: Bool) throws(DistributionsError) {
        try Workspace.checkName(name)
        if !replacing, access(recordPath(of: name), F_OK) == 0 { throw .exists(what: "contact list", name: name) }
    }

    func recordPath(of name: String) -> String { "\(directory)/\(fileName(for: name)).json" }
}
