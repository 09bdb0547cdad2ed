/// The responses that a survey tool exported, as they come: a line of headings, further such lines, and the rows.
///
/// It can be read more than once, from the beginning each time.
struct ResponseExport {
    /// Responses that are looked at before the first is judged.
    private static let sampleCount = 1000

    let headings: [String]
    /// Lines of headings below the first, which Qualtrics and SurveyMonkey write.
    let furtherHeadings: [CSVRow]
    /// The first responses.
    let sample: [CSVRow]
    /// How it is written.
    let dialect: CSVDialect
    /// The file as errors name it.
    let path: String

    private let input: SpooledInput
    private let separator: CSVSeparator?

    /// - Parameters:
    ///   - name: the file as errors name it; by its path when nil.
    ///   - directory: where standard input and pipes are kept meanwhile, in a file without a name.
    /// - Throws: ``DistributionsError/table(file:line:column:fault:)`` for an empty file, or one that is not a table.
    init(
        _ path: String, named name: String? = nil, separator: CSVSeparator?, keptIn directory: String
    ) throws(DistributionsError) {
        input = try SpooledInput(name.map { ContactFile(path, name: $0) } ?? ContactFile(path), in: directory)
        self.separator = separator
        var reader = try Self.reader(of: input, separator)
        self.path = reader.path
        var row = CSVRow()
        guard try reader.read(into: &row) else { throw .table(file: reader.path, line: 1, fault: .empty) }
        dialect = CSVDialect(separator: reader.separator, byteOrderMark: reader.hasByteOrderMark)
        headings = row.cells
        var rows: [CSVRow] = []
        while rows.count < Self.sampleCount, try reader.read(into: &row) { rows.append(row) }
        let further = Self.furtherHeadingLines(below: headings, rows)
        furtherHeadings = Array(rows.prefix(further))
        sample = rows.dropFirst(further).filter { !$0.isBlank }
    }

    private static func reader(
        of input: SpooledInput, _ separator: CSVSeparator?
    ) throws(DistributionsError) -> TableReader {
        try TableReader(input.file.path, name: input.file.name, separator: separator)
    }

    /// Calls the body with every response, in order.
    ///
    /// - Throws: ``DistributionsError/table(file:line:column:fault:)`` for a row that has not as many cells as headings.
    func forEachResponse(_ body: (CSVRow) throws(DistributionsError) -> Void) throws(DistributionsError) {
        var reader = try Self.reader(of: input, separator)
        var row = CSVRow()
        for _ in 0...furtherHeadings.count { _ = try reader.read(into: &row) }
        while try reader.read(into: &row) {
            if row.isBlank { continue }
            guard row.count == headings.count else {
                throw .table(
                    file: path, line: row.line, fault: .ragged(found: row.count, expected: headings.count))
            }
            try body(row)
        }
    }

    private static func furtherHeadingLines(below headings: [String], _ rows: [CSVRow]) -> Int {
        // Qualtrics: the texts of the questions, then the import IDs: {"ImportId":"startDate","timeZone":"Z"}.
        if rows.count >= 2, isQualtricsImportRow(rows[1]) { return 2 }
        // SurveyMonkey: what kind of answer each column has, with nothing below the columns about the response.
        let keys = headings.map(ContactField.key)
        guard keys.starts(with: ["respondentid", "collectorid"]), let row = rows.first, row.count >= 2,
            row.isEmpty(0), row.isEmpty(1)
        else { return 0 }
        return 1
    }

    private static func isQualtricsImportRow(_ row: CSVRow) -> Bool {
        row.count > 0 && (0..<row.count).allSatisfy { row[$0].hasPrefix("{\"ImportId\":") }
    }
}

/// The headings of an export, to find columns by.
struct ExportHeadings {
    private let wholes: [String]
    /// A heading as a whole, and the code in front of a question's text, as LimeSurvey writes them together: "session.
    /// Your session".
    private let keys: [Set<String>]

    init(_ headings: [String]) {
        wholes = headings.map(ContactField.key)
        keys = headings.map { (heading) in
            let code = [". ", ": ", " - "].compactMap { heading.firstRange(of: $0)?.lowerBound }.min()
            return Set([heading, code.map { String(heading[..<$0]) }].compactMap { $0.map(ContactField.key) })
        }
    }

    /// The column that a person named, in any case, spaces and punctuation.
    func column(named name: String) -> Int? { wholes.firstIndex(of: ContactField.key(of: name)) }

    /// The columns that have one of these headings, which are without case, spaces and punctuation, in their order.
    func columns(under usual: [String]) -> [Int] {
        usual.compactMap { (usual) in keys.firstIndex { $0.contains(usual) } }
    }
}
