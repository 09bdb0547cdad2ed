import Cryptography
import Encoding
import LinkToken
import Trust

/// Finds the link and the contact that a response belongs to.
final class ResponseMatcher {
    /// A response's contact, and the link where the response names one.
    struct Match {
        let contact: Contact
        let nonce: Nonce
        let distribution: Distribution
        /// When its session says that the survey was started.
        var startedAt: UnixTime?
    }

    private let key: ResponseKey
    private let sessions: SessionKeyring?
    private let trust: SignatureTrust
    private let library: DistributionLibrary
    /// The newest first.
    private let distributions: [Distribution]
    private lazy var others = Set((try? library.all().map(\.id)) ?? [])
    private var rows: [DistributionID: ContactRows] = [:]
    private var carriers: [DistributionID: EmbeddedDataCarrier] = [:]

    init(
        _ key: ResponseKey, distributions: [Distribution], in library: DistributionLibrary, keys: [PublishedKey],
        sessions: SessionKeyring?
    ) {
        self.key = key
        self.library = library
        self.sessions = sessions
        self.distributions = distributions.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
        trust = SignatureTrust(keys)
    }

    /// - Parameter text: what the response says of itself.
    func match(_ text: String) throws(DistributionsError) -> Result<Match, ResponseMismatch> {
        guard !text.trimmed.isEmpty else { return .failure(.nothingThere) }
        switch key {
        case .session: return try match(session: text)
        case .contact: return try match(contact: text)
        case .link: return try match(link: text)
        }
    }

    /// What a cell says of whose the response is, without what spreadsheets, people and survey tools put around it.
    func identity(_ cell: String) -> String { Self.identity(cell, by: key) }

    private static func identity(_ cell: String, by key: ResponseKey) -> String {
        switch key {
        case .session: SessionText.session(in: cell.trimmed)
        case .contact: FormulaGuard.removed(from: cell.trimmed)
        case .link: LinkText(cell.trimmed).token
        }
    }

    /// Whether a cell holds a session or link that a known key signed.
    func isGenuine(_ cell: String) -> Bool {
        switch key {
        case .session:
            guard let sessions, let text = SessionText.found(in: cell) else { return false }
            return (try? sessions.verify(text)) != nil
        case .contact: return false
        case .link:
            guard cell.utf8.count >= SessionReceipt.characterCount, let token = try? Token(parsing: identity(cell))
            else {
                return false
            }
            return (try? token.authenticate(against: trust, for: .reporting)) != nil
        }
    }

    /// Whether a cell names the contact by its ID. Nil for an empty cell.
    func names(_ cell: String, _ contact: Contact) -> Bool? {
        let id = Self.identity(cell, by: .contact)
        return id.isEmpty ? nil : Self.readings(ofID: id).contains(contact[.contactID])
    }

    /// The contact of a link that was matched before.
    func contact(_ serial: Serial, of distribution: Distribution) throws(DistributionsError) -> Contact? {
        try rows(of: distribution).contact(serial)
    }

    /// What an ID in a cell may be, the likeliest first: spreadsheets make 101.0 of 101.
    private static func readings(ofID id: String) -> [String] {
        let whole = id.dropLast(2)
        return id.hasSuffix(".0") && whole.utf8.allSatisfy { (0x30...0x39).contains($0) } ? [id, String(whole)] : [id]
    }

    private func match(session text: String) throws(DistributionsError) -> Result<Match, ResponseMismatch> {
        let text = identity(text)
        let receipt: SessionReceipt
        do throws(SessionRefusal) {
            receipt = if let sessions { try sessions.verify(text) } else { try SessionReceipt(unverified: text) }
        } catch {
            switch error {
            case .text, .version, .layout: return .failure(.noCredential)
            case .keyUnknown: return .failure(.unknownKey)
            case .tag: return .failure(.forged)
            }
        }
        return try contact(at: receipt.nonce).map { (match) in
            var match = match
            match.startedAt = receipt.startedAt
            return match
        }
    }

    private func match(contact cell: String) throws(DistributionsError) -> Result<Match, ResponseMismatch> {
        for id in Self.readings(ofID: identity(cell)) {
            for distribution in distributions {
                guard let (contact, serial) = try rows(of: distribution).contact(withID: id) else { continue }
                let nonce = Nonce(distribution: distribution.id, serial: serial)
                return .success(Match(contact: contact, nonce: nonce, distribution: distribution))
            }
        }
        return .failure(.unknownContact)
    }

    private func match(link text: String) throws(DistributionsError) -> Result<Match, ResponseMismatch> {
        let claims: Claims
        do throws(LinkRefusal) {
            claims = try Token(parsing: identity(text)).authenticate(against: trust, for: .reporting).claims
        } catch {
            switch error {
            case .text, .version, .layout: return .failure(.noCredential)
            case .keyUnknown, .keyNotVerifying: return .failure(.unknownKey)
            default: return .failure(.forged)
            }
        }
        let found = try contact(at: claims.nonce)
        guard case .success(let match) = found else { return found }
        let carrier = try carrier(of: match.distribution)
        guard match.contact.id == claims.contactID,
            (try? carrier.hash(of: match.contact, for: claims.nonce)) == .some(claims.embeddedDataHash)
        else { return .failure(.embeddedDataMismatch) }
        return found
    }

    private func contact(at nonce: Nonce) throws(DistributionsError) -> Result<Match, ResponseMismatch> {
        guard !nonce.serial.isForTesting else { return .failure(.testLink) }
        guard let distribution = distributions.first(where: { $0.id == nonce.distribution }) else {
            return .failure(others.contains(nonce.distribution) ? .otherDistribution : .unknownDistribution)
        }
        guard let contact = try rows(of: distribution).contact(nonce.serial) else { return .failure(.unknownContact) }
        return .success(Match(contact: contact, nonce: nonce, distribution: distribution))
    }

    private func rows(of distribution: Distribution) throws(DistributionsError) -> ContactRows {
        if let known = rows[distribution.id] { return known }
        let opened = try ContactRows(of: distribution, in: library)
        rows[distribution.id] = opened
        return opened
    }

    private func carrier(of distribution: Distribution) throws(DistributionsError) -> EmbeddedDataCarrier {
        if let known = carriers[distribution.id] { return known }
        let made = try EmbeddedDataCarrier(
            distribution.embeddedData, names: distribution.embeddedNames, salt: try library.salt(of: distribution))
        carriers[distribution.id] = made
        return made
    }
}

/// Knows signatures only: a response that was given stays one when its link has expired or was deleted since.
private struct SignatureTrust: LinkTrust {
    private var keys: [KeyID: KeyTrust] = [:]

    init(_ published: [PublishedKey]) {
        for entry in published { keys[entry.key.id] = entry.trust }
    }

    func key(_ id: KeyID) -> KeyTrust { keys[id] ?? .unknown }
    func changes(of distribution: DistributionID) -> DistributionChanges { .none }
}
