import Cryptography
import Encoding
import LinkToken
import Trust

/// Makes the links of one distribution. With Ed25519 the same contact at the same place always gets the same link.
struct LinkMinter: Sendable {
    let id: DistributionID
    private let distribution: Distribution
    let baseURL: String
    let key: PrivateKey
    let data: EmbeddedDataCarrier

    init(_ distribution: Distribution, key: PrivateKey, salt: EmbeddedData.Salt) throws(DistributionsError) {
        id = distribution.id
        self.distribution = distribution
        baseURL = distribution.baseURL.text
        self.key = key
        data = try EmbeddedDataCarrier(distribution.embeddedData, names: distribution.embeddedNames, salt: salt)
    }

    /// - Parameter contact: one that was taken in, and so has an ID.
    func link(for contact: Contact, serial: Serial) throws -> String {
        guard let contactID = contact.id else { preconditionFailure("a contact gets its ID before its link") }
        let nonce = Nonce(distribution: id, serial: serial)
        let claims = Claims(
            nonce: nonce, epoch: distribution.epoch(of: serial), expiry: distribution.linkExpiry,
            embeddedDataHash: try data.hash(of: contact, for: nonce),
            contactID: contactID)
        return baseURL + (try Token(minting: claims, with: key)).text + data.query(of: contact)
    }

    /// A length that no link of this contact exceeds.
    func lengthBound(for contact: Contact) -> Int {
        baseURL.utf8.count + Token.textCountLimit + data.queryLengthBound(for: contact)
    }
}

/// Which data of a contact a link stands for, and how it carries it. An empty cell is no field.
struct EmbeddedDataCarrier: Sendable {
    let fields: [DataField]
    let isInLink: Bool
    private let salt: EmbeddedData.Salt

    /// - Throws: ``DistributionsError/inLinkField(_:_:)`` for a field in the link that there is not.
    init(_ mode: EmbeddedDataMode, names: [String], salt: EmbeddedData.Salt) throws(DistributionsError) {
        self.salt = salt
        switch mode {
        case .sealed:
            fields = names.enumerated().map { DataField($1, at: $0) }
            isInLink = false
        case .inLink(let chosen):
            fields = try chosen.map { (name) throws(DistributionsError) in try DataField(name, embeddedNames: names) }
            isInLink = true
        }
    }

    /// The fields that the hash is over.
    func embeddedData(of contact: Contact) throws(DuplicateFieldError) -> EmbeddedData {
        var filled: [(name: String, value: String)] = []
        filled.reserveCapacity(fields.count)
        for field in fields {
            let value = field.value(of: contact)
            if !value.isEmpty { filled.append((field.name, value)) }
        }
        return try EmbeddedData(filled)
    }

    func hash(of contact: Contact, for nonce: Nonce) throws(DuplicateFieldError) -> EmbeddedDataHash? {
        if fields.isEmpty { return nil }
        return try embeddedData(of: contact).hash(for: nonce, salt: salt)
    }

    /// What the link carries under that name. Nil where it carries nothing.
    func value(_ name: String, of contact: Contact) -> String? {
        isInLink ? fields.first { $0.name == name }?.value(of: contact) : nil
    }

    /// `?field=value&…`, or nothing.
    ///
    /// It ends in a letter or a digit, since programs that find links in text leave a full stop at the end to the
    /// sentence. So the last byte of every value is one, or percent-encoded.
    func query(of contact: Contact) -> String {
        guard isInLink else { return "" }
        var query = ""
        for field in fields {
            let value = field.value(of: contact)
            if value.isEmpty { continue }
            query += (query.isEmpty ? "?" : "&") + field.name.percentEncoded + "=" + value.percentEncoded
            let sign = query.utf8.last!
            if ".-_~".utf8.contains(sign) {
                query.removeLast()
                query += "%" + sign.hexadecimal.uppercased()
            }
        }
        return query
    }

    /// A length that the query of no link of this contact exceeds.
    func queryLengthBound(for contact: Contact) -> Int {
        guard isInLink else { return 0 }
        return fields.reduce(0) { $0 + 2 + 3 * ($1.name.utf8.count + $1.value(of: contact).utf8.count) }
    }
}

/// A field of a contact's data, by the name under which a link carries or seals it.
///
/// ```swift
/// let field = try DataField("language", embeddedNames: list.embeddedNames)
/// print(field.value(of: contact))
/// ```
///
/// What travels in a link is called by the heading of an embedded-data column, exactly as it is written, or else by any
/// usual heading of a contact's own field: `language`, `email`, `First Name`. Either way the parameter of the link and
/// the field of the survey URL have the name that was asked for.
public struct DataField: Hashable, Sendable {
    public let name: String
    private let source: Source

    private enum Source: Hashable {
        case embeddedData(Int)
        case contact(ContactField)
    }

    /// - Throws: ``DistributionsError/inLinkField(_:_:)`` when contacts have no such field. A name that differs from an
    ///   embedded-data field in case alone is refused, not guessed.
    public init(_ name: String, embeddedNames: [String]) throws(DistributionsError) {
        self.name = name
        if let index = embeddedNames.firstIndex(of: name) {
            source = .embeddedData(index)
        } else if let field = ContactField(name),
            !embeddedNames.contains(where: { $0.lowercased() == name.lowercased() })
        {
            source = .contact(field)
        } else {
            throw .inLinkField(name, .unknown(known: embeddedNames + ContactField.allCases.map(\.heading)))
        }
    }

    /// The embedded-data field of that index.
    init(_ name: String, at index: Int) {
        self.name = name
        source = .embeddedData(index)
    }

    /// Empty where the contact has none, and then no link carries it.
    public func value(of contact: Contact) -> String {
        switch source {
        case .embeddedData(let index): contact.embeddedData[index]
        case .contact(let field): contact[field]
        }
    }

    /// Nil for embedded data.
    var contactField: ContactField? {
        if case .contact(let field) = source { field } else { nil }
    }
}

/// Why a field can't travel in links.
public enum InLinkFieldError: Hashable, Sendable {
    /// Every survey URL has a field of its own by that name, which would hide it.
    case builtIn(String)
    /// Mail programs add parameters of that name, or browsers remove them.
    case tracking
    /// The contacts have no field of that name.
    case unknown(known: [String])
    /// None of the contacts has a value: the list has no such column.
    case absent
    /// It is asked for twice.
    case twice
    case nameTooLong(byteCount: Int, limit: Int)
}

extension InLinkFieldError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .builtIn(let field):
            "every survey URL has {\(field)} already, which would hide it; leave it out, or rename the column"
        case .tracking:
            "mail programs add tracking parameters of that name and browsers remove them, so the link would break;"
                + " rename the column"
        case .unknown(let known): "contacts have no such field; they have \(known.joined(separator: ", "))"
        case .absent: "the contacts have no such column"
        case .twice: "it is named twice"
        case .nameTooLong(let count, let limit): "its name has \(count) bytes; it can have \(limit)"
        }
    }
}

extension EmbeddedDataMode {
    /// Refuses fields that no link can carry, whatever the contacts.
    ///
    /// - Throws: ``DistributionsError/inLinkField(_:_:)``, and ``DistributionsError/invalid(what:value:expected:)`` for
    ///   more fields than a trust bundle can name.
    public func checkNames() throws(DistributionsError) {
        let names = inLinkFields
        guard names.count <= PublishedDistribution.inLinkFieldCountLimit else {
            throw .invalid(
                what: "number of fields in the link", value: String(names.count),
                expected: "\(PublishedDistribution.inLinkFieldCountLimit) at most")
        }
        for (index, name) in names.enumerated() {
            let limit = PublishedDistribution.inLinkFieldByteCountLimit
            let key = name.lowercased()
            if SurveyURLTemplate.standardFields.contains(key) { throw .inLinkField(name, .builtIn(key)) }
            if TrackingParameters.contain(name) { throw .inLinkField(name, .tracking) }
            if name.utf8.count > limit {
                throw .inLinkField(name, .nameTooLong(byteCount: name.utf8.count, limit: limit))
            }
            if names[..<index].contains(name) { throw .inLinkField(name, .twice) }
        }
    }
}
