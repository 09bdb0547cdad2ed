import Cryptography
import LinkToken
import Trust

/// Finds the link and the contact that a response belongs to.
final class ResponseMatcher {
    /// A response's contact, and the link where the response names one.
    struct Match {
        let contact: Contact
        let nonce: Nonce
        let distribution: Distribution
    }

    private let key: ResponseKey
    private let sessions: SessionKeyring?
    private let trust: SignatureTrust
    private let library: DistributionLibrary
    /// The newest first.
    private let distributions: [Distribution]
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
        guard !trimmed(text).isEmpty else { return .failure(.nothingThere) }
        switch key {
        case .session: return try match(session: text)
        case .contact: return try match(contact: text)
        case .link: return try match(link: text)
        }
    }

    private func match(session text: String) throws(DistributionsError) -> Result<Match, ResponseMismatch> {
        let text = SessionText.session(in: text)
        let nonce: Nonce
        do {
            nonce =
                try sessions.map { (keys) throws(SessionRefusal) in try keys.verify(text) }?.nonce
                ?? SessionReceipt(unverified: text).nonce
        } catch {
            return .failure(.notGenuine)
        }
        return try contact(at: nonce)
    }

    private func match(contact id: String) throws(DistributionsError) -> Result<Match, ResponseMismatch> {
        for distribution in distributions {
            if let (contact, serial) = try rows(of: distribution).contact(
                withID: FormulaGuard.removed(from: trimmed(id)))
            {
                let nonce = Nonce(distribution: distribution.id, serial: serial)
                return .success(Match(contact: contact, nonce: nonce, distribution: distribution))
            }
        }
        return .failure(.unknownContact)
    }

    private func match(link text: String) throws(DistributionsError) -> Result<Match, ResponseMismatch> {
        let claims: Claims
        do {
            claims = try Token(parsing: LinkText(text).token).authenticate(against: trust, for: .reporting).claims
        } catch {
            return .failure(.notGenuine)
        }
        let found = try contact(at: claims.nonce)
        guard case .success(let match) = found else { return found }
        let carrier = try carrier(of: match.distribution)
        guard match.contact.id == claims.contactID.text,
            (try? carrier.hash(of: match.contact, for: claims.nonce)) == .some(claims.embeddedDataHash)
        else { return .failure(.embeddedDataMismatch) }
        return found
    }

    private func contact(at nonce: Nonce) throws(DistributionsError) -> Result<Match, ResponseMismatch> {
        guard let distribution = distributions.first(where: { $0.id == nonce.distribution }) else {
            return .failure(.unknownDistribution)
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

/// Why a response has no contact beside it.
public enum ResponseMismatch: String, Error, Hashable, Sendable, CaseIterable {
    case nothingThere = "nothing there"
    /// No session or link that linkseal made with the keys that are known.
    case notGenuine = "not genuine"
    case unknownDistribution = "unknown distribution"
    /// No such contact, or an erased one.
    case unknownContact = "unknown contact"
    /// The embedded data is not what the link was made for, or not what the response says.
    case embeddedDataMismatch = "embedded data differs"
}

/// Knows signatures only: a response that was given stays one when its link has expired or was deleted since.
private struct SignatureTrust: LinkTrust {
    private var keys: [KeyID: KeyTrust] = [:]

    init(_ published: [PublishedKey]) {
        for entry in published { keys[entry.key.id] = entry.trust }
    }

    func key(_ id: KeyID) -> KeyTrust { keys[id] ?? .unknown }
    func revocation(of distribution: DistributionID) -> Revocation { .none }
}
