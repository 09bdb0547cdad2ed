import Cryptography
import Files
import Glibc
import LinkToken
import Trust

/// What a new distribution shall be.
public struct GenerateRequest: Sendable {
    public var name: String
    public var source: ContactSource
    public var selection: ContactSelection = .all
    public var surveyURL: SurveyURLTemplate
    /// What the survey URL leads to, when that is known. Its needs are checked.
    public var tool: SurveyTool?
    public var baseURL: LinkBaseURL
    /// What the links say of their expiry, exclusive.
    public var expiry: UnixTime
    public var resume: ResumePolicy = .standard
    public var embeddedData: EmbeddedDataMode = .sealed
    public var spreadsheet = SpreadsheetLayout()
    /// Where the spreadsheet goes. `-` is standard output.
    public var output: String

    public init(
        name: String, source: ContactSource, surveyURL: SurveyURLTemplate, baseURL: LinkBaseURL,
        expiry: UnixTime, output: String
    ) {
        self.name = name
        self.source = source
        self.surveyURL = surveyURL
        self.baseURL = baseURL
        self.expiry = expiry
        self.output = output
    }
}

/// What was found while links were made.
public struct GenerateReport: Hashable, Sendable {
    public internal(set) var contacts = ContactReport()
    /// What became known while they were made. What is known before is told by
    /// ``DistributionLibrary/warnings(for:at:)``.
    public internal(set) var warnings: [LinkWarning] = []
    /// The length of the longest link, in characters.
    public internal(set) var longestLink = 0
}

extension DistributionLibrary {
    /// Makes a distribution: takes the contacts, mints their links on all cores, and writes the spreadsheet.
    ///
    /// The distribution appears when its spreadsheet is complete on disk; the spreadsheet gets its name right after. If
    /// that is interrupted between the two, the distribution exists and can be downloaded; if earlier, nothing is left
    /// behind. Meanwhile other processes may change the workspace, but can't erase contacts.
    ///
    /// - Parameters:
    ///   - request: the contacts, the survey and the spreadsheet.
    ///   - key: the key that signs the links.
    ///   - now: the current time.
    ///   - progress: called after each batch, from the calling task.
    /// - Returns: the distribution and a report. A number is added to its name if another distribution has that name.
    /// - Throws: ``DistributionsError``; ``DistributionsError/cancelled`` if the task is cancelled,
    ///   ``DistributionsError/link(contact:source:line:fault:)`` if a contact's link would not work, and
    ///   ``DistributionsError/refused(_:reason:)`` if the key was retired or revoked in the meantime.
    public func generate(
        _ request: GenerateRequest, key: PrivateKey, at now: UnixTime, progress: MintingProgress.Report? = nil
    ) async throws(DistributionsError) -> (distribution: Distribution, report: GenerateReport) {
        let lock = try workspace.contactLock(.shared)
        defer { withExtendedLifetime(lock) {} }
        try request.check()
        if case .file(let file) = request.source { try refuseSameFile(input: file.path, output: request.output) }
        let output = try OutputFile(request.output, outsideOf: workspace, format: request.spreadsheet.format)
        var contacts = try SelectedContacts(request.source, request.selection, in: workspace, at: now)
        var distribution = Distribution(
            id: try newID(), name: request.name,
            origin: ContactOrigin(
                source: contacts.sourceName, list: contacts.listOrigin, selection: request.selection.kind,
                seed: contacts.seed),
            createdAt: now, linkExpiry: request.expiry, epoch: .initial, contacts: 0, surveyURL: request.surveyURL,
            baseURL: request.baseURL, resume: request.resume, embeddedData: request.embeddedData,
            contactFields: contacts.fields, embeddedNames: contacts.embeddedNames, keyID: key.id, revocations: [:])
        let isSealed = request.embeddedData == .sealed
        let staged = try StagedDistribution(distribution.id, isSealed: isSealed, in: self)
        let minting = try LinkMinting(
            distribution, layout: request.spreadsheet, key: key, salt: staged.salt, in: self, at: now)
        for field in minting.minter.data.fields {
            if let own = field.contactField, !contacts.fields.contains(own) { throw .inLinkField(field.name, .absent) }
        }
        let check = LinkCheck(distribution, tool: request.tool, minting)
        var snapshot = try StagedPart(in: staged.path, embeddedNames: contacts.embeddedNames)

        let counts = try await minting.write(
            total: contacts.count, progress: progress,
            next: { () throws(DistributionsError) -> (Contact, Serial)? in
                guard let contact = try contacts.next() else { return nil }
                guard let serial = Serial(ofRecipient: snapshot.count) else { throw contacts.tooMany }
                if let fault = try check.fault(of: contact, at: serial) {
                    throw .link(
                        contact: contact[.contactID], source: contacts.sourceName, line: contacts.line, fault: fault)
                }
                try snapshot.append(contact)
                return (contact, serial)
            }, to: { try output.write($0) })
        distribution.contacts = snapshot.count
        guard distribution.contacts > 0 else { throw contacts.emptiness }
        distribution.record(.generated(links: distribution.contacts), at: now)

        try output.complete()
        try snapshot.complete()
        try snapshot.move(to: staged.path)
        distribution = try staged.commit(distribution)
        try output.commit()
        var report = GenerateReport(contacts: contacts.report)
        if distribution.name != request.name {
            report.warnings.append(.nameTaken(asked: request.name, given: distribution.name))
        }
        if let (asked, available) = contacts.shortSample {
            report.warnings.append(.sampleTooLarge(asked: asked, available: available))
        }
        report.warnings += counts.warnings
        report.longestLink = counts.lengths.longest
        return (distribution, report)
    }

    private func newID() throws(DistributionsError) -> DistributionID {
        do {
            return try .random()
        } catch {
            throw DistributionsError(wrapping: error)
        }
    }
}

/// A distribution that is being made, in a directory that no library lists. It goes with the value unless committed.
final class StagedDistribution {
    let salt: EmbeddedData.Salt
    private let directory: StagingDirectory
    private let library: DistributionLibrary

    var path: String { directory.path }

    init(_ id: DistributionID, isSealed: Bool, in library: DistributionLibrary) throws(DistributionsError) {
        self.library = library
        let directory = try StagingDirectory(for: id, in: library)
        self.directory = directory
        guard isSealed else {
            salt = .inLink
            return
        }
        do {
            let secret = try SecretBytes(randomCount: 32)
            try secret.withSpan { (bytes) throws(CryptographyError) in
                try SecretFile.create(directory.path + "/salt", bytes)
            }
            salt = .sealed(secret)
        } catch {
            throw DistributionsError(wrapping: error)
        }
    }

    /// The distribution is there, whole and durable, when this returns.
    ///
    /// - Returns: the distribution with the name that it got.
    /// - Throws: ``DistributionsError/refused(_:reason:)`` when its key verifies no more.
    func commit(_ distribution: Distribution) throws(DistributionsError) -> Distribution {
        var distribution = distribution
        let workspaceLock = try library.workspace.lock()
        defer { withExtendedLifetime(workspaceLock) {} }
        distribution.name = try library.freeName(distribution.name)
        try StoredDocument.write(distribution, to: path + "/manifest.json")
        let hold = try library.holdKey(distribution.keyID, of: distribution.id)
        defer { extendLifetime(hold) }
        let final = library.path(of: distribution.id)
        guard rename(path, final) == 0 else { throw .file(FileError("create", final, errno: errno)) }
        try syncDirectory(library.directory)
        return distribution
    }
}
