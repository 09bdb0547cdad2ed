import LinkToken
import Trust

/// Puts names, addresses and embedded data beside the responses that a survey tool exported.
///
/// ```swift
/// let report = try workspace.distributions.joinResults(
///     ResultsJoin(responses: "export.csv", by: .session, output: "joined.csv"), of: distributions, keys: keys)
/// ```
///
/// Exports of Google Forms, LimeSurvey and Qualtrics are read as they come, Qualtrics' two further lines of headings
/// included, which stay where they are. Every response stays, in its order, and gets the columns Contact ID, First
/// Name, Last Name, Email, External Data Reference, Language where contacts have one, the embedded data, and Match.
public struct ResultsJoin: Hashable, Sendable {
    public var responses: String
    public var key: ResponseKey
    /// The heading of the column with the key, when it is none of the usual ones.
    public var column: String?
    public var separator: CSVSeparator?
    /// `-` is standard output.
    public var output: String

    public init(responses: String, by key: ResponseKey, output: String) {
        self.responses = responses
        self.key = key
        self.output = output
    }
}

/// What came of a join.
public struct ResultsReport: Hashable, Sendable {
    public struct Unmatched: Hashable, Sendable {
        /// The line of the response in the export.
        public let line: Int
        public let reason: ResponseMismatch
    }

    /// A further response of a link that has one.
    public struct Repetition: Hashable, Sendable {
        /// The line of the response in the export.
        public let line: Int
        /// The line of the link's first response.
        public let firstLine: Int
    }

    /// The heading of the column that says whose a response is.
    public let column: String
    public internal(set) var responses = 0
    /// Those that have their contact, repeated ones included.
    public internal(set) var matched = 0
    public internal(set) var repeated = 0
    /// The first 1,000 of them.
    public internal(set) var repetitions: [Repetition] = []
    public internal(set) var mismatches: [ResponseMismatch: Int] = [:]
    /// The first 1,000 that do not match.
    public internal(set) var unmatched: [Unmatched] = []

    init(column: String) { self.column = column }

    mutating func add(_ repetition: Repetition) {
        repeated += 1
        if repetitions.count < 1000 { repetitions.append(repetition) }
    }

    mutating func add(_ reason: ResponseMismatch, line: Int) {
        mismatches[reason, default: 0] += 1
        if unmatched.count < 1000 { unmatched.append(Unmatched(line: line, reason: reason)) }
    }
}

extension DistributionLibrary {
    /// Responses that are looked at before the first is written.
    private static let sampleCount = 1000

    /// Joins the responses with the contacts of the distributions.
    ///
    /// - Parameters:
    ///   - keys: the public keys that links were signed with.
    ///   - sessions: checks that sessions are genuine; without it they are taken by their word.
    public func joinResults(
        _ join: ResultsJoin, of distributions: [Distribution], keys: [PublishedKey], sessions: SessionKeyring? = nil
    ) throws(DistributionsError) -> ResultsReport {
        try refuseSameFile(input: join.responses, output: join.output)
        var reader = try CSVReader(join.responses, separator: join.separator)
        var row = CSVRow()
        guard try reader.read(into: &row) else { throw .table(file: reader.path, line: 1, fault: .empty) }
        let headings = row.cells
        var ahead: [CSVRow] = []
        while ahead.count < Self.sampleCount, try reader.read(into: &row) { ahead.append(row) }
        // Qualtrics' second line is known by its third.
        let hasImportRow = ahead.count >= 2 && ResponseColumns.isQualtricsImportRow(ahead[1])
        let columns = try ResponseColumns(
            headings: headings, key: join.key, chosen: join.column,
            sample: Array(ahead.dropFirst(hasImportRow ? 2 : 0)),
            file: reader.path)
        let matcher = ResponseMatcher(
            join.key, distributions: distributions, in: self, keys: keys, sessions: sessions)
        var table = try JoinedTable(
            columns, distributions: distributions, output: OutputFile(join.output, outsideOf: workspace))

        if hasImportRow {
            for row in ahead.prefix(2) { try table.pass(row) }
            ahead.removeFirst(2)
        }
        var report = ResultsReport(column: headings[columns.key])
        var firstLines: [Nonce: Int] = [:]
        func take(_ row: CSVRow) throws(DistributionsError) {
            if row.isBlank { return }
            guard row.count == columns.headings.count else {
                throw .table(
                    file: reader.path, line: row.line,
                    fault: .ragged(found: row.count, expected: columns.headings.count))
            }
            report.responses += 1
            switch try matcher.match(row[columns.key]) {
            case .success(let match) where table.agrees(row, with: match):
                report.matched += 1
                let firstLine = firstLines[match.nonce]
                if let firstLine {
                    report.add(.init(line: row.line, firstLine: firstLine))
                } else {
                    firstLines[match.nonce] = row.line
                }
                try table.append(row, .success(match), repeating: firstLine)
            case .success:
                report.add(.embeddedDataMismatch, line: row.line)
                try table.append(row, .failure(.embeddedDataMismatch), repeating: nil)
            case .failure(let reason):
                report.add(reason, line: row.line)
                try table.append(row, .failure(reason), repeating: nil)
            }
        }
        for row in ahead { try take(row) }
        while try reader.read(into: &row) { try take(row) }
        try table.commit()
        return report
    }
}

/// The responses with their contacts beside them, as it is written.
private struct JoinedTable {
    private let output: OutputFile
    private let fields: [ContactField]
    private let embeddedNames: [String]
    /// Columns of the export that are named as fields of the links.
    private let inLinkColumns: [String: Int]
    private var csv = CSVWriter()

    init(_ columns: ResponseColumns, distributions: [Distribution], output: OutputFile) throws(DistributionsError) {
        self.output = output
        let hasLanguages = distributions.contains { $0.contactFields.contains(.language) }
        fields = ContactField.allCases.filter { $0 != .language || hasLanguages }
        var names: [String] = []
        for name in distributions.flatMap(\.embeddedNames) where !names.contains(name) { names.append(name) }
        embeddedNames = names
        var inLink: [String: Int] = [:]
        for name in distributions.flatMap(\.embeddedData.inLinkFields) {
            inLink[name] = columns.headings.firstIndex { trimmed($0) == name }
        }
        inLinkColumns = inLink
        var taken = Set(columns.headings.map { $0.lowercased() })
        for heading in columns.headings { csv.cell(Self.guarded(heading)) }
        for heading in fields.map(\.heading) + names + ["Match"] {
            var heading = heading
            while !taken.insert(heading.lowercased()).inserted { heading += " (contact)" }
            csv.cell(FormulaGuard.applied(to: heading))
        }
        csv.endRow()
    }

    /// Whether what the response says of the fields that its link carried is what they were.
    func agrees(_ row: CSVRow, with match: ResponseMatcher.Match) -> Bool {
        match.distribution.embeddedData.inLinkFields.allSatisfy { name in
            guard let column = inLinkColumns[name],
                let field = try? DataField(name, embeddedNames: match.distribution.embeddedNames)
            else { return true }
            return FormulaGuard.removed(from: row[column]) == field.value(of: match.contact)
        }
    }

    /// A line of headings below the first.
    mutating func pass(_ row: CSVRow) throws(DistributionsError) {
        for cell in row.cells { csv.cell(Self.guarded(cell)) }
        for _ in 0..<(fields.count + embeddedNames.count + 1) { csv.cell("") }
        csv.endRow()
    }

    /// - Parameter firstLine: that of the link's first response, for a further one.
    mutating func append(
        _ row: CSVRow, _ match: Result<ResponseMatcher.Match, ResponseMismatch>, repeating firstLine: Int?
    ) throws(DistributionsError) {
        for cell in row.cells { csv.cell(Self.guarded(cell)) }
        switch match {
        case .success(let match):
            for field in fields { csv.cell(FormulaGuard.applied(to: match.contact[field])) }
            for name in embeddedNames {
                let index = match.distribution.embeddedNames.firstIndex(of: name)
                csv.cell(FormulaGuard.applied(to: index.map { match.contact.embeddedData[$0] } ?? ""))
            }
            csv.cell(firstLine.map { "repeated: first in line \($0)" } ?? "matched")
        case .failure(let reason):
            for _ in 0..<(fields.count + embeddedNames.count) { csv.cell("") }
            csv.cell(reason.rawValue)
        }
        csv.endRow()
        if csv.bytes.count >= 1 << 16 { try output.write(csv.take()) }
    }

    mutating func commit() throws(DistributionsError) {
        try output.write(csv.take())
        try output.commit()
    }

    /// Participants wrote these cells. One that was guarded before is not guarded twice.
    private static func guarded(_ cell: String) -> String {
        FormulaGuard.applied(to: FormulaGuard.removed(from: cell))
    }
}
