import Encoding

/// A condition on a field of contacts: that it has a certain value, in any case, white space around it aside.
public struct FieldCondition: Hashable, Sendable {
    /// The name of an embedded-data field, or a field of the contact's own.
    public let field: String
    public let value: String

    public init(field: String, value: String) {
        self.field = field
        self.value = value
    }

    /// Reads `Plan=gold`. Nil without a field before the first equals sign.
    public init?(_ text: String) {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        self.init(field: text[..<equals].trimmed, value: text[equals...].dropFirst().trimmed)
        if field.isEmpty { return nil }
    }
}

/// Conditions on the fields of contacts, ready to be asked. Several values for one field are alternatives; conditions on
/// different fields narrow each other.
struct FieldConditions {
    private let fields: [(field: DataField, values: Set<String>)]

    var areNone: Bool { fields.isEmpty }

    /// - Throws: ``DistributionsError/inLinkField(_:_:)`` for a field that the contacts don't have.
    init(_ conditions: [FieldCondition], embeddedNames: [String]) throws(DistributionsError) {
        var fields: [(field: DataField, values: Set<String>)] = []
        for condition in conditions {
            let field: DataField
            do throws(DistributionsError) {
                field = try DataField(condition.field, embeddedNames: embeddedNames)
            } catch {
                throw .invalid(
                    what: "field", value: condition.field,
                    expected: (embeddedNames + ContactField.allCases.map(\.heading)).joined(separator: ", "))
            }
            let value = Self.folded(condition.value)
            if let index = fields.firstIndex(where: { $0.field == field }) {
                fields[index].values.insert(value)
            } else {
                fields.append((field, [value]))
            }
        }
        self.fields = fields
    }

    func allow(_ contact: Contact) -> Bool {
        fields.allSatisfy { $0.values.contains(Self.folded($0.field.value(of: contact))) }
    }

    private static func folded(_ text: String) -> String { text.trimmed.lowercased() }
}
