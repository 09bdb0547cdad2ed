import Consumption
import Encoding

/// A column that a join puts beside the responses.
public enum ResultsColumn: Hashable, Sendable {
    case field(ContactField)
    case embeddedData(String)
    /// The name of the distribution whose link it was.
    case distribution
    case status
    case startedAt
    case startDetail(StartDetails.Field)
    case finishedAt
    /// What the join found out: the name of a ``ResponseMatch``.
    case match

    /// The usual heading.
    public var heading: String {
        switch self {
        case .field(let field): field.heading
        case .embeddedData(let name): name
        case .distribution: "Distribution"
        case .status: "Status"
        case .startedAt: "Started At"
        case .startDetail(let field): field.heading
        case .finishedAt: "Finished At"
        case .match: "Match"
        }
    }

    /// Those that every join can have, besides the fields of contacts and embedded data.
    public static let own: [Self] =
        [.distribution, .status, .startedAt] + StartDetails.Field.allCases.map { .startDetail($0) }
        + [.finishedAt, .match]

    /// Those that are there unless others are chosen.
    static func usual(hasLanguages: Bool, embeddedNames: [String]) -> [Self] {
        ContactField.allCases.filter { $0 != .language || hasLanguages }.map { .field($0) }
            + embeddedNames.map { .embeddedData($0) } + [.match]
    }

    /// Reads the names of columns. Match is added where it isn't among them.
    ///
    /// - Throws: ``DistributionsError/invalid(what:value:expected:)`` for a column that doesn't exist.
    static func chosen(_ names: [String], embeddedNames: [String]) throws(DistributionsError) -> [Self] {
        let known = own + ContactField.allCases.map { .field($0) } + embeddedNames.map { .embeddedData($0) }
        var columns: [Self] = []
        for name in names {
            let key = ContactField.key(of: name)
            guard
                let column = known.first(where: { $0.heading == name.trimmed })
                    ?? known.first(where: { ContactField.key(of: $0.heading) == key })
                    ?? ContactField(name).map({ .field($0) })
            else {
                throw .invalid(
                    what: "column", value: name, expected: known.map(\.heading).joined(separator: ", "))
            }
            if !columns.contains(column) { columns.append(column) }
        }
        return columns.contains(.match) ? columns : columns + [.match]
    }
}
