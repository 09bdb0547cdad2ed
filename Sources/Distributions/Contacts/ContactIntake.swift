import LinkToken

/// Takes contacts in: refuses an ID that came before, makes IDs that are missing, and counts what a person should know.
///
/// It keeps one hash per contact and no text, so a million contacts take some 55 MiB. The hash (SipHash, with a key of
/// this process) only raises a suspicion; before a duplicate ID is refused, the file is read again and the IDs are
/// compared. Duplicate e-mail addresses are only counted, by their hash.
public struct ContactIntake {
    public private(set) var report = ContactReport()

    private var ids = HashIndex()
    private var emails = HashIndex()
    private var lines: [UInt32] = []
    private var generator = SystemRandomNumberGenerator()

    public init() {}

    /// Checks a contact and gives it an ID when it has none.
    ///
    /// - Parameters:
    ///   - line: where it stands.
    ///   - file: where it comes from, to be read again on a suspicion.
    ///   - confirming: whether it is; without, the suspicion is enough.
    /// - Throws: ``DistributionsError/contact(file:line:fault:)`` for an ID that came before.
    public mutating func take(
        _ contact: inout Contact, line: Int, from file: ContactFile, confirming: Bool = true
    ) throws(DistributionsError) {
        let ordinal = UInt32(lines.count)
        lines.append(UInt32(clamping: line))
        if let id = contact.id {
            // Two different IDs that share a hash: both are kept, the second one unindexed.
            if case .present(let first) = ids.insert(id.text, ordinal) {
                let firstLine = Int(lines[Int(first)])
                let firstID = confirming ? try file.contactID(inLine: firstLine) : id
                if firstID == id {
                    throw .contact(
                        file: file.name ?? file.path, line: line,
                        fault: .duplicateID(id: id.text, firstLine: firstLine))
                }
            }
            if id.text.utf8.contains(UInt8(ascii: "@")) {
                report.emailsAsIDs += 1
                report.firstEmailAsID = report.firstEmailAsID ?? line
            }
        } else {
            var id: ContactID
            repeat { id = ContactID.made(using: &generator) } while !ids.insert(id.text, ordinal).isNew
            contact.id = id
            report.idsMade += 1
        }
        if contact.email.isEmpty {
            report.withoutEmail += 1
        } else if !emails.insertAddress(contact.email, ordinal).isNew {
            report.duplicateEmails += 1
        }
        report.contacts += 1
    }
}

/// What was found while contacts were taken in.
public struct ContactReport: Hashable, Sendable {
    public var contacts = 0
    /// Contacts that had no ID and were given one.
    public var idsMade = 0
    /// Contacts whose e-mail address came before, in any case. Each still gets a link of its own.
    public var duplicateEmails = 0
    public var withoutEmail = 0
    /// Contacts whose ID is an e-mail address, which stands readable in the link; and the line of the first.
    public var emailsAsIDs = 0
    public var firstEmailAsID: Int?
    /// What became of the contacts of the list that was replaced. Nil when none was.
    public internal(set) var changes: ContactChanges?
    /// What was found in the file itself.
    public internal(set) var findings = ContactFindings()

    public init() {}

    /// What a person should know; empty when all is well.
    public var warnings: [ContactWarning] {
        var warnings = findings.warnings
        if let firstEmailAsID { warnings.append(.emailsAsIDs(emailsAsIDs, firstLine: firstEmailAsID)) }
        if duplicateEmails > 0 { warnings.append(.sharedEmails(duplicateEmails)) }
        if withoutEmail > 0 { warnings.append(.withoutEmail(withoutEmail)) }
        return warnings
    }
}
