import Foundation
import TestSupport
import Testing

extension ProgramWorkspace {
    /// The rows of a spreadsheet without a quoted cell, as cells by heading.
    func rows(_ name: String) throws -> [[String: String]] { try Spreadsheet.rows(try read(name)) }

    /// The link of each contact, in the order of the file.
    ///
    /// - Parameter resume: how long started surveys may be resumed, as a person says it.
    func generate(
        _ name: String, contacts: [String], survey: String, base: String, resume: String
    ) async throws -> [String] {
        try write("Contact ID\n" + contacts.map { $0 + "\n" }.joined(), to: "people.csv")
        try await succeed(
            "generate", "--contacts", "people.csv", "--name", name, "--survey-url", survey, "--base-url", base,
            "--resume", resume, "--out", "links.csv")
        return try rows("links.csv").compactMap { $0["Link"] }
    }
}

/// Says which faults there are, where there are any.
func expectNone(_ faults: [String], _ place: String, sourceLocation: SourceLocation = #_sourceLocation) {
    if !faults.isEmpty {
        Issue.record("\(place): \(faults.joined(separator: "; "))", sourceLocation: sourceLocation)
    }
}

enum Spreadsheet {
    static func rows(_ text: String) throws -> [[String: String]] {
        let lines = text.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let headings = try #require(lines.first)
        return lines.dropFirst().map { Dictionary(zip(headings, $0)) { $1 } }
    }
}
