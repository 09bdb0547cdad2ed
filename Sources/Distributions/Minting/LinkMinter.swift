import Cryptography
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
        expiry = distribution.expiresAt
        baseURL = distribution.baseURL.text
        self.key = key
        data = try EmbeddedDataCarrier(distribution.embeddedData, names: distribution.embeddedNames, salt: salt)
    }

    func link(for contact: Contact, serial: Serial) throws -> String {
        let nonce = Nonce(distribution: id, serial: serial)
        let claims = Claims(
            nonce: nonce, epoch: epoch, expiry: expiry, embeddedDataHash: try data.hash(of: contact, for: nonce),
            contactID: try ContactID(contact.id))
        return baseURL + (try Token(minting: claims, with: key)).text + data.query(of: contact)
    }
}

/// Which embedded data of a contact a link stands for, and how it carries it. An empty cell is no field.
struct EmbeddedDataCarrier: Sendable {
    private let fields: [(name: String, index: Int)]
    private let isInLink: Bool
    private let salt: EmbeddedData.Salt

    /// - Throws: ``DistributionsError/invalid(what:value:expected:)`` for a field in the link that there is not.
    init(_ mode: EmbeddedDataMode, names: [String], salt: EmbeddedData.Salt) throws(DistributionsError) {
        self.salt = salt
        switch mode {
        case .sealed:
            fields = names.enumerated().map { ($1, $0) }
            isInLink = false
        case .inLink(let chosen):
            var fields: [(String, Int)] = []
            for name in chosen {
                guard let index = names.firstIndex(of: name) else {
                    throw .invalid(
                        what: "field in the link", value: name,
                        expected: names.isEmpty ? "a list with embedded data" : names.joined(separator: ", "))
                }
                fields.append((name, index))
            }
            self.fields = fields
            isInLink = true
        }
    }

    /// The fields that the hash is over.
    func embeddedData(of contact: Contact) throws(DuplicateField) -> EmbeddedData {
        var filled: [(name: String, value: String)] = []
        filled.reserveCapacity(fields.count)
        for field in fields where !contact.embeddedData[field.index].isEmpty {
            filled.append((field.name, contact.embeddedData[field.index]))
        }
        return try EmbeddedData(filled)
    }

    func hash(of contact: Contact, for nonce: Nonce) throws(DuplicateField) -> EmbeddedDataHash? {
        if fields.isEmpty { return nil }
        return try embeddedData(of: contact).hash(for: nonce, salt: salt)
    }

    /// `?field=value&…`, or nothing.
    func query(of contact: Contact) -> String {
        guard isInLink else { return "" }
        var query = ""
        for field in fields where !contact.embeddedData[field.index].isEmpty {
            query += query.isEmpty ? "?" : "&"
            query += field.name.percentEncoded + "=" + contact.embeddedData[field.index].percentEncoded
        }
        return query
    }
}
