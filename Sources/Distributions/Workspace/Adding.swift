import Cryptography
import Files
import Glibc
import LinkToken
import Trust

/// Which contacts are to be added to a distribution.
public struct AddRequest: Sendable {
    public var source: ContactSource
    public var selection: ContactSelection = .all
    public var spreadsheet = SpreadsheetLayout()
    /// Where the spreadsheet of the new links goes. `-` is standard output.
    public var output: String

    public init(source: ContactSource, output: String) {
        self.source = source
        self.output = output
    }
}

/// What came of adding contacts to a distribution.
public struct Addition: Hashable, Sendable {
    /// The distribution with the new contacts.
    public internal(set) var distribution: Distribution
    /// Contacts that were added. Nobody was, and no spreadsheet was written, if all of them have a link already.
    public internal(set) var added = 0
    public internal(set) var contacts = ContactReport()
    public internal(set) var warnings: [LinkWarning] = []
    /// Repeats the sample, if one was drawn.
    public internal(set) var seed: UInt64?

    /// Contacts who had a link before, and were left out.
    public var recipients: Int { contacts.findings.recipients.count }
}

extension DistributionLibrary {
    /// Adds contacts to a distribution, and writes the spreadsheet of their links.
    ///
    /// The new contacts get the serials behind the others, and links that are signed with the same key and expire with
    /// those of the others. Nothing that was sent before changes, and edges need not be told. People who have a link already
    /// are left out: a contact with the same contact ID, or if the row has no ID, with the same e-mail address.
    ///
    /// What it takes and writes depends on the number of new contacts, and not on how many the distribution has. If it is
    /// interrupted, the distribution has all of the new contacts or none of them, and the spreadsheet is there, whole, only if
    /// it has them. Others who add to the same distribution wait meanwhile.
    ///
    /// - Parameters:
    ///   - request: the contacts and the spreadsheet.
    ///   - id: the distribution.
    ///   - key: the key that signed the distribution's links (``key(for:in:passphrase:)``).
    ///   - now: the current time.
    ///   - progress: called after each batch, from the calling task.
    /// - Throws: ``DistributionsError``; ``DistributionsError/refused(_:reason:)`` if the distribution was deleted, its links
    ///   have expired, or were signed with another key.
    public func add(
        _ request: AddRequest, to id: DistributionID, key: PrivateKey, at now: UnixTime,
        progress: MintingProgress.Report? = nil
    ) async throws(DistributionsError) -> Addition {
        let contactLock = try workspace.contactLock(.shared)
        _ = try distribution(id)
        // Its files are those of one addition at a time.
        let lock = try FileLock.acquired(path(of: id), O_RDONLY | O_DIRECTORY, .exclusive, patience: workspace.patience)
        defer { withExtendedLifetime((contactLock, lock)) {} }
        return try await add(request, to: distribution(id), key: key, at: now, progress: progress)
    }

    /// The locks of contacts and of the distribution are held.
    private func add(
        _ request: AddRequest, to before: Distribution, key: PrivateKey, at now: UnixTime,
        progress: MintingProgress.Report?
    ) async throws(DistributionsError) -> Addition {
        try before.checkCanGrow(at: now)
        if case .file(let file) = request.source { try refuseSameFile(input: file.path, output: request.output) }
        let output = try OutputFile(request.output, outsideOf: workspace, format: request.spreadsheet.format)
        let staging = try StagingDirectory(for: before.id, in: self)
        try completeIndexes(of: before, in: staging)
        var contacts = try SelectedContacts(
            request.source, request.selection, addingTo: before, in: workspace, at: now)
        var after = before
        try after.take(fields: contacts.fields, embeddedNames: contacts.embeddedNames)
        let columns = EmbeddedColumns(from: contacts.embeddedNames, to: after.embeddedNames)
        let minting = try minting(of: after, layout: request.spreadsheet, key: key, at: now)
        let check = LinkCheck(after, tool: nil, minting)
        var first = try contacts.next()
        var addition = Addition(distribution: before, contacts: contacts.report)
        guard first != nil else {
            guard addition.recipients > 0 else { throw contacts.emptiness }
            return addition
        }

        try mergeLastParts(of: before, in: staging)
        var report: MintingProgress.Report?
        if let progress { report = { [earlier = before.contacts] in progress($0.after(earlier)) } }
        var part = try StagedPart(in: staging.path, from: before.contacts, embeddedNames: after.embeddedNames)
        let counts = try await minting.write(
            total: contacts.count, progress: report,
            next: { () throws(DistributionsError) -> (Contact, Serial)? in
                var next = first
                first = nil
                if next == nil { next = try contacts.next() }
                guard var contact = next else { return nil }
                guard let serial = Serial(ofRecipient: before.contacts + part.count) else { throw contacts.tooMany }
                columns.arrange(&contact)
                if let fault = try check.fault(of: contact, at: serial) {
                    throw .link(
                        contact: contact[.contactID], source: contacts.sourceName, line: contacts.line, fault: fault)
                }
                try part.append(contact)
                return (contact, serial)
            }, to: { try output.write($0) })

        try output.complete()
        try part.complete()
        addition.distribution = try commit(part, of: after, key: key, at: now)
        try output.commit()
        addition.added = part.count
        addition.contacts = contacts.report
        addition.seed = contacts.seed
        if let (asked, available) = contacts.shortSample {
            addition.warnings.append(.sampleTooLarge(asked: asked, available: available))
        }
        let newFields = Array(after.embeddedNames.dropFirst(before.embeddedNames.count))
        if !newFields.isEmpty { addition.warnings.append(.newFields(newFields)) }
        addition.warnings += counts.warnings
        return addition
    }

    /// The contacts are in the distribution, and durable, when this returns.
    ///
    /// - Parameter minted: the distribution as its new links were minted.
    private func commit(
        _ part: StagedPart, of minted: Distribution, key: PrivateKey, at now: UnixTime
    ) throws(DistributionsError) -> Distribution {
        let lock = try workspace.lock()
        defer { withExtendedLifetime(lock) {} }
        let hold = try holdKey(key.id, of: minted.id)
        defer { extendLifetime(hold) }
        let current = try distribution(minted.id)
        // The links were checked against this survey URL.
        guard current.deletedAt == nil, current.epoch == minted.epoch, current.keyID == minted.keyID,
            current.surveyURL == minted.surveyURL
        else { throw .refused(minted.id, reason: "it was changed while links were minted; add the contacts again") }
        let directory = path(of: minted.id)
        try part.move(to: directory)
        try syncDirectory(directory)
        return try update(minted.id) { (distribution) in
            distribution.contacts += part.count
            distribution.contactFields = minted.contactFields
            distribution.embeddedNames = minted.embeddedNames
            distribution.record(.added(contacts: part.count), at: now)
        }
    }
}

extension Distribution {
    /// - Throws: ``DistributionsError/refused(_:reason:)``.
    fileprivate func checkCanGrow(at now: UnixTime) throws(DistributionsError) {
        if deletedAt != nil {
            throw .refused(id, reason: "its links were deleted; make them anew before you add contacts")
        }
        if expiry.hasPassed(at: now) {
            throw .refused(id, reason: "its links expired at \(expiry); extend them before you add contacts")
        }
    }

    /// Takes in the columns of contacts that are added.
    ///
    /// - Throws: ``DistributionsError/invalid(what:value:expected:)`` for a column with the name of a field that the links
    ///   carry: they would carry the column instead, and those that were sent would change.
    fileprivate mutating func take(
        fields: Set<ContactField>, embeddedNames names: [String]
    ) throws(DistributionsError) {
        for name in names where !embeddedNames.contains(name) {
            let hidden = embeddedData.inLinkFields.first { $0.lowercased() == name.lowercased() }
            if let hidden, !embeddedNames.contains(hidden) {
                throw .invalid(
                    what: "column", value: name,
                    expected: "another heading, since links carry the contacts' own field of that name")
            }
            embeddedNames.append(name)
        }
        contactFields.formUnion(fields)
    }
}

extension MintingProgress {
    /// Without the contacts of a distribution that had their links before.
    fileprivate func after(_ earlier: Int) -> MintingProgress {
        MintingProgress(done: done - earlier, total: total, elapsed: elapsed)
    }
}
