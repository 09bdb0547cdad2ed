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

    public struct Embedded: Hashable, Sendable {
        public let name: String
        public let column: Int
    }

    public var embeddedNames: [String] { embeddedData.map(\.name) }

    /// - Parameters:
    ///   - headings: the first row of the table.
    ///   - map: headings that a person assigned to fields, in any case.
    ///   - recognizing: whether fields that nobody assigned are found by their usual headings.
    ///   - file: how errors name the file.
    /// - Throws: ``DistributionsError/headings(file:fault:)``.
    public init(
        headings raw: [String], map: [String: ContactField] = [:], recognizing: Bool = true, file: String
    ) throws(DistributionsError) {
        let headings = raw.map { trimmed(FormulaGuard.removed(from: $0)) }
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
            guard let column = seen[trimmed(heading).lowercased()] else {
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
        guard fields[.contactID] != nil || fields[.email] != nil else {
            throw .headings(file: file, fault: .noContactIDAndNoEmail(headings: named.map { headings[$0] }))
        }

        // A spreadsheet of links that comes back as a contact list: links are never stored.
        let own = Set(["status", "link", "linkexpiration", "startedat", "startedby", "finishedat"])
        let isOwn = Set(keys).isSuperset(of: ["status", "link", "linkexpiration"])
        let ignored = isOwn ? named.filter { own.contains(keys[$0]) } : []
        ignoredHeadings = ignored.map { headings[$0] }
        let taken = Set(fields.values).union(ignored)
        embeddedData = named.filter { !taken.contains($0) }.map { Embedded(name: headings[$0], column: $0) }
        self.fields = fields
    }
}

/// Without the spaces at both ends.
func trimmed(_ text: String) -> String {
    // Most text has no space at either end, which its bytes tell faster than its characters.
    func isPlain(_ byte: UInt8?) -> Bool { byte.map { (0x21..<0x7F).contains($0) } ?? false }
    if isPlain(text.utf8.first), isPlain(text.utf8.last) { return text }
    guard let first = text.firstIndex(where: { !$0.isWhitespace }),
        let last = text.lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(text[first...last])
}
