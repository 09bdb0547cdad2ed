/// The form in which the workspace keeps contacts: CSV with the six fields and then the embedded data, exactly as they
/// are, without formula guard. The row of an erased contact stays, all cells empty.
struct StoredContactReader {
    let embeddedNames: [String]
    private var reader: CSVReader
    private var row = CSVRow()

    init(_ path: String) throws(DistributionsError) {
        reader = try CSVReader(path, separator: .comma)
        let fields = ContactField.allCases.map(\.heading)
        guard try reader.read(into: &row), row.cells.starts(with: fields) else {
            throw .damaged(path: path, reason: "it does not begin with the headings \(fields.joined(separator: ","))")
        }
        embeddedNames = Array(row.cells.dropFirst(fields.count))
    }

    mutating func next() throws(DistributionsError) -> Contact? {
        guard try reader.read(into: &row) else { return nil }
        guard row.count == ContactField.allCases.count + embeddedNames.count else {
            throw .damaged(path: reader.path, reason: "line \(row.line) has \(row.count) columns")
        }
        return Contact(stored: row)
    }
}

extension Contact {
    /// In the order of ``ContactField``'s cases.
    init(stored row: CSVRow) {
        let fieldCount = ContactField.allCases.count
        self.init(
            id: row[0], firstName: row[1], lastName: row[2], email: row[3], externalDataReference: row[4],
            language: row[5], embeddedData: (fieldCount..<row.count).map { row[$0] })
    }
}

/// Writes contacts in that form.
struct StoredContactWriter {
    private let file: OutputFile
    private var csv = CSVWriter()

    init(_ path: String, embeddedNames: [String]) throws(DistributionsError) {
        file = try OutputFile(path)
        for heading in ContactField.allCases.map(\.heading) + embeddedNames { csv.cell(heading) }
        csv.endRow()
    }

    mutating func append(_ contact: Contact) throws(DistributionsError) {
        csv.cell(contact.id)
        csv.cell(contact.firstName)
        csv.cell(contact.lastName)
        csv.cell(contact.email)
        csv.cell(contact.externalDataReference)
        csv.cell(contact.language)
        for value in contact.embeddedData { csv.cell(value) }
        csv.endRow()
        if csv.bytes.count >= 1 << 16 { try file.write(csv.take()) }
    }

    /// All of it is durable, and has no name yet.
    mutating func complete() throws(DistributionsError) {
        try file.write(csv.take())
        try file.complete()
    }

    mutating func commit() throws(DistributionsError) {
        try file.write(csv.take())
        try file.commit()
    }
}
