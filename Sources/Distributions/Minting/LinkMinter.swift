import Cryptography
import Encoding
import LinkToken
import Trust

/// Makes the links of one distribution. With Ed25519 the same contact at the same place always gets the same link.
struct LinkMinter: Sendable {
    let id: DistributionID
    let epoch: Epoch
    let expiry: UnixTime
    let baseURL: String
    let key: PrivateKey
    let data: EmbeddedDataCarrier

    init(_ distribution: Distribution, key: PrivateKey, salt: EmbeddedData.Salt) throws(DistributionsError) {
        id = distribution.id
        epoch = distribution.epoch
        expiry = distribution.linkExpiry
        baseURL = distribution.baseURL.text
        self.key = key
        data = try EmbeddedDataCarrier(distribution.embeddedData, names: distribution.embeddedNames, salt: salt)
    }

    /// - Parameter contact: one that was taken in, and so has an ID.
    func link(for contact: Contact, serial: Serial) throws -> String {
        guard let contactID = contact.id else { preconditionFailure("a contact gets its ID before its link") }
        let nonce = Nonce(distribution: id, serial: serial)
        let claims = Claims(
            nonce: nonce, epoch: epoch, expiry: expiry, embeddedDataHash: try data.hash(of: contact, for: nonce),
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
