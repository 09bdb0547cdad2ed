import Files
import Glibc
import LinkToken

/// Taking contacts into the library.
extension ContactLibrary {
    /// Takes a file's contacts into the library.
    ///
    /// - Parameters:
    ///   - file: the contact file.
    ///   - name: the name of the list.
    ///   - replacing: whether a list of that name may be replaced. Contacts that were in it keep their IDs: they are
    ///     recognised by the external data reference, then by the e-mail address. An ID in the file takes precedence.
    ///   - now: the current time.
    ///   - progress: called now and then with the number of contacts imported so far.
    /// - Throws: what is wrong with the file, with its line; ``DistributionsError/exists(what:name:)``;
    ///   ``DistributionsError/cancelled`` if the task is cancelled. Nothing is changed in these cases.
    public func importList(
        _ file: ContactFile, name: String, replacing: Bool = false, at now: UnixTime,
        progress: ContactProgress? = nil
    ) throws(DistributionsError) -> (list: ContactList, report: ContactReport) {
        try take(file, as: name, from: nil, replacing: replacing, at: now, progress: progress)
    }

    /// What importing a file would change in the list that it replaces. It reads both and changes nothing.
    ///
    /// - Throws: ``DistributionsError/notFound(what:name:)``; what is wrong with the file.
    public func changes(of name: String, by file: ContactFile) throws(DistributionsError) -> ContactChanges {
        guard let before = try openReplaced(name) else { throw .notFound(what: "contact list", name: name) }
        var known = try KnownContacts(
            (before.readers[0], before.readers[1]), count: before.list.contacts, replacedBy: file.reader())
        var reader = try file.reader()
        while var entry = try reader.next() { _ = known.recognize(&entry.contact) }
        return known.changes
    }

    /// Gets the number of contacts so far.
    public typealias ContactProgress = @Sendable (Int) -> Void

    /// Takes the contacts of a supplier into the library.
    ///
    /// What was fetched before an error or an interruption is kept, and the next call for the same list continues there.
    ///
    /// - Throws: the supplier's error, and what ``importList(_:name:replacing:at:progress:)`` throws.
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

    /// Makes a list of placeholders, for respondents who aren't known yet. Each has its own ID; all have the same address.
    ///
    /// - Parameters:
    ///   - count: the number of placeholders.
    ///   - name: the name of the list.
    ///   - replacing: whether a list of that name may be replaced.
    ///   - now: the current time.
    ///   - progress: called now and then with the number made so far.
    public func makeDummyList(
        _ count: Int, name: String, replacing: Bool = false, at now: UnixTime, progress: ContactProgress? = nil
    ) throws(DistributionsError) -> ContactList {
        var contacts = try ContactStream(.dummies(count), in: workspace)
        let lock = try workspace.contactLock(.shared)
        defer { withExtendedLifetime(lock) {} }
        try checkIsFree(name, replacing: replacing)
        let list = try add(name, embeddedNames: [], from: nil, replacing: replacing, at: now, progress: progress) {
            () throws(DistributionsError) -> Contact? in
            guard let (read, _) = try contacts.nextUnchecked() else { return nil }
            var contact = read
            try contacts.check(&contact)
            return contact
        }
        return list!
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
        guard let list else { throw spool.file.emptiness(optedOut: reader.findings.optedOut.count) }
        var report = intake.report
        report.changes = known?.changes
        report.findings = reader.findings
        return (list, report)
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

    var fetches: String { workspace.dataDirectory + "/fetches" }

    private func fetchDirectory(for origin: ContactListOrigin?) -> String {
        guard let origin else { return fetches + "/file" }
        let words = [origin.service, origin.instance ?? "", origin.id] + origin.fields
        return fetches + "/" + fileName(for: words.joined(separator: " "))
    }
}

/// What has changed in a list that was fetched again.
public struct ContactListRefresh: Hashable, Sendable {
    public let list: ContactList
    public let report: ContactReport
    /// External data references of contacts that were not in the list before.
    public let added: [String]
    /// External data references of contacts that are not in the list any more.
    public let removed: [String]
}
