/// The column of an export that says when each response was submitted.
struct ResponseTimeColumn {
    let index: Int
    let heading: String
    /// The zone, as the lines of headings name it.
    let zoneName: String?

    /// The headings of the usual tools, without case, spaces and punctuation, the ones that say it best first.
    private static let usualHeadings = [
        // LimeSurvey, also in German, French and Spanish; Alchemer.
        "submitdate", "datesubmitted", "datumabgeschickt", "datedesoumission", "fechadeenvío",
        // Typeform, Tally, and many others.
        "submitdateutc", "submittedat", "submissiondate", "submissiontime", "submitted", "completedat", "finishedat",
        "datecompleted",
        // Qualtrics, SurveyMonkey.
        "recordeddate", "enddate",
        // Microsoft Forms, also in German and Japanese.
        "completiontime", "fertigstellungszeit", "heuredefin", "horadefinalización", "完了時刻",
        // REDCap, SurveyJS.
        "surveytimestamp", "happendat", "happenedat",
        // Google Forms in several languages, Formbricks.
        "timestamp", "zeitstempel", "horodateur", "marcatemporal", "carimbodedatahora", "informazionicronologiche",
        "tijdstempel", "sygnaturaczasowa", "タイムスタンプ",
    ]

    /// Nil when no column has a usual heading.
    ///
    /// - Parameters:
    ///   - chosen: the heading, when a person named it.
    ///   - furtherHeadings: lines below the headings. Qualtrics writes the zone there.
    /// - Throws: ``ResponseTimeError/unknownColumn(_:headings:)``.
    init?(headings: [String], furtherHeadings: [CSVRow], chosen: String?) throws(ResponseTimeError) {
        let known = ExportHeadings(headings)
        if let chosen {
            guard let column = known.column(named: chosen) else { throw .unknownColumn(chosen, headings: headings) }
            index = column
        } else {
            guard let found = known.columns(under: Self.usualHeadings).first else { return nil }
            index = found
        }
        heading = headings[index]
        let index = index
        let zones = furtherHeadings.lazy.compactMap { $0.count > index ? Self.zone(inImportID: $0[index]) : nil }
        zoneName = ContactField.key(of: heading).hasSuffix("utc") ? "UTC" : zones.first
    }

    /// `{"ImportId":"recordedDate","timeZone":"Europe/Berlin"}`.
    private static func zone(inImportID text: String) -> String? {
        guard let name = text.firstRange(of: "\"timeZone\":\"").map({ text[$0.upperBound...] }) else { return nil }
        return String(name.prefix { $0 != "\"" })
    }
}

/// Why it can't be told when the responses of an export were submitted.
public enum ResponseTimeError: Error, Hashable, Sendable {
    /// The column that was named is not there.
    case unknownColumn(String, headings: [String])
    /// Nothing says by which clock the times were written.
    case zoneMissing(column: String, line: Int, text: String)
    /// Nothing proves whether the month or the day comes first.
    case orderUndecided(column: String, line: Int, text: String)
    /// One line has the month first and another the day.
    case orderContradicted(column: String, monthFirst: Int, dayFirst: Int)
}

extension ResponseTimeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownColumn(let name, let headings):
            "there is no column \"\(name)\"; the headings are "
                + headings.map { "\"\($0)\"" }.joined(separator: ", ")
        case .zoneMissing(let column, let line, let text):
            "the times in the column \"\(column)\" have no time zone, such as \"\(text)\" in line \(line)"
        case .orderUndecided(let column, let line, let text):
            "the dates in the column \"\(column)\" may have the month or the day first, such as \"\(text)\" in line \(line)"
        case .orderContradicted(let column, let monthFirst, let dayFirst):
            "the dates in the column \"\(column)\" have the month first in line \(monthFirst) and the day first in line "
                + "\(dayFirst)"
        }
    }
}
