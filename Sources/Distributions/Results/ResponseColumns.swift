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
    /// Qualtrics names a column by its embedded-data field (`session`, `r`), and has `RecipientID`,
    /// `ExternalReference` and `Referer`. LimeSurvey has what the URL passed to a question, its own `token`, and
    /// `Referrer URL`. Google Forms has the text of the question that the link fills in.
    var usualHeadings: [String] {
        switch self {
        case .session: ["session", "sessionid", "linksealsession", "surveysession", "receipt", "r"]
        case .contact:
            [
                "contactid", "recipientid", "externalreference", "externaldatareference", "participantid", "token",
                "tokenid", "c", "id",
            ]
        case .link:
            [
                "link", "personallink", "url", "linksealtoken", "surveylink", "referrerurl", "referer", "referrer",
                "token",
            ]
        }
    }
}

/// Where a table of responses holds what, after the headings of the tool that exported it.
struct ResponseColumns {
    let headings: [String]
    let key: Int

    /// - Parameters:
    ///   - chosen: the heading of the key's column, when a person named it.
    /// - Throws: ``DistributionsError/invalid(what:value:expected:)`` when no column is the key.
    init(headings: [String], key: ResponseKey, chosen: String?, file: String) throws(DistributionsError) {
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
        for usual in key.usualHeadings {
            if let column = keys.firstIndex(of: usual) {
                self.key = column
                return
            }
        }
        throw .invalid(
            what: "responses", value: file,
            expected:
                "a column with the \(key.rawValue); name it with --column. The headings are \(Self.list(headings))")
    }

    private static func list(_ headings: [String]) -> String { headings.map { "\"\($0)\"" }.joined(separator: ", ") }

    /// Whether a row is one of the two that Qualtrics puts below its headings: the questions' texts, then the import
    /// IDs, `{"ImportId":"startDate","timeZone":"Europe/Berlin"}`.
    static func isQualtricsImportRow(_ row: CSVRow) -> Bool {
        row.count > 0 && (0..<row.count).allSatisfy { row[$0].hasPrefix("{\"ImportId\":") }
    }
}
