import Cryptography
import LinkToken
import Trust

/// What a new distribution shall be.
public struct GenerateRequest: Sendable {
    public var name: String
    public var source: ContactSource
    public var selection: ContactSelection = .all
    public var surveyURL: SurveyURLTemplate
    public var baseURL: LinkBaseURL
    public var expiresAt: UnixTime
    public var resume: ResumePolicy = .standard
    public var embeddedData: EmbeddedDataMode = .sealed
    public var spreadsheet = SpreadsheetOptions()
    /// Where the spreadsheet goes. `-` is standard output.
    public var output: String

    public init(
        name: String, source: ContactSource, surveyURL: SurveyURLTemplate, baseURL: LinkBaseURL,
        expiresAt: UnixTime, output: String
    ) {
        self.name = name
        self.source = source
        self.surveyURL = surveyURL
        self.baseURL = baseURL
        self.expiresAt = expiresAt
        self.output = output
    }
}

extension DistributionLibrary {
    /// Makes a distribution: takes the contacts, mints their links on all cores, and writes the spreadsheet.
    ///
    /// The distribution appears when its spreadsheet is complete on the disk, and the spreadsheet gets its name right
    /// after. Whoever is interrupted between the two has the distribution and can download it. Before that, nothing is
    /// left behind. Others may change the workspace meanwhile, but for erasing contacts.
    ///
    /// - Parameters:
    ///   - key: what signs the links.
    ///   - progress: called after each batch, from the calling task.
    /// - Returns: the distribution, and what was found in the contacts.
    /// - Throws: ``DistributionsError``; ``DistributionsError/cancelled`` when the task is cancelled, and
    ///   ``DistributionsError/refused(_:reason:)`` when the key was retired or revoked meanwhile.
    public func generate(
        _ request: GenerateRequest, key: PrivateKey, at now: UnixTime, progress: MintingProgress.Report? = nil
    ) async throws(DistributionsError) -> (distribution: Distribution, report: ContactReport) {
        let lock = try workspace.contactLock(.shared)
        defer { withExtendedLifetime(lock) {} }
        try Workspace.checkName(request.name)
        if case .file(let file) = request.source { try refuseSameFile(input: file.path, output: request.output) }
        var contacts = try SelectedContacts(request.source, request.selection, in: workspace, at: now)
        let layout = try request.spreadsheet.layout(embeddedNames: contacts.embeddedNames, withTimes: false)
        var distribution = Distribution(
            id: try newID(), name: request.name,
            origin: ContactOrigin(
                source: contacts.sourceName, list: contacts.listOrigin, selection: request.selection.kind,
                seed: contacts.seed),
            createdAt: now, expiresAt: request.expiresAt, epoch: .initial, contacts: 0, surveyURL: request.surveyURL,
            baseURL: request.baseURL, resume: request.resume, embeddedData: request.embeddedData,
            embeddedNames: contacts.embeddedNames, keyID: key.id, revoked: [])
        let isSealed = request.embeddedData == .sealed
        let staged = try StagedDistribution(distribution.id, isSealed: isSealed, in: self)
        let minting = SpreadsheetMinting(
            distribution: distribution, minter: try LinkMinter(distribution, key: key, salt: staged.salt),
            layout: layout, now: now)
        let output = try OutputFile(request.output, outsideOf: workspace)
        var snapshot = try staged.contactWriter(embeddedNames: contacts.embeddedNames)

        distribution.contacts = try await minting.write(to: output, total: contacts.count, progress: progress) {
            () throws(DistributionsError) -> Contact? in
            guard let contact = try contacts.next() else { return nil }
            try snapshot.append(contact)
            return contact
        }.contacts
        guard distribution.contacts > 0 else { throw .noContacts(source: contacts.sourceName) }

        try output.complete()
        try snapshot.commit()
        try staged.commit(distribution)
        try output.commit()
        return (distribution, contacts.report)
    }

    private func newID() throws(DistributionsError) -> DistributionID {
        do {
            return try .random()
        } catch {
            throw DistributionsError(wrapping: error)
        }
    }
}
