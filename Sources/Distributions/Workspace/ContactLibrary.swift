import Cryptography
import Encoding
import Files
import Glibc
import LinkToken
import Trust

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

    /// Takes a file's contacts into the library.
    ///
    /// - Parameters:
    ///   - replacing: whether a list of that name may be replaced. Contacts that were in it keep their ID: they are known
    ///     by the external data reference, then by the e-mail address. An ID in the file wins.
    ///   - progress: called now and then with the number of contacts that were taken in.
    /// - Throws: what is wrong with the file, with its line; ``DistributionsError/exists(what:name:)``;
    ///   ``DistributionsError/cancelled`` when the task is cancelled. Nothing is changed then.
    public func importList(
        _ file: ContactFile, name: String, replacing: Bool = false, at now: UnixTime,
        progress: ContactProgress? = nil
    ) throws(DistributionsError) -> (list: ContactList, report: ContactReport) {
        try take(file, as: name, from: nil, replacing: replacing, at: now, progress: progress)
    }

    /// Gets the number of contacts so far.
    public typealias ContactProgress = @Sendable (Int) -> Void

    /// Takes the contacts of a supplier into the library.
    ///
    /// What was fetched before an error or a cut is kept, and the next call for the same list goes on from there.
    ///
    /// - Throws: the supplier's failure, and what ``importList(_:name:replacing:at:)`` throws.
    public func importList(
        from supplier: some ContactSupplier, name: String, replacing: Bool = false, at now: UnixTime,
        progress: ContactProgress? = nil
    ) async throws -> (list: ContactList, report: ContactReport) {
        // Before the long way, and once more when the lock is held.
        try checkIsFree(name, replacing: replacing)
        return try await fetch(supplier, progress: progress) { (file) throws(DistributionsError) in
            try take(file, as: name, from: supplier.origin, replacing: replacing, at: now)
        }
    }

    /// Fetches a supplier's contacts and has them taken.
    ///
    /// Until they are, nobody else fetches the same ones: both would write the same files. What was fetched is kept when
    /// the task is cancelled or the disk full, so that the next call has less to do.
    private func fetch<Taken>(
        _ supplier: some ContactSupplier, progress: ContactProgress? = nil,
        _ take: (ContactFile) throws(DistributionsError) -> Taken
    ) async throws -> Taken {
        let directory = fetchDirectory(for: supplier.origin)
        try makeDirectory(fetches)
        let lock = try FileLock.acquired(
            directory + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW, .exclusive, patience: .zero)
        defer { withExtendedLifetime(lock) {} }
        let file = try await supplier.contacts(in: directory, progress: progress)
        let taken: Taken
        do {
            taken = try take(file)
        } catch {
            switch error {
            case .cancelled, .file: break
            default: try? removeTree(directory)
            }
            throw error
        }
        try? removeTree(directory)
        return taken
    }

    /// Fetches a list again. Contacts that were in it before keep their contact ID, as in every list that is replaced.
    ///
    /// - Throws: the supplier's failure; ``DistributionsError/noContacts(source:)`` when the list has become empty, and
    ///   nothing is changed then.
    public func refreshList(
        named name: String, from supplier: some ContactSupplier, at now: UnixTime
    ) async throws -> ContactListRefresh {
        if let before = try list(named: name).origin?.instance, before != supplier.origin?.instance {
            throw DistributionsError.invalid(
                what: "endpoint", value: supplier.origin?.instance ?? "",
                expected: "\(before), which the list \"\(name)\" came from")
        }
        var (added, removed): ([String], [String]) = ([], [])
        let (list, report) = try await fetch(supplier) { (file) throws(DistributionsError) in
            try take(
                file, as: name, from: supplier.origin, replacing: true, at: now,
                noting: { (contact, isAdded) in
                    if isAdded {
                        added.append(contact.externalDataReference)
                    } else {
                        removed.append(contact.externalDataReference)
                    }
                })
        }
        return ContactListRefresh(list: list, report: report, added: added, removed: removed)
    }

    /// A list that shall be replaced, opened while nobody else can replace it, for as many readings as there are.
    private func openReplaced(
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

    /// A list and its contacts, opened while nobody can replace them.
    func openList(
        _ name: String
    ) throws(DistributionsError) -> (list: ContactList, reader: StoredContactReader) {
        guard let opened = try openReplaced(name) else { throw .notFound(what: "contact list", name: name) }
        return (opened.list, opened.readers[0])
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

    private var fetches: String { workspace.dataDirectory + "/fetches" }

    private func fetchDirectory(for origin: ContactListOrigin?) -> String {
        guard let origin else { return fetches + "/file" }
        let words = [origin.service, origin.instance ?? "", origin.id] + origin.fields
        return fetches + "/" + fileName(for: words.joined(separator: " "))
    }

    /// - Parameter noting: gets each contact that was not in the list before, and then each that is in it no more.
    private func take(
        _ file: ContactFile, as name: String, from origin: ContactListOrigin?, replacing: Bool, at now: UnixTime,
        progress: ContactProgress? = nil, noting: ((Contact, _ isAdded: Bool) -> Void)? = nil
    ) throws(DistributionsError) -> (list: ContactList, report: ContactReport) {
        // An erased contact must not come back with its old ID: from here on nobody can be erased.
        let lock = try workspace.contactLock(.shared)
        defer { withExtendedLifetime(lock) {} }
        try checkIsFree(name, replacing: replacing)
        let spool = try SpooledInput(file, in: directory)
        var reader = try spool.file.reader()
        var intake = ContactIntake()
        let before = replacing ? try openReplaced(name) : nil
        var known: KnownContacts?
        let list: ContactList?
        do throws(DistributionsError) {
            if let before {
                known = try KnownContacts(
                    (before.readers[0], before.readers[1]), count: before.list.contacts, replacedBy: spool.file.reader()
                )
            }
            list = try add(
                name, embeddedNames: reader.columns.embeddedNames, from: origin, replacing: replacing,
                before: before?.list, at: now, progress: progress
            ) { () throws(DistributionsError) -> Contact? in
                guard var entry = try reader.next() else {
                    guard let known, let noting, var rest = before?.readers[2] else { return nil }
                    var number = 0
                    while let contact = try rest.next() {
                        if !known.isKept(number) { noting(contact, false) }
                        number += 1
                    }
                    return nil
                }
                if known?.recognize(&entry.contact) != true { noting?(entry.contact, true) }
                try intake.take(&entry.contact, line: entry.line, from: spool.file)
                return entry.contact
            }
        } catch {
            throw spool.file.withAllErrors(error)
        }
        guard let list else {
            let optedOut = reader.findings.optedOut.count
            throw file.skipsOptedOut && optedOut > 0
                ? .emptySelection(source: reader.path, .optedOut(optedOut)) : .noContacts(source: reader.path)
        }
        var report = intake.report
        report.changes = known?.changes
        report.findings = reader.findings
        return (list, report)
    }

    /// Makes a list of placeholders, for respondents who aren't known yet: each has an ID, and all the same address.
    ///
    /// - Parameter progress: called now and then with the number that was made.
    public func makeDummyList(
        _ count: Int, name: String, replacing: Bool = false, at now: UnixTime, progress: ContactProgress? = nil
    ) throws(DistributionsError) -> ContactList {
        guard (1...Int(UInt32.max)).contains(count) else {
            throw .invalid(what: "number of contacts", value: String(count), expected: "1 or more")
        }
        let lock = try workspace.contactLock(.shared)
        defer { withExtendedLifetime(lock) {} }
        try checkIsFree(name, replacing: replacing)
        var intake = ContactIntake()
        let none = ContactFile("")
        var made = 0
        let list = try add(name, embeddedNames: [], from: nil, replacing: replacing, at: now, progress: progress) {
            () throws(DistributionsError) -> Contact? in
            guard made < count else { return nil }
            made += 1
            var contact = Contact(id: "", email: Self.dummyEmail)
            try intake.take(&contact, line: made, from: none)
            return contact
        }
        return list!
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

    /// Writes a list as a contact file that mail merges and `importList` take. `-` is standard output.
    public func export(
        _ list: ContactList, to path: String, as dialect: CSVDialect = CSVDialect()
    ) throws(DistributionsError) {
        var csv = CSVWriter(separator: dialect.separator)
        let output = try OutputFile(path, outsideOf: workspace)
        try output.write(dialect.opening)
        for heading in ContactField.allCases.map(\.heading) + list.embeddedNames {
            csv.cell(FormulaGuard.applied(to: heading))
        }
        csv.endRow()
        try forEachContact(of: list) { (contact) throws(DistributionsError) in
            csv.append(contact)
            if csv.bytes.count >= 1 << 16 { try output.write(csv.take()) }
            return true
        }
        try output.write(csv.take())
        try output.commit()
    }

    /// Removes the contacts that match from every list. The lock is held.
    func removeContacts(where matches: (Contact) -> Bool) throws(DistributionsError) -> [String] {
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

    /// Contact files that no record names, and temporary files that nobody writes. The lock is held.
    func removeLeftovers() throws(DistributionsError) {
        var named: Set<String> = []
        let names = try names(in: directory)
        for name in names where name.hasSuffix(".json") {
            named.insert(name)
            // A damaged record is no reason to refuse a revocation. What belongs to it isn't known, so all is kept.
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

    private func makeDraft(_ name: String, embeddedNames: [String]) throws(DistributionsError) -> ListDraft {
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        return try ListDraft(name, embeddedNames: embeddedNames, in: directory)
    }

    /// The lock is held.
    private func commit(
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

    private func recordPath(of name: String) -> String { "\(directory)/\(fileName(for: name)).json" }
}

/// The contacts of a list on their way to the disk, where no record names them yet.
private struct ListDraft {
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

/// What the library knows of a contact list.
public struct ContactList: Hashable, Sendable {
    public let name: String
    public let importedAt: UnixTime
    /// The number of contacts.
    public let contacts: Int
    /// The fields that any of the contacts has.
    public let fields: Set<ContactField>
    /// The embedded-data fields.
    public let embeddedNames: [String]
    /// What fetches it again. Nil for files and placeholders.
    public let origin: ContactListOrigin?
    /// The name of the file with the contacts.
    let file: String
}

extension ContactList: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, importedAt, contacts, fields, embeddedNames, origin, file
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        importedAt = try values.decode(UnixTime.self, forKey: .importedAt)
        contacts = try values.decode(Int.self, forKey: .contacts)
        // Older records don't say: any field is possible.
        fields = Set(try values.decodeIfPresent([ContactField].self, forKey: .fields) ?? ContactField.allCases)
        embeddedNames = try values.decode([String].self, forKey: .embeddedNames)
        origin = try values.decodeIfPresent(ContactListOrigin.self, forKey: .origin)
        file = try values.decode(String.self, forKey: .file)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(name, forKey: .name)
        try values.encode(importedAt, forKey: .importedAt)
        try values.encode(contacts, forKey: .contacts)
        try values.encode(ContactField.allCases.filter(fields.contains), forKey: .fields)
        try values.encode(embeddedNames, forKey: .embeddedNames)
        try values.encodeIfPresent(origin, forKey: .origin)
        try values.encode(file, forKey: .file)
    }
}

/// A name for a file from a person's words: what of them is plain, and a hash that keeps different words apart.
func fileName(for name: String) -> String {
    var plain = ""
    for scalar in name.lowercased().unicodeScalars where plain.utf8.count < 40 {
        if scalar.isASCII, scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
            plain.unicodeScalars.append(scalar)
        } else if !plain.isEmpty, plain.last != "-" {
            plain += "-"
        }
    }
    let digest = SHA256.hash(Array(name.utf8).span)
    let hash = (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(digest[$1]) }
    return (plain.isEmpty ? "list" : plain) + (plain.last == "-" ? "" : "-") + hash.hexadecimal
}
