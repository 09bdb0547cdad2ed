/// How a response tells whose it is.
public enum ResponseKey: String, Hashable, Sendable, CaseIterable {
    /// By the session that the survey was opened with. The safest: it is a receipt, and it names the very link.
    case session
    /// By the contact ID.
    case contact
    /// By the personal link or its token.
    case link

    /// The headings that usual exports have over such a column, the ones that say it best first, without case, spaces
    /// and punctuation.
    ///
    /// Qualtrics names a column by its embedded-data field (`session`, `r`), and has `RecipientID` and
    /// `ExternalReference`. LimeSurvey has what the URL passed to a question, and its own `token`. Google Forms has the
    /// text of the question that the link fills in. A bare `id` is the number of the response in most exports, and a
    /// referrer is never a link, since the edge's pages send none.
    var usualHeadings: [String] {
        switch self {
        case .session: ["session", "sessionid", "linksealsession", "surveysession", "receipt", "r"]
        case .contact:
            [
                "contactid", "recipientid", "externalreference", "externaldatareference", "participantid", "token",
                "tokenid", "c",
            ]
        case .link:
            ["link", "personallink", "url", "linksealtoken", "surveylink", "token"]
        }
    }
}

/// Where an export of responses holds what.
struct ResponseColumns {
    /// The column that says whose a response is.
    let key: Int
    /// Other columns that may hold contact IDs, by their headings.
    let contactIDs: [Int]
    let submission: SubmissionMarker?

    /// Finds the columns. A column in which a genuine session or link was found is the key's, whatever is above it: that
    /// can be proven, a heading can't.
    ///
    /// - Parameters:
    ///   - chosen: the heading of the key's column, when a person named it.
    ///   - identity: what a cell says of whose the response is, so that two cells can be compared.
    ///   - isGenuine: whether a cell holds a session or link that was signed by a key that is known.
    /// - Throws: ``DistributionsError/responses(file:fault:)``.
    init(
        of export: ResponseExport, key: ResponseKey, chosen: String?, identity: (String) -> String,
        isGenuine: (String) -> Bool
    ) throws(DistributionsError) {
        let headings = export.headings
        func refuse(_ fault: ResponseColumnsError) -> DistributionsError { .responses(file: export.path, fault: fault) }
        let known = ExportHeadings(headings)
        let column: Int
        if let chosen {
            guard let named = known.column(named: chosen) else {
                throw refuse(.unknownColumn(chosen, headings: headings))
            }
            column = named
        } else {
            let usual = known.columns(under: key.usualHeadings)
            let proven = headings.indices.filter { (column) in
                export.sample.contains { (row) in row.count > column && isGenuine(row[column]) }
            }
            let candidates = proven.isEmpty ? usual : usual.filter(proven.contains) + proven
            guard let best = candidates.first else { throw refuse(.noColumn(of: key, headings: headings)) }
            let other = candidates.first { $0 != best && Self.disagree(best, $0, in: export.sample, identity) }
            if let other { throw refuse(.disagreeing(key, headings: [headings[best], headings[other]])) }
            column = best
        }
        self.key = column
        let others = known.columns(under: key == .contact ? [] : ResponseKey.contact.usualHeadings)
        contactIDs = Array(Set(others).subtracting([column]).sorted().prefix(JudgedResponse.mostContactIDs))
        submission = SubmissionMarker(headings: headings)
    }

    /// Whether two columns say different things in most of the rows in which both say something.
    private static func disagree(_ one: Int, _ other: Int, in sample: [CSVRow], _ identity: (String) -> String) -> Bool
    {
        var (compared, different) = (0, 0)
        for row in sample where row.count > max(one, other) {
            let texts = [identity(row[one]), identity(row[other])]
            guard texts.allSatisfy({ !$0.isEmpty }) else { continue }
            compared += 1
            if texts[0] != texts[1] { different += 1 }
        }
        return 2 * different > compared
    }
}

/// Why it can't be told whose the responses of an export are.
public enum ResponseColumnsError: Hashable, Sendable {
    case noColumn(of: ResponseKey, headings: [String])
    /// Two columns may say it, and say different things in most rows.
    case disagreeing(ResponseKey, headings: [String])
    /// The column that was named is not there.
    case unknownColumn(String, headings: [String])
}

extension ResponseColumnsError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noColumn(let key, let headings):
            "no column has a \(key.rawValue) for each response; the headings are \(Self.list(headings))"
        case .disagreeing(let key, let headings):
            "the columns \(Self.list(headings)) could both be the \(key.rawValue), but differ in most rows"
        case .unknownColumn(let name, let headings):
            "there is no column \"\(name)\"; the headings are \(Self.list(headings))"
        }
    }

    private static func list(_ headings: [String]) -> String { headings.map { "\"\($0)\"" }.joined(separator: ", ") }
}
