import Files
import Glibc
import LinkToken

/// Writing a list: its contacts go to a new file, and its record then names that file.
extension ContactLibrary {
    /// Writes a list and puts it in its place. Nil, and nothing changed, when there are no contacts.
    ///
    /// - Parameter before: the list that the new one was made from. When it isn't there any more, somebody's change would
    ///   be lost, so nothing is changed.
    func add(
        _ name: String, embeddedNames: [String], from origin: ContactListOrigin?, replacing: Bool,
        before: ContactList? = nil, at now: UnixTime,
        progress: ContactProgress?, next: () throws(DistributionsError) -> Contact?
    ) throws(DistributionsError) -> ContactList? {
        var draft = try makeDraft(name, embeddedNames: embeddedNames)
        try draft.fill(progress: progress, next)
        guard draft.count > 0 else { return nil }
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        // Somebody may have been faster.
        try checkIsFree(name, replacing: replacing)
        if let before {
            guard access(recordPath(of: name), F_OK) == 0, try list(named: name).file == before.file else {
                throw .busy
            }
        }
        return try commit(draft, from: origin, at: now)
    }

    /// Writes a list anew, unless somebody changed it since it was read.
    ///
    /// - Parameter next: gives one contact after the other, from those of the list.
    /// - Throws: ``DistributionsError/busy``; ``DistributionsError/emptySelection(source:_:)`` when no contact is left.
    @discardableResult
    func rewrite(
        _ list: ContactList, _ next: (inout StoredContactReader) throws(DistributionsError) -> Contact?
    ) throws(DistributionsError) -> ContactList {
        // Nobody is erased meanwhile, to come back with this.
        let lock = try workspace.contactLock(.shared)
        defer { withExtendedLifetime(lock) {} }
        var opened = try openList(list.name)
        guard opened.list.file == list.file else { throw .busy }
        let rewritten = try add(
            list.name, embeddedNames: list.embeddedNames, from: list.origin, replacing: true, before: list,
            at: list.importedAt, progress: nil
        ) { () throws(DistributionsError) -> Contact? in
            try next(&opened.reader)
        }
        guard let rewritten else { throw .emptySelection(source: list.name, .onlyContact) }
        return rewritten
    }

    /// A list and its contacts, opened while nobody can replace them.
    func openList(
        _ name: String
    ) throws(DistributionsError) -> (list: ContactList, reader: StoredContactReader) {
        guard let opened = try openReplaced(name) else { throw .notFound(what: "contact list", name: name) }
        return (opened.list, opened.readers[0])
    }

    /// A list that shall be replaced, opened while nobody else can replace it, for as many readings as there are.
    func openReplaced(
        _ name: String
    ) throws(DistributionsError) -> (list: ContactList, readers: [StoredContactReader])? {
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        guard access(recordPath(of: name), F_OK) == 0 else { return nil }
        let list = try list(named: name)
        var readers: [StoredContactReader] = []
        for _ in 0..<3 { readers.append(try StoredContactReader(directory + "/" + list.file)) }
        return (list, readers)
    }

    private func makeDraft(_ name: String, embeddedNames: [String]) throws(DistributionsError) -> ListDraft {
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        return try ListDraft(name, embeddedNames: embeddedNames, in: directory)
    }

    /// The lock is held.
    func commit(
        _ draft: ListDraft, from origin: ContactListOrigin?, at now: UnixTime
    ) throws(DistributionsError) -> ContactList {
        var draft = draft
        let previous = access(recordPath(of: draft.name), F_OK) == 0 ? try list(named: draft.name).file : nil
        try draft.writer.commit()
        let list = ContactList(
            name: draft.name, importedAt: now, contacts: draft.count, fields: draft.fields,
            embeddedNames: draft.embeddedNames, origin: origin, file: draft.file)
        try StoredDocument.write(list, to: recordPath(of: draft.name))
        if let previous { try removeTree(directory + "/" + previous) }
        return list
    }
}

/// The contacts of a list on their way to the disk, where no record names them yet.
struct ListDraft {
    let name: String
    let embeddedNames: [String]
    let file: String
    var writer: StoredContactWriter
    /// The fields that any of the contacts has.
    private(set) var fields: Set<ContactField> = []

    init(_ name: String, embeddedNames: [String], in directory: String) throws(DistributionsError) {
        self.name = name
        self.embeddedNames = embeddedNames
        file = "\(fileName(for: name)).\(String(UInt64.random(in: .min ... .max), radix: 36)).csv"
        writer = try StoredContactWriter(directory + "/" + file, embeddedNames: embeddedNames)
    }

    var count: Int { writer.count }

    /// All contacts are durable when this returns.
    mutating func fill(
        progress: ContactLibrary.ContactProgress? = nil, _ next: () throws(DistributionsError) -> Contact?
    ) throws(DistributionsError) {
        while let contact = try next() {
            guard count < Int(UInt32.max) else {
                throw .invalid(what: "contact list", value: name, expected: "fewer contacts")
            }
            try writer.append(contact)
            if fields.count < ContactField.allCases.count {
                for field in ContactField.allCases where !contact[field].isEmpty { fields.insert(field) }
            }
            guard count.isMultiple(of: 4096) else { continue }
            if Task.isCancelled { throw .cancelled }
            progress?(count)
        }
        try writer.complete()
    }
}
