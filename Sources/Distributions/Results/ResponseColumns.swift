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

/// Where a table of responses holds what, after the headings of the tool that exported it.
struct ResponseColumns {
    let headings: [String]
    let key: Int

    /// - Parameters:
    ///   - chosen: the heading of the key's column, when a person named it.
    ///   - sample: the first responses, to hold several columns that may be the key against each other.
    /// - Throws: ``DistributionsError/invalid(what:value:expected:)`` when no column is the key, or when two that may be
    ///   it disagree.
    init(
        headings: [String], key: ResponseKey, chosen: String?, sample: [CSVRow], file: String
    ) throws(DistributionsError) {
        self.headings = headings
        let keys = headings.map(ContactField.key)
        if let chosen {
            guard let column = keys.firstIndex(of: ContactField.key(of: chosen)) else {
                throw .invalid(
                    what: "column", value: chosen, expected: "one of the headings of \(file): \(Self.list(headings))")
            }
            self.key = column
            return
        }
        let candidates = key.usualHeadings.compactMap { keys.firstIndex(of: $0) }
        guard let best = candidates.first else {
            throw .invalid(
                what: "responses", value: file,
                expected:
                    "a column with the \(key.rawValue); name it with --column, or say with --by what else tells whose a "
                    + "response is. The headings are \(Self.list(headings))")
        }
        if let other = candidates.dropFirst().first(where: { Self.disagree(best, $0, in: sample) }) {
            throw .invalid(
                what: "responses", value: file,
                expected:
                    "one column with the \(key.rawValue), but \"\(headings[best])\" and \"\(headings[other])\" differ in "
                    + "most rows; name the right one with --column")
        }
        self.key = best
    }

    /// Whether two columns say different things in most of the rows in which both say something.
    private static func disagree(_ one: Int, _ other: Int, in sample: [CSVRow]) -> Bool {
        var (compared, different) = (0, 0)
        for row in sample where row.count > max(one, other) {
            let texts = [row[one], row[other]].map { FormulaGuard.removed(from: trimmed($0)) }
            guard texts.allSatisfy({ !$0.isEmpty }) else { continue }
            compared += 1
            if texts[0] != texts[1] { different += 1 }
        }
        return 2 * different > compared
    }

    private static func list(_ headings: [String]) -> String { headings.map { "\"\($0)\"" }.joined(separator: ", ") }

    /// Whether a row is one of the two that Qualtrics puts below its headings: the questions' texts, then the import
    /// IDs, `{"ImportId":"startDate","timeZone":"Europe/Berlin"}`.
    static func isQualtricsImportRow(_ row: CSVRow) -> Bool {
        row.count > 0 && (0..<row.count).allSatisfy { row[$0].hasPrefix("{\"ImportId\":") }
    }
}
