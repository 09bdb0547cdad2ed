import Trust

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
        case .twice: "it is asked for twice"
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
