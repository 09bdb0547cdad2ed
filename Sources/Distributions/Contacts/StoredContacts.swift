import LinkToken

/// The form in which the workspace keeps contacts: CSV with the six fields and then the embedded data, exactly as they
/// are, without formula guard. In a distribution, the row of an erased contact stays, all cells empty.
struct StoredContactReader {
    enum Row {
        case contact(Contact)
        /// The place of a person whose data was erased.
        case erased

        /// The cells are in the order of ``ContactField``'s cases.
        ///
        /// - Throws: what is wrong with the contact ID.
        init(_ row: CSVRow) throws(ContactIDError) {
            guard !row.isEmpty(0) else {
                self = .erased
                return
            }
            self = .contact(
                Contact(
                    id: try ContactID(row[0]), firstName: row[1], lastName: row[2], email: row[3],
                    externalDataReference: row[4], language: row[5],
                    embeddedData: (ContactField.allCases.count..<row.count).map { row[$0] }))
        }

        var contact: Contact? { if case .contact(let contact) = self { contact } else { nil } }
    }

    let embeddedNames: [String]
    private var reader: CSVReader
    private var row = CSVRow()

    init(_ path: String) throws(DistributionsError) {
        try self.init(InputFile(path))
    }

    init(_ file: InputFile) throws(DistributionsError) {
        reader = try CSVReader(TextSource(file), separator: .comma)
        let fields = ContactField.allCases.map(\.heading)
        guard try reader.read(into: &row), row.cells.starts(with: fields) else {
            throw .damaged(
                path: reader.path, reason: "it does not begin with the headings \(fields.joined(separator: ","))")
        }
        embeddedNames = Array(row.cells.dropFirst(fields.count))
    }

    var path: String { reader.path }

    /// The next contact. Erased ones are passed over.
    mutating func next() throws(DistributionsError) -> Contact? {
        while let row = try nextRow() {
            if case .contact(let contact) = row { return contact }
        }
        return nil
    }

    /// Passes over as many rows without looking at what they say.
    mutating func skip(_ count: Int) throws(DistributionsError) {
        for _ in 0..<count {
            guard try reader.read(into: &row) else { return }
        }
    }

    /// Whether a search finds the contact of the next row. Nil at the end.
    mutating func nextRow(finding search: RowFilter) throws(DistributionsError) -> Bool? {
        guard try reader.read(into: &row) else { return nil }
        if let verdict = search.judge(row) { return verdict }
        return try lastContact()?.isFound(by: search.text) ?? false
    }

    /// The contact of the row that was read last. Nil if it was erased.
    func lastContact() throws(DistributionsError) -> Contact? { try parsedRow().contact }

    mutating func nextRow() throws(DistributionsError) -> Row? {
        try reader.read(into: &row) ? try parsedRow() : nil
    }

    private func parsedRow() throws(DistributionsError) -> Row {
        guard row.count == ContactField.allCases.count + embeddedNames.count else {
            throw .damaged(path: reader.path, reason: "line \(row.line) has \(row.count) columns")
        }
        do {
            return try Row(row)
        } catch {
            throw .damaged(path: reader.path, reason: "line \(row.line): \(error)")
        }
    }
}

/// Writes contacts in that form.
struct StoredContactWriter {
    /// Rows that were written.
    private(set) var count = 0
    /// Bytes that were given to the file.
    private(set) var byteCount = 0
    private let columnCount: Int
    private let file: OutputFile
    private var csv = CSVWriter()

    init(_ path: String, embeddedNames: [String]) throws(DistributionsError) {
        file = try OutputFile(path)
        columnCount = ContactField.allCases.count + embeddedNames.count
        for heading in ContactField.allCases.map(\.heading) + embeddedNames { csv.cell(heading) }
        csv.endRow()
    }

    mutating func append(_ contact: Contact) throws(DistributionsError) {
        for field in ContactField.allCases { csv.cell(contact[field]) }
        for value in contact.embeddedData { csv.cell(value) }
        try endRow()
    }

    mutating func appendErased() throws(DistributionsError) {
        for _ in 0..<columnCount { csv.plainCell("") }
        try endRow()
    }

    private mutating func endRow() throws(DistributionsError) {
        csv.endRow()
        count += 1
        if csv.bytes.count >= 1 << 16 { try flush() }
    }

    private mutating func flush() throws(DistributionsError) {
        byteCount += csv.bytes.count
        try file.write(csv.take())
    }

    /// All of it is durable, and has no name yet.
    mutating func complete() throws(DistributionsError) {
        try flush()
        try file.complete()
    }

    mutating func commit() throws(DistributionsError) {
        try flush()
        try file.commit()
    }
}
