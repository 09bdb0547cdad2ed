import Encoding

/// The column in which an export says whether a response was submitted or broken off.
///
/// Survey tools keep what people answered before they left, and most export it with the rest. A column counts only if
/// the headings beside it say which tool wrote it: a question may be called "Finished" as well.
struct SubmissionMarker {
    let column: Int
    private let isUnsubmitted: @Sendable (String) -> Bool

    func isUnsubmitted(_ row: CSVRow) -> Bool { isUnsubmitted(row[column].trimmed.lowercased()) }

    /// How one tool marks it. Headings are in the form of ``ContactField/key(of:)``.
    private struct Tool: Sendable {
        let marker: String
        /// Headings of which at least one is there, too.
        let companions: Set<String>
        let isUnsubmitted: @Sendable (String) -> Bool
    }

    private static let tools = [
        // LimeSurvey: headings as codes, and as texts in English, German, French and Spanish.
        Tool(marker: "submitdate", companions: ["lastpage", "startlanguage"], isUnsubmitted: \.isEmpty),
        Tool(marker: "datesubmitted", companions: ["lastpage", "startlanguage"], isUnsubmitted: \.isEmpty),
        Tool(marker: "datumabgeschickt", companions: ["letzteseite", "startsprache"], isUnsubmitted: \.isEmpty),
        Tool(marker: "datedesoumission", companions: ["dernièrepage", "languededépart"], isUnsubmitted: \.isEmpty),
        Tool(marker: "fechadeenvío", companions: ["últimapágina", "lenguajeinicial"], isUnsubmitted: \.isEmpty),
        // Typeform.
        Tool(marker: "submitdateutc", companions: ["networkid", "startdateutc"], isUnsubmitted: \.isEmpty),
        Tool(marker: "responsetype", companions: ["networkid", "submitdateutc"]) { $0 == "partial" },
        // Qualtrics and Formbricks.
        Tool(marker: "finished", companions: ["responseid", "recordeddate"]) { ["false", "0", "no"].contains($0) },
        // Alchemer.
        Tool(marker: "status", companions: ["responseid"]) { $0 == "partial" },
        // REDCap, whose headings are variable names or labels.
        Tool(marker: "complete", companions: ["recordid"]) { ["incomplete", "0"].contains($0) },
        Tool(marker: "surveytimestamp", companions: ["recordid"]) { $0 == "[not completed]" },
    ]

    init?(headings: [String]) {
        let keys = headings.map(ContactField.key)
        for tool in Self.tools where keys.contains(where: tool.companions.contains) {
            guard let column = keys.firstIndex(of: tool.marker) else { continue }
            self.column = column
            isUnsubmitted = tool.isUnsubmitted
            return
        }
        // REDCap ends every form with a field `FORM_complete` of 0, 1 or 2.
        guard keys.first == "recordid", let column = headings.lastIndex(where: { $0.hasSuffix("_complete") }) else {
            return nil
        }
        self.column = column
        isUnsubmitted = { ["incomplete", "0"].contains($0) }
    }
}
