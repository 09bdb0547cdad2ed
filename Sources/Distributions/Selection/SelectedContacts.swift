import LinkToken

/// The contacts of a source that a selection leaves, one after the other, in the source's order.
///
/// Contacts of a file are all checked, also those that are not selected.
struct SelectedContacts {
    let embeddedNames: [String]
    /// Which fields of their own the source's contacts have.
    let fields: Set<ContactField>
    /// The source as people know it.
    let sourceName: String
    /// The list of a service that the source is, or was taken from.
    let listOrigin: ContactListOrigin?
    /// The seed of the sample, when there is one.
    private(set) var seed: UInt64?
    /// A sample of more contacts than there are, and how many there are.
    private(set) var shortSample: (asked: Int, available: Int)?
    /// The number of contacts that will be given, when that is known.
    private(set) var count: Int?

    private var stream: ContactStream
    private var conditions: SelectionConditions
    private var sampling: SelectionSampling?
    private var readCount = 0
    private var drawnFrom: (size: SampleSize, total: Int)?
    private var recipients: Recipients?
    private var withLink = LineList()
    private var sharingAddress = LineList()

    var report: ContactReport {
        var report = stream.report
        report.findings.recipients = withLink
        report.findings.sharedAddresses = sharingAddress
        return report
    }

    /// Where the contact that was given last stands in its file. Nil where there is no file.
    var line: Int? { stream.fileLine }

    /// - Parameter distribution: the one that the contacts are to be added to. People who have a link of it are skipped.
    init(
        _ source: ContactSource, _ selection: ContactSelection, addingTo distribution: Distribution? = nil,
        in workspace: Workspace, at now: UnixTime
    ) throws(DistributionsError) {
        if let distribution { recipients = try Recipients(of: distribution, in: workspace.distributions) }
        var source = source
        var spool: SpooledInput?
        if case .file(let file) = source {
            let spooled = try SpooledInput(file, in: workspace.dataDirectory)
            spool = spooled
            source = .file(spooled.file)
        }
        // A list is not replaced between its record and its file then, nor between two ways through it.
        let lock = try workspace.lock()
        stream = try ContactStream(source, in: workspace)
        stream.spool = spool
        let counting = selection.sample == nil ? nil : try ContactStream(source, in: workspace)
        withExtendedLifetime(lock) {}
        embeddedNames = stream.embeddedNames
        fields = stream.fields
        sourceName = stream.name
        listOrigin = stream.listOrigin
        conditions = try SelectionConditions(
            selection, of: source, embeddedNames: stream.embeddedNames, in: workspace, at: now)
        count = stream.count

        if let size = selection.sample, var pass = counting {
            var total = 0
            while let (contact, serial) = try pass.nextUnchecked() {
                if conditions.allow(contact, serial), recipients?.include(contact) != true { total += 1 }
            }
            try conditions.checkAllFound(in: sourceName)
            let seed = selection.seed ?? UInt64.random(in: .min ... .max)
            self.seed = seed
            count = size.count(of: total)
            drawnFrom = (size, total)
            if case .count(let asked) = size, asked > total { shortSample = (asked, total) }
            sampling = SelectionSampling(size.count(of: total), of: total, seed: seed)
        } else if selection.kind != .list {
            count = nil
        } else if distribution != nil, case .list = source {
            // Some of them may have a link.
            count = nil
        }
    }

    /// Nil at the end.
    ///
    /// - Throws: ``DistributionsError/contactsNotFound(_:source:)`` at the end, when one that was asked for is not there.
    mutating func next() throws(DistributionsError) -> Contact? {
        while let (read, serial) = try stream.nextUnchecked() {
            readCount += 1
            var contact = read
            // Asked before an ID is made: a made one says nothing of the person.
            let isAllowed = (conditions.areNone || conditions.allow(contact, serial)) && !hasLink(contact)
            try stream.check(&contact, isCounted: isAllowed)
            if isAllowed, sampling?.takesNext() ?? true {
                if recipients?.haveAddress(of: contact) == true { sharingAddress.append(line) }
                return contact
            }
        }
        try conditions.checkAllFound(in: sourceName)
        return nil
    }

    private mutating func hasLink(_ contact: Contact) -> Bool {
        guard recipients?.include(contact) == true else { return false }
        withLink.append(line)
        return true
    }

    /// That they are more than a distribution can have.
    var tooMany: DistributionsError {
        .invalid(what: "contact list", value: sourceName, expected: "fewer contacts")
    }

    /// Why none was given.
    var emptiness: DistributionsError {
        let findings = report.findings
        if readCount == 0, findings.skipsOptedOut, !findings.optedOut.isEmpty {
            return .emptySelection(source: sourceName, .optedOut(findings.optedOut.count))
        }
        if readCount == 0 {
            return stream.isFile ? .noContacts(source: sourceName) : .emptySelection(source: sourceName, .erased)
        }
        if let (size, total) = drawnFrom, total > 0 {
            return .emptySelection(source: sourceName, .sample(size, of: total))
        }
        return .emptySelection(source: sourceName, .conditions(of: readCount))
    }
}

/// The conditions of a selection, ready to be asked.
struct SelectionConditions {
    private var wanted: [String: Bool] = [:]
    private var excluded: [Recipients] = []
    private let fields: FieldConditions
    private let statusOf: ((Serial) -> LinkStatus)?
    private let statuses: Set<LinkStatus>

    init(
        _ selection: ContactSelection, of source: ContactSource, embeddedNames: [String], in workspace: Workspace,
        at now: UnixTime
    ) throws(DistributionsError) {
        fields = try FieldConditions(selection.conditions, embeddedNames: embeddedNames)
        for contact in selection.contacts { wanted[contact] = false }
        statuses = selection.statuses
        if case .distribution(let id, let uses) = source {
            let distribution = try workspace.distributions.distribution(id)
            statusOf = { distribution.status(of: $0, use: uses?[$0], at: now) }
        } else {
            guard selection.statuses.isEmpty else {
                throw .invalid(
                    what: "status", value: selection.statuses.map(\.rawValue).sorted().joined(separator: ", "),
                    expected: "a distribution as the source, since only links have a status")
            }
            statusOf = nil
        }
        for id in selection.notIn {
            let library = workspace.distributions
            excluded.append(try Recipients(of: library.distribution(id), in: library))
        }
    }

    /// Whether every contact is allowed.
    var areNone: Bool { wanted.isEmpty && excluded.isEmpty && statuses.isEmpty && fields.areNone }

    /// - Parameter contact: as the source has it. Without an ID of its own it is known by its e-mail address.
    mutating func allow(_ contact: Contact, _ serial: Serial?) -> Bool {
        if !wanted.isEmpty {
            var isWanted = false
            for key in wanted.keys
            where !key.isEmpty && (key == contact.id?.text || key.lowercased() == contact.email.lowercased()) {
                wanted[key] = true
                isWanted = true
            }
            guard isWanted else { return false }
        }
        guard fields.allow(contact), !excluded.contains(where: { $0.include(contact) }) else { return false }
        if !statuses.isEmpty, let statusOf, let serial { return statuses.contains(statusOf(serial)) }
        return true
    }

    func checkAllFound(in source: String) throws(DistributionsError) {
        let missing = wanted.filter { !$0.value }.keys.sorted()
        guard missing.isEmpty else { throw .contactsNotFound(missing, source: source) }
    }
}

/// All contacts of a source.
struct ContactStream {
    let embeddedNames: [String]
    let fields: Set<ContactField>
    let name: String
    /// The list of a service that they are, or were taken from.
    let listOrigin: ContactListOrigin?
    let count: Int?
    /// Keeps a copy of standard input while it is read.
    var spool: SpooledInput?

    // One of them has contacts. Not an enumeration: taking a reader out of one copies its buffers.
    private var reader: ContactReader?
    private var stored: StoredContactReader?
    private var recipients: RecipientReader?
    private var dummiesLeft = 0

    private var file = ContactFile("")
    private var intake: ContactIntake?
    private var line = 0

    init(_ source: ContactSource, in workspace: Workspace) throws(DistributionsError) {
        switch source {
        case .file(let file):
            let contacts = try file.reader()
            embeddedNames = contacts.columns.embeddedNames
            // Contacts without an ID are given one.
            fields = Set(contacts.columns.fields.keys).union([.contactID])
            name = contacts.path
            listOrigin = nil
            count = nil
            reader = contacts
            self.file = file
            intake = ContactIntake()
        case .list(let listName):
            let list = try workspace.contacts.list(named: listName)
            embeddedNames = list.embeddedNames
            fields = list.fields
            name = listName
            listOrigin = list.origin
            count = list.contacts
            stored = try StoredContactReader(workspace.contacts.directory + "/" + list.file)
        case .dummies(let number):
            guard number >= 1, Serial(ofRecipient: number - 1) != nil else {
                throw .invalid(what: "number of contacts", value: String(number), expected: "1 or more")
            }
            embeddedNames = []
            fields = [.contactID, .email]
            name = "\(number) placeholders"
            listOrigin = nil
            count = number
            dummiesLeft = number
            intake = ContactIntake()
        case .distribution(let id, _):
            let distribution = try workspace.distributions.distribution(id)
            embeddedNames = distribution.embeddedNames
            fields = distribution.contactFields
            name = distribution.name
            listOrigin = distribution.origin.list
            count = nil
            recipients = try RecipientReader(of: distribution, in: workspace.distributions)
        }
    }

    var isFile: Bool { reader != nil }
    var fileLine: Int? { isFile ? line : nil }

    var report: ContactReport {
        var report = intake?.report ?? ContactReport()
        if let reader { report.findings = reader.findings }
        return report
    }

    /// The next contact as the source has it, and its place where the source is a distribution.
    mutating func nextUnchecked() throws(DistributionsError) -> (Contact, Serial?)? {
        do throws(DistributionsError) {
            if let entry = try reader?.next() {
                line = entry.line
                return (entry.contact, nil)
            }
        } catch {
            throw file.withAllErrors(error)
        }
        if let contact = try stored?.next() { return (contact, nil) }
        if let contact = try recipients?.next() { return (contact, recipients?.serial) }
        guard dummiesLeft > 0 else { return nil }
        dummiesLeft -= 1
        line += 1
        return (Contact(email: ContactLibrary.dummyEmail), nil)
    }

    /// Checks the contact that was given last, and makes an ID where it has none.
    mutating func check(_ contact: inout Contact, isCounted: Bool = true) throws(DistributionsError) {
        do throws(DistributionsError) {
            try intake?.take(&contact, line: line, from: file, isCounted: isCounted)
        } catch {
            throw file.withAllErrors(error)
        }
    }
}
