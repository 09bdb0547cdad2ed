import Distributions

/// A lead, as Marketo tells of it: its ID, and the fields that were asked for.
struct Lead: Decodable, Sendable {
    let id: Int
    private let values: [String: String]

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        id = try container.decode(Int.self, forKey: Key(stringValue: "id"))
        var values: [String: String] = [:]
        for key in container.allKeys where key.stringValue != "id" {
            values[key.stringValue] = try container.decode(FieldValue.self, forKey: key).text
        }
        self.values = values
    }

    /// Empty for what the lead has not.
    subscript(field: String) -> String { values[field] ?? "" }
}

/// The value of a field, whatever its kind, as text.
private struct FieldValue: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            text = ""
        } else if let string = try? container.decode(String.self) {
            text = string
        } else if let integer = try? container.decode(Int64.self) {
            text = String(integer)
        } else if let boolean = try? container.decode(Bool.self) {
            text = String(boolean)
        } else {
            text = String(try container.decode(Double.self))
        }
    }
}

/// Which field of a lead is which field of a contact.
public struct LeadFields: Hashable, Sendable {
    /// Marketo's names of the fields that were chosen.
    public let chosen: [String]
    /// Those of them that become embedded data.
    public let embedded: [String]
    /// The one of them that says the contact's language.
    let language: String?

    /// Marketo's own fields that contacts have a place for.
    private static let own = ["id", "email", "firstName", "lastName"]

    /// - Parameter chosen: REST names of more fields, such as `company`.
    /// - Throws: ``MarketoError/field(_:reason:)``.
    public init(_ chosen: [String] = []) throws(MarketoError) {
        var seen = Set(Self.own.map { $0.lowercased() })
        for name in chosen {
            guard Self.isName(name) else {
                throw .field(name, reason: "expected Marketo's REST name of a field, such as company")
            }
            guard seen.insert(name.lowercased()).inserted else {
                throw .field(name, reason: "it is always fetched, or was given twice")
            }
        }
        self.chosen = chosen
        let language = chosen.first { ContactField($0) == .language }
        self.language = language
        embedded = chosen.filter { $0 != language }
        for name in embedded { try Self.checkColumn(of: name) }
    }

    /// A list has columns of its own, and one more that is read as one of them would be known as a conflict only when all
    /// leads have come.
    private static func checkColumn(of name: String) throws(MarketoError) {
        do {
            _ = try ContactColumns(headings: ContactField.allCases.map(\.heading) + [name], file: "the list")
        } catch {
            throw .field(name, reason: "a contact list already has a column for it")
        }
    }

    /// Whether the text can be a REST name: letters, digits and underscores.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_")
            }
    }

    /// What to ask Marketo for.
    var requested: [String] { Self.own + chosen }

    func contact(_ lead: Lead) -> Contact { contact(lead.id) { lead[$0] } }

    func contact(_ lead: Int, _ value: (_ field: String) -> String) -> Contact {
        Contact(
            firstName: value("firstName"), lastName: value("lastName"), email: value("email"),
            externalDataReference: String(lead), language: language.map(value) ?? "",
            embeddedData: embedded.map(value))
    }
}
