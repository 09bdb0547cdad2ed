import Consumption
import Cryptography
import LinkToken
import Trust

/// A set of links that were minted together: what its `manifest.json` says.
///
/// It holds no link and no secret. The links follow from it, its contacts, its salt and the key.
public struct Distribution: Hashable, Sendable, Identifiable {
    public let id: DistributionID
    public internal(set) var name: String
    public let origin: ContactOrigin
    public let createdAt: UnixTime
    /// What was done, the earliest first.
    public internal(set) var history: [DistributionChange] = []
    /// What an admin noted about it.
    public internal(set) var note: String?
    /// When it was archived. Lists leave it out since.
    public internal(set) var archivedAt: UnixTime?
    /// What the links say of their expiry, exclusive.
    public let linkExpiry: UnixTime
    /// When they expire instead, as an admin said since. The trust bundle carries it.
    public internal(set) var changedExpiry: UnixTime?
    /// The epoch of the links that were minted last.
    public internal(set) var epoch: Epoch
    /// When those links were deleted.
    public internal(set) var deletedAt: UnixTime?
    /// The number of contacts, and so of links. Serials are the numbers below it.
    public internal(set) var contacts: Int
    public internal(set) var surveyURL: SurveyURLTemplate
    public let baseURL: LinkBaseURL
    public internal(set) var resume: ResumePolicy
    public let embeddedData: EmbeddedDataMode
    /// Which fields of their own the contacts have.
    public internal(set) var contactFields: Set<ContactField>
    /// The embedded-data fields of the contacts, those of later ones behind the others.
    public internal(set) var embeddedNames: [String]
    /// The key that the links were signed with.
    public internal(set) var keyID: KeyID
    /// Single links that were revoked, and when.
    public internal(set) var revocations: [Serial: UnixTime]
    /// What was changed for single links. The trust bundle carries it.
    public internal(set) var linkChanges: [Serial: LinkChange] = [:]

    /// What edges are told of its links. Deleting raises the epoch above that of all links.
    public var changes: DistributionChanges {
        DistributionChanges(
            epoch: deletedAt == nil ? epoch : latestEpoch.next ?? latestEpoch, expiry: changedExpiry, revoked: revoked,
            links: linkChanges)
    }

    /// What edges are told of it.
    public var published: PublishedDistribution {
        PublishedDistribution(
            id: id, name: name, surveyURL: surveyURL, changes: changes, resume: resume,
            embeddedData: embeddedData, lastExpiry: linkExpiry)
    }

    /// The epoch that a link is minted with.
    public func epoch(of serial: Serial) -> Epoch { max(linkChanges[serial]?.epoch ?? epoch, epoch) }

    /// The highest epoch of any link.
    private var latestEpoch: Epoch { linkChanges.values.lazy.compactMap(\.epoch).reduce(epoch, max) }

    /// An epoch above that of every link, for new ones.
    ///
    /// - Throws: ``DistributionsError/refused(_:reason:)`` if there would be none left to delete those with.
    func nextEpoch() throws(DistributionsError) -> Epoch {
        guard let next = latestEpoch.next, next.next != nil else {
            throw .refused(id, reason: "its links were regenerated too often; generate a new distribution")
        }
        return next
    }

    /// When its links expire, apart from those that have an expiry of their own, as edges see it that have the last
    /// bundle.
    public var expiry: LinkExpiry { changedExpiry.map { .ofBundle($0) } ?? .ofToken(linkExpiry) }

    /// When a link expires.
    public func expiry(of serial: Serial) -> LinkExpiry {
        linkChanges[serial]?.expiry.map { .ofBundle($0) } ?? expiry
    }

    /// Whether no survey of it can be started any more. Surveys that were started may still be resumed.
    func hasExpired(at now: UnixTime) -> Bool { expiries.allSatisfy { $0.hasPassed(at: now) } }

    /// Whether no survey of it can be started or resumed any more.
    func isClosed(at now: UnixTime) -> Bool { expiries.allSatisfy { isClosed($0, at: now) } }

    /// How many of its links can still be started or resumed, as far as their expiry says.
    func unexpiredLinks(at now: UnixTime) -> Int {
        guard deletedAt == nil else { return 0 }
        let own = linkChanges.filter { $0.value.expiry != nil && revocations[$0.key] == nil }.map { expiry(of: $0.key) }
        let others = isClosed(expiry, at: now) ? 0 : contacts - revocations.count - own.count
        return others + own.count { !isClosed($0, at: now) }
    }

    private func isClosed(_ expiry: LinkExpiry, at now: UnixTime) -> Bool {
        expiry.hasPassed(at: now) && !LinkState.started(at: expiry.end()).isResumable(under: resume, at: now)
    }

    private var expiries: [LinkExpiry] {
        [expiry] + linkChanges.values.compactMap { $0.expiry.map { .ofBundle($0) } }
    }

    public var revoked: Set<Serial> { Set(revocations.keys) }

    /// Whether a link was deleted or revoked.
    public func isBroken(_ serial: Serial) -> Bool { breakage(of: serial) != nil }

    private func breakage(of serial: Serial) -> LinkBreakage? {
        deletedAt != nil ? .deleted : revocations[serial] != nil ? .revoked : nil
    }

    /// The status of a link.
    public func status(of serial: Serial, use: LinkHistory?, at now: UnixTime) -> LinkStatus {
        LinkStatus(
            of: use?.state ?? .unused, breakage: breakage(of: serial), expiry: expiry(of: serial),
            resume: resume, at: now)
    }

    /// How many links have which status. It takes as long as many links were used, and not as many as there are.
    public func statuses(under uses: DistributionHistory, at now: UnixTime) -> [LinkStatus: Int] {
        var counts: [LinkStatus: Int] = [:]
        // The unused links that differ from the others.
        var special = Set(revocations.keys).union(linkChanges.keys)
        var others = contacts
        uses.forEachLink { (serial, use) in
            guard serial.rawValue < contacts else { return }
            special.remove(serial)
            others -= 1
            counts[self.status(of: serial, use: use, at: now), default: 0] += 1
        }
        for serial in special where serial.rawValue < contacts {
            others -= 1
            counts[self.status(of: serial, use: nil, at: now), default: 0] += 1
        }
        guard others > 0 else { return counts }
        let common = LinkStatus(
            of: .unused, breakage: deletedAt == nil ? nil : .deleted, expiry: expiry, resume: resume, at: now)
        counts[common, default: 0] += others
        return counts
    }
}

/// Where a distribution's contacts came from.
public struct ContactOrigin: Hashable, Sendable, Codable {
    /// The list, file or distribution that they were taken from.
    public let source: String
    /// Which list of which service they were, where they come from one.
    public let list: ContactListOrigin?
    public let selection: Selection
    /// The seed that repeats a sample.
    public let seed: UInt64?

    public enum Selection: String, Hashable, Sendable, Codable {
        case list
        case sample
        case individual
        /// Those of the source that others left.
        case filtered
    }
}

extension Distribution: Codable {
    private enum CodingKeys: String, CodingKey {
        case format, id, name, origin, createdAt, history, note, archivedAt, epoch, deletedAt, contacts, surveyURL,
            baseURL, resumeSeconds, inLinkFields, contactFields, embeddedNames, keyID, revokedSerials, revokedAt,
            changedExpiry, linkChanges
        case linkExpiry = "expiresAt"
    }

    private static let currentFormat = 1

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func refuse(_ key: CodingKeys, _ reason: String) -> DecodingError {
            .dataCorruptedError(forKey: key, in: values, debugDescription: reason)
        }
        let format = try values.decode(Int.self, forKey: .format)
        guard format == Self.currentFormat else {
            throw refuse(.format, "format \(format) is newer than this linkseal; update it")
        }
        id = try values.decode(DistributionID.self, forKey: .id)
        name = try values.decode(String.self, forKey: .name)
        origin = try values.decode(ContactOrigin.self, forKey: .origin)
        createdAt = try values.decode(UnixTime.self, forKey: .createdAt)
        history = try values.decode([DistributionChange].self, forKey: .history)
        note = try values.decodeIfPresent(String.self, forKey: .note)
        archivedAt = try values.decodeIfPresent(UnixTime.self, forKey: .archivedAt)
        linkExpiry = try values.decode(UnixTime.self, forKey: .linkExpiry)
        changedExpiry = try values.decodeIfPresent(UnixTime.self, forKey: .changedExpiry)
        epoch = try values.decode(Epoch.self, forKey: .epoch)
        deletedAt = try values.decodeIfPresent(UnixTime.self, forKey: .deletedAt)
        contacts = try values.decode(Int.self, forKey: .contacts)
        embeddedData =
            try values.decodeIfPresent([String].self, forKey: .inLinkFields).map { .inLink(fields: $0) } ?? .sealed
        do {
            surveyURL = try SurveyURLTemplate(
                values.decode(String.self, forKey: .surveyURL), inLinkFields: embeddedData.inLinkFields)
            baseURL = try LinkBaseURL(values.decode(String.self, forKey: .baseURL))
        } catch let fault as SurveyURLTemplateError {
            throw refuse(.surveyURL, fault.description)
        } catch let error as DistributionsError {
            throw refuse(.baseURL, error.description)
        }
        resume =
            try values.decodeIfPresent(UInt32.self, forKey: .resumeSeconds)
            .map { $0 == 0 ? .never : .within(seconds: $0) } ?? .untilFinished
        // Older manifests don't say, and their spreadsheets have no column of languages.
        contactFields = Set(
            try values.decodeIfPresent([ContactField].self, forKey: .contactFields)
                ?? ContactField.allCases.filter { $0 != .language })
        embeddedNames = try values.decode([String].self, forKey: .embeddedNames)
        guard let key = KeyID(try values.decode(String.self, forKey: .keyID)) else {
            throw refuse(.keyID, "a key ID is 8 hexadecimal digits")
        }
        keyID = key
        let serials = try values.decode([UInt32].self, forKey: .revokedSerials).map { Serial(rawValue: $0) }
        // Older manifests don't say when.
        let times =
            try values.decodeIfPresent([UnixTime].self, forKey: .revokedAt)
            ?? Array(repeating: createdAt, count: serials.count)
        guard serials.count == times.count, Set(serials).count == serials.count else {
            throw refuse(.revokedAt, "every revoked serial needs one time")
        }
        revocations = Dictionary(uniqueKeysWithValues: zip(serials, times))
        let changes = try values.decodeIfPresent([StoredLinkChange].self, forKey: .linkChanges) ?? []
        linkChanges = Dictionary(changes.map { (Serial(rawValue: $0.serial), $0.change) }) { $1 }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(Self.currentFormat, forKey: .format)
        try values.encode(id, forKey: .id)
        try values.encode(name, forKey: .name)
        try values.encode(origin, forKey: .origin)
        try values.encode(createdAt, forKey: .createdAt)
        try values.encode(history, forKey: .history)
        try values.encodeIfPresent(note, forKey: .note)
        try values.encodeIfPresent(archivedAt, forKey: .archivedAt)
        try values.encode(linkExpiry, forKey: .linkExpiry)
        try values.encodeIfPresent(changedExpiry, forKey: .changedExpiry)
        try values.encode(epoch, forKey: .epoch)
        try values.encodeIfPresent(deletedAt, forKey: .deletedAt)
        try values.encode(contacts, forKey: .contacts)
        try values.encode(surveyURL.text, forKey: .surveyURL)
        try values.encode(baseURL.text, forKey: .baseURL)
        switch resume {
        case .never: try values.encode(UInt32(0), forKey: .resumeSeconds)
        case .within(let seconds): try values.encode(seconds, forKey: .resumeSeconds)
        case .untilFinished: break
        }
        if case .inLink(let fields) = embeddedData { try values.encode(fields, forKey: .inLinkFields) }
        try values.encode(ContactField.allCases.filter(contactFields.contains), forKey: .contactFields)
        try values.encode(embeddedNames, forKey: .embeddedNames)
        try values.encode(keyID.description, forKey: .keyID)
        let serials = revocations.keys.sorted()
        try values.encode(serials.map(\.rawValue), forKey: .revokedSerials)
        try values.encode(serials.compactMap { revocations[$0] }, forKey: .revokedAt)
        if !linkChanges.isEmpty {
            let changes = linkChanges.sorted { $0.key < $1.key }.map { StoredLinkChange($1, of: $0) }
            try values.encode(changes, forKey: .linkChanges)
        }
    }
}

/// What was changed for one link, as the manifest has it.
private struct StoredLinkChange: Codable {
    let serial: UInt32
    let epoch: Epoch?
    let expiresAt: UnixTime?
    let reopenedAt: UnixTime?

    init(_ change: LinkChange, of serial: Serial) {
        self.serial = serial.rawValue
        (epoch, expiresAt, reopenedAt) = (change.epoch, change.expiry, change.reopenedAt)
    }

    var change: LinkChange { LinkChange(epoch: epoch, expiry: expiresAt, reopenedAt: reopenedAt) }
}
