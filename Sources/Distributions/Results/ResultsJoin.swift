import Consumption
import LinkToken
import Trust

/// Puts names, addresses and embedded data beside the responses that a survey tool exported.
///
/// ```swift
/// let report = try workspace.distributions.joinResults(
///     ResultsJoin(responses: "export.csv", by: .session, output: "joined.csv"), of: distributions, keys: keys)
/// ```
///
/// The exports of the usual tools are read as they come; further lines of headings stay where they are. Every response
/// stays, in its order, and gets the columns Contact ID, First Name, Last Name, Email, External Data Reference, Language
/// where contacts have one, the embedded data of the distributions that matched, and Match.
public struct ResultsJoin: Sendable {
    public var responses: String
    /// The export as errors name it; by its path when nil.
    public var fileName: String?
    public var key: ResponseKey
    /// The heading of the column with the key; nil to detect it.
    public var column: String?
    public var separator: CSVSeparator?
    /// The columns to add, by name; the usual ones when nil.
    public var columns: [String]?
    /// How the responses' times are read, to tell those that came too late.
    public var times = ResponseTimeOptions()
    /// How the output is written; as the export is when nil.
    public var csv: CSVDialect?
    /// Whether the output begins with a byte order mark even if the export does not.
    public var addsByteOrderMark = false
    /// Whether cells that a spreadsheet might run are guarded.
    public var guardsFormulas = true
    /// `-` is standard output.
    public var output: String

    public init(responses: String, by key: ResponseKey, output: String = "-") {
        self.responses = responses
        self.key = key
        self.output = output
    }
}

/// What came of a join.
public struct ResultsReport: Hashable, Sendable {
    /// A response of which there is more to say than that it matched.
    public struct Row: Hashable, Sendable {
        /// The line of the response in the export.
        public let line: Int
        public let match: ResponseMatch
        /// For a repeated response, the line of the link's first response.
        public let firstLine: Int?
    }

    /// The heading of the column that says whose a response is.
    public let column: String
    public internal(set) var responses = 0
    public internal(set) var counts: [ResponseMatch: Int] = [:]
    /// The first 1,000 that are more than matched.
    public internal(set) var rows: [Row] = []
    /// Names of distributions of which no start is recorded, so that it was not checked whether their responses came
    /// through an edge.
    public internal(set) var unchecked: [String] = []

    /// Why it was not checked whether responses came too late, if a column has their times.
    public internal(set) var timeFault: ResponseTimeError?

    init(column: String) { self.column = column }

    /// Those that have their contact beside them.
    public var withContact: Int {
        counts.reduce(0) { if case .contact = $1.key { $0 + $1.value } else { $0 } }
    }

    mutating func add(_ row: Row) {
        responses += 1
        counts[row.match, default: 0] += 1
        if row.match != .contact(.matched), rows.count < 1000 { rows.append(row) }
    }
}

extension DistributionLibrary {
    /// Joins the responses with the contacts of the distributions.
    ///
    /// - Parameters:
    ///   - join: the export, and how to join it.
    ///   - distributions: those whose contacts are joined.
    ///   - keys: the public keys that links were signed with.
    ///   - sessions: checks that sessions are genuine; if nil, they aren't checked.
    ///   - uses: which links were started and finished, to detect sessions that no edge issued.
    ///   - now: the time that statuses refer to.
    /// - Throws: ``DistributionsError/responses(file:fault:)`` if the responses can't be assigned to contacts.
    public func joinResults(
        _ join: ResultsJoin, of distributions: [Distribution], keys: [PublishedKey], sessions: SessionKeyring? = nil,
        uses: [DistributionID: DistributionHistory] = [:], at now: UnixTime
    ) throws(DistributionsError) -> ResultsReport {
        try refuseSameFile(input: join.responses, output: join.output)
        let output = try OutputFile(join.output, outsideOf: workspace)
        let report = try joinResults(join, of: distributions, keys: keys, sessions: sessions, uses: uses, at: now) {
            (bytes) throws(DistributionsError) in try output.write(bytes)
        }
        try output.commit()
        return report
    }

    /// The same for whatever takes bytes, some tens of kibibytes at a time, instead of the output that the join names.
    public func joinResults(
        _ join: ResultsJoin, of distributions: [Distribution], keys: [PublishedKey], sessions: SessionKeyring? = nil,
        uses: [DistributionID: DistributionHistory] = [:], at now: UnixTime,
        to take: @escaping ([UInt8]) throws(DistributionsError) -> Void
    ) throws(DistributionsError) -> ResultsReport {
        let export = try ResponseExport(
            join.responses, named: join.fileName, separator: join.separator, keptIn: workspace.dataDirectory)
        let matcher = ResponseMatcher(
            join.key, distributions: distributions, in: self, keys: keys, sessions: sessions)
        let columns = try ResponseColumns(
            of: export, key: join.key, chosen: join.column, identity: matcher.identity, isGenuine: matcher.isGenuine)
        let judged = try JudgedResponses(
            export, columns, matcher, of: distributions, key: join.key, uses: uses,
            times: join.times, at: now)
        var table = try JoinedTable(join, export, of: judged.distributions, uses: uses, at: now, to: take)
        var report = ResultsReport(column: export.headings[columns.key])
        report.unchecked = judged.unchecked
        report.timeFault = judged.timeFault
        var index = 0
        try export.forEachResponse { (row) throws(DistributionsError) in
            let response = judged.responses[index]
            index += 1
            report.add(
                ResultsReport.Row(
                    line: row.line, match: response.match,
                    firstLine: response.match == .contact(.repeated) ? Int(response.firstLine) : nil))
            var contact: Contact?
            if case .contact = response.match {
                contact = try matcher.contact(
                    response.serial, of: judged.distributions[Int(response.distribution)])
            }
            try table.append(row, response, contact)
        }
        try table.finish()
        return report
    }
}

/// The responses with their contacts beside them, as it is written.
private struct JoinedTable {
    private let take: ([UInt8]) throws(DistributionsError) -> Void
    private let columns: [ResultsColumn]
    private let distributions: [Distribution]
    private let uses: [DistributionID: DistributionHistory]
    private let guardsFormulas: Bool
    private let now: UnixTime
    private var csv: CSVWriter

    /// - Parameter distributions: those that responses belong to.
    init(
        _ join: ResultsJoin, _ export: ResponseExport, of distributions: [Distribution],
        uses: [DistributionID: DistributionHistory], at now: UnixTime,
        to take: @escaping ([UInt8]) throws(DistributionsError) -> Void
    ) throws(DistributionsError) {
        self.take = take
        var dialect = join.csv ?? export.dialect
        if join.addsByteOrderMark { dialect.byteOrderMark = true }
        csv = CSVWriter(separator: dialect.separator)
        self.distributions = distributions
        self.uses = uses
        self.now = now
        guardsFormulas = join.guardsFormulas
        var names: [String] = []
        for name in distributions.flatMap(\.embeddedNames) where !names.contains(name) { names.append(name) }
        columns =
            try join.columns.map { (chosen) throws(DistributionsError) in
                try ResultsColumn.chosen(chosen, embeddedNames: names)
            }
            ?? ResultsColumn.usual(
                hasLanguages: distributions.contains { $0.contactFields.contains(.language) }, embeddedNames: names)
        try take(dialect.opening)
        var taken = Set(export.headings.map { $0.lowercased() })
        for heading in export.headings { cell(ofExport: heading) }
        for column in columns {
            var heading = column.heading
            while !taken.insert(heading.lowercased()).inserted { heading += " (contact)" }
            cell(heading)
        }
        csv.endRow()
        for row in export.furtherHeadings {
            for cell in row.cells { self.cell(ofExport: cell) }
            for _ in columns { csv.cell("") }
            csv.endRow()
        }
    }

    mutating func append(
        _ row: CSVRow, _ response: JudgedResponse, _ contact: Contact?
    ) throws(DistributionsError) {
        for cell in row.cells { self.cell(ofExport: cell) }
        for column in columns { cell(text(of: column, response, contact)) }
        csv.endRow()
        if csv.bytes.count >= 1 << 16 { try take(csv.take()) }
    }

    private func text(of column: ResultsColumn, _ response: JudgedResponse, _ contact: Contact?) -> String {
        if column == .match { return response.description }
        guard let contact else { return "" }
        let distribution = distributions[Int(response.distribution)]
        // What is recorded now is of another response.
        let use = response.match == .contact(.beforeReopening) ? nil : uses[distribution.id]?[response.serial]
        switch column {
        case .field(let field): return contact[field]
        case .embeddedData(let name):
            return distribution.embeddedNames.firstIndex(of: name).map { contact.embeddedData[$0] } ?? ""
        case .distribution: return distribution.name
        case .status: return distribution.status(of: response.serial, use: use, at: now).rawValue
        case .startedAt: return (use?.startedAt ?? response.startedAt)?.description ?? ""
        case .startDetail(let field): return use?.details[field] ?? ""
        case .finishedAt: return use?.finishedAt?.description ?? ""
        case .match: return response.description
        }
    }

    mutating func finish() throws(DistributionsError) { try take(csv.take()) }

    private mutating func cell(_ text: String) {
        csv.cell(guardsFormulas ? FormulaGuard.applied(to: text) : text)
    }

    /// Participants wrote these cells. One that was guarded before is not guarded twice.
    private mutating func cell(ofExport text: String) {
        csv.cell(guardsFormulas ? FormulaGuard.applied(to: FormulaGuard.removed(from: text)) : text)
    }
}
