import Cryptography
import Encoding
import LinkToken

/// What the library knows of a contact list.
public struct ContactList: Hashable, Sendable {
    public let name: String
    public let importedAt: UnixTime
    /// The number of contacts.
    public let contacts: Int
    /// The fields that any of the contacts has.
    public let fields: Set<ContactField>
    /// The embedded-data fields.
    public let embeddedNames: [String]
    /// What fetches it again. Nil for files and placeholders.
    public let origin: ContactListOrigin?
    /// The name of the file with the contacts.
    let file: String
}

extension ContactList: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, importedAt, contacts, fields, embeddedNames, origin, file
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        importedAt = try values.decode(UnixTime.self, forKey: .importedAt)
        contacts = try values.decode(Int.self, forKey: .contacts)
        // Older records don't say: any field is possible.
        fields = Set(try values.decodeIfPresent([ContactField].self, forKey: .fields) ?? ContactField.allCases)
        embeddedNames = try values.decode([String].self, forKey: .embeddedNames)
        origin = try values.decodeIfPresent(ContactListOrigin.self, forKey: .origin)
        file = try values.decode(String.self, forKey: .file)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(name, forKey: .name)
        try values.encode(importedAt, forKey: .importedAt)
        try values.encode(contacts, forKey: .contacts)
        try values.encode(ContactField.allCases.filter(fields.contains), forKey: .fields)
        try values.encode(embeddedNames, forKey: .embeddedNames)
        try values.encodeIfPresent(origin, forKey: .origin)
        try values.encode(file, forKey: .file)
    }
}

/// A name for a file from a person's words: what of them is plain, and a hash that keeps different words apart.
func fileName(for name: String) -> String {
    var plain = ""
    for scalar in name.lowercased().unicodeScalars where plain.utf8.count < 40 {
        if scalar.isASCII, scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
            plain.unicodeScalars.append(scalar)
        } else if !plain.isEmpty, plain.last != "-" {
            plain += "-"
        }
    }
    let digest = SHA256.hash(Array(name.utf8).span)
    let hash = (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(digest[$1]) }
    return (plain.isEmpty ? "list" : plain) + (plain.last == "-" ? "" : "-") + hash.hexadecimal
}
