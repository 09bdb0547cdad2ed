import Encoding

/// Which column of a table is which field of a contact.
public struct ContactColumns: Hashable, Sendable {
    /// The columns of the fields that the table has, from 0.
    public let fields: [ContactField: Int]
    /// The columns that are embedded data, and their headings.
    public let embeddedData: [Embedded]
    /// Headings whose columns are left out because linkseal wrote them itself: links, statuses and their times.
    public let ignoredHeadings: [String]
    /// Columns without a heading, which must be empty.
    let unnamed: [Int]
    /// The heading of the column that was taken for the e-mail addresses because of its values. Nil when a heading or a
    /// person said which it is.
    let emailByValues: String?
    /// Columns that are embedded data and may be more.
    let suggestions: [Suggestion]
    /// The columns that say who wants no mail.
    let optOuts: [OptOut.Column]

    public struct Embedded: Hashable, Sendable {
        public let name: String
        public let column: Int
    }

    /// A column that may hold a field.
    struct Suggestion: Hashable, Sendable {
        let heading: String
        let field: ContactField
    }

    public var embeddedNames: [String] { embeddedData.map(\.name) }

    /// The headings of the columns that say who wants no mail.
    public var optOutNames: [String] {
        let columns = Set(optOuts.map(\.column))
        return embeddedData.filter { columns.contains($0.column) }.map(\.name)
    }

    /// - Parameters:
    ///   - raw: the first row of the table.
    ///   - map: headings that a person assigned to fields, in any case.
    ///   - recognizing: whether fields that nobody assigned are found by their usual headings, and the e-mail addresses
    ///     by the values of a column.
    ///   - sample: the first rows below the headings.
    ///   - file: how errors name the file.
    /// - Throws: ``DistributionsError/headings(file:fault:)``.
    public init(
        headings raw: [String], map: [String: ContactField] = [:], recognizing: Bool = true,
        sample: [[String]] = [], file: String
    ) throws(DistributionsError) {
        let headings = raw.map { FormulaGuard.removed(from: $0).trimmed }
        // The first person of a file without headings would be lost.
        if let address = headings.first(where: EmailAddress.isUnmistakable) {
            throw .headings(file: file, fault: .addressAmongHeadings(address))
        }
        unnamed = headings.indices.filter { headings[$0].isEmpty }
        let named = headings.indices.filter { !headings[$0].isEmpty }

        var seen: [String: Int] = [:]
        for column in named {
            let key = headings[column].lowercased()
            if let first = seen.updateValue(column, forKey: key) {
                throw .headings(
                    file: file, fault: .duplicate(heading: headings[column], columns: [first + 1, column + 1]))
            }
        }

        var fields: [ContactField: Int] = [:]
        for (heading, field) in map.sorted(by: { $0.key < $1.key }) {
            guard let column = seen[heading.trimmed.lowercased()] else {
                throw .headings(
                    file: file, fault: .unknownMapping(heading: heading, headings: named.map { headings[$0] }))
            }
            if let other = fields.updateValue(column, forKey: field) {
                throw .headings(
                    file: file, fault: .ambiguous(field: field, headings: [headings[other], headings[column]]))
            }
        }

        let keys = headings.map(ContactField.key)
        let mapped = Set(fields.values)
        for field in ContactField.allCases where recognizing && fields[field] == nil {
            for usual in field.usualHeadings {
                let columns = named.filter { keys[$0] == usual && !mapped.contains($0) }
                guard let column = columns.first else { continue }
                if columns.count > 1 {
                    throw .headings(file: file, fault: .ambiguous(field: field, headings: columns.map { headings[$0] }))
                }
                fields[field] = column
                break
            }
        }
        for field in [ContactField.firstName, .lastName] where recognizing && fields[field] == nil {
            for (heading, partners) in field.pairedHeadings where keys.contains(where: partners.contains) {
                guard let column = named.first(where: { keys[$0] == heading && !mapped.contains($0) }) else { continue }
                fields[field] = column
                break
            }
        }

        var emailByValues: Int?
        var suggestions: [(column: Int, field: ContactField)] = []
        if recognizing, fields[.email] == nil {
            let found = named.filter { !fields.values.contains($0) && Self.addresses(sample, in: $0) != .few }
            let own = found.filter {
                Self.addresses(sample, in: $0) == .all && !Self.isSomebodyElses(key: keys[$0])
            }
            if own.count == 1 {
                emailByValues = own[0]
                fields[.email] = own[0]
            } else if fields[.contactID] != nil {
                suggestions += found.map { ($0, .email) }
            } else if !own.isEmpty {
                throw .headings(file: file, fault: .ambiguous(field: .email, headings: own.map { headings[$0] }))
            }
        }
        guard fields[.contactID] != nil || fields[.email] != nil else {
            throw .headings(file: file, fault: .noContactIDAndNoEmail(headings: named.map { headings[$0] }))
        }

        // A spreadsheet of links that comes back as a contact list: links are never stored.
        let own = Set(SpreadsheetColumn.Content.own.map { ContactField.key(of: $0.heading) })
        let isOwn = Set(keys).isSuperset(of: ["status", "link", "linkexpiration"])
        let ignored = isOwn ? named.filter { own.contains(keys[$0]) } : []
        ignoredHeadings = ignored.map { headings[$0] }
        let taken = Set(fields.values).union(ignored)
        embeddedData = named.filter { !taken.contains($0) }.map { Embedded(name: headings[$0], column: $0) }
        if recognizing { suggestions += Self.likelyNames(in: embeddedData.map(\.column), keys: keys, beside: fields) }
        optOuts = embeddedData.compactMap { (data) in
            OptOut(key: keys[data.column]).map { OptOut.Column(column: data.column, kind: $0) }
        }
        self.fields = fields
        self.emailByValues = emailByValues.map { headings[$0] }
        self.suggestions = suggestions.map { Suggestion(heading: headings[$0.column], field: $0.field) }
    }

    private enum Share { case all, most, few }

    /// How many of a column's values are e-mail addresses.
    private static func addresses(_ sample: [[String]], in column: Int) -> Share {
        let values = sample.compactMap { $0.count > column ? $0[column].trimmed : nil }.filter { !$0.isEmpty }
        let count = values.count { EmailAddress.isUnmistakable(EmailAddress.repaired($0) ?? "") }
        if count == 0 || count * 2 < values.count { return .few }
        return count == values.count ? .all : .most
    }

    /// Whether a heading names somebody other than the contact: mail to that address would reach the wrong person.
    private static func isSomebodyElses(key: String) -> Bool {
        [
            "owner", "manager", "supervisor", "assistant", "parent", "guardian", "sender", "createdby", "modifiedby",
            "referrer", "referral", "referredby", "besitzer", "vorgesetzt", "propriétaire", "propietario",
            "proprietario",
            "proprietário", "eigenaar",
        ].contains(where: key.contains)
    }

    /// The first columns that may hold a half of the name that is missing, or the whole when both are.
    private static func likelyNames(
        in columns: [Int], keys: [String], beside fields: [ContactField: Int]
    ) -> [(column: Int, field: ContactField)] {
        var missing = Set([ContactField.firstName, .lastName].filter { fields[$0] == nil })
        let isNameless = missing.count == 2
        var found: [(column: Int, field: ContactField)] = []
        for column in columns {
            guard let (field, isWhole) = ContactField.likelyName(key: keys[column]), isNameless || !isWhole,
                missing.remove(field) != nil
            else { continue }
            found.append((column, field))
        }
        return found
    }

    /// What a person should know of how the columns were taken.
    var warnings: [ContactWarning] {
        var warnings: [ContactWarning] = []
        if let emailByValues { warnings.append(.emailColumn(heading: emailByValues)) }
        warnings += suggestions.map { .likelyField(heading: $0.heading, $0.field) }
        if !ignoredHeadings.isEmpty { warnings.append(.ignoredColumns(ignoredHeadings)) }
        return warnings
    }
}
