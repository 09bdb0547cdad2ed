import LinkToken

/// Reads the contacts of a CSV file one at a time.
///
/// ```swift
/// var contacts = try ContactFile("people.csv", map: ["Work Email": .email]).reader()
/// while let entry = try contacts.next() { print(entry.line, entry.contact.email) }
/// ```
///
/// Contact IDs are checked against the rules of the token. A contact without one has an empty ID here:
/// ``ContactIntake`` makes one.
public struct ContactReader {
    public let columns: ContactColumns
    /// Rows without any text, which are passed over.
    public private(set) var blankRows = 0
    public var separator: CSVSeparator { reader.separator }
    public var encoding: TextEncoding { reader.encoding }
    public var path: String { reader.path }

    private var reader: CSVReader
    private var row = CSVRow()
    private let columnCount: Int
    /// Whether the row that was read last is still to be given: the first one of a file without headings.
    private var isRowWaiting: Bool
    /// In an order of their own: iterating over a dictionary for each row would cost more than reading the row.
    private let fieldColumns: [(field: ContactField, column: Int)]

    public struct Entry: Sendable {
        public let line: Int
        public var contact: Contact
    }

    /// Rows that are looked at to find out what a column holds.
    private static let sampleCount = 200

    /// Begins with the headings.
    init(_ csv: CSVReader, of file: ContactFile) throws(DistributionsError) {
        reader = csv
        guard try reader.read(into: &row) else { throw .table(file: reader.path, line: 1, fault: .empty) }
        columnCount = row.count
        isRowWaiting = !file.hasHeadings
        var map = file.map
        var headings = row.cells
        var sample = reader.sample(rows: Self.sampleCount).map(\.cells)
        if !file.hasHeadings {
            sample.insert(headings, at: 0)
            headings = headings.indices.map { "Column \($0 + 1)" }
            map = Dictionary(uniqueKeysWithValues: map.map { ("Column \($0.key)", $0.value) })
        }
        columns = try ContactColumns(
            headings: headings, map: map, recognizing: file.recognizesHeadings, sample: sample, file: reader.path)
        fieldColumns = columns.fields.map { ($0.key, $0.value) }
    }

    private mutating func readRow() throws(DistributionsError) -> Bool {
        if isRowWaiting {
            isRowWaiting = false
            return true
        }
        return try reader.read(into: &row)
    }

    /// Nil at the end of the file.
    public mutating func next() throws(DistributionsError) -> Entry? {
        while try readRow() {
            if row.isBlank {
                blankRows += 1
                continue
            }
            guard row.count == columnCount else {
                throw .table(
                    file: path, line: row.line, fault: .ragged(found: row.count, expected: columnCount))
            }
            for column in columns.unnamed where !row.isEmpty(column) {
                throw .contact(file: path, line: row.line, fault: .textInUnnamedColumn(column: column + 1))
            }
            var contact = Contact(id: "")
            for (field, column) in fieldColumns where !row.isEmpty(column) {
                contact[field] = trimmed(FormulaGuard.removed(from: row[column]))
            }
            contact.embeddedData = columns.embeddedData.map { FormulaGuard.removed(from: row[$0.column]) }
            if contact.id.isEmpty {
                guard !contact.email.isEmpty || !contact.externalDataReference.isEmpty else {
                    throw .contact(file: path, line: row.line, fault: .neitherIDNorEmail)
                }
            } else {
                do {
                    _ = try ContactID(contact.id)
                } catch {
                    throw .contact(file: path, line: row.line, fault: .id(error))
                }
            }
            return Entry(line: row.line, contact: contact)
        }
        return nil
    }
}
