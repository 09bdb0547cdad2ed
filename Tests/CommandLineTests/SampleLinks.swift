import TestSupport
import Testing

extension ProgramWorkspace {
    /// A workspace with one distribution of so many contacts.
    static func with(contacts count: Int) async throws -> ProgramWorkspace {
        let place = try await ProgramWorkspace()
        let rows = (0..<count).map { "C\($0),c\($0)@example.com" }
        try place.write("id,email\n" + rows.joined(separator: "\n") + "\n", to: "people.csv")
        let outcome = try await place.generate("people.csv")
        try #require(outcome.status == 0, "\(outcome.errors)")
        return place
    }

    /// The tokens of its spreadsheet.
    func tokens() throws -> [String] {
        try read("links.csv").split(separator: "\r\n").dropFirst().map {
            String($0.split(separator: ",", omittingEmptySubsequences: false)[6].dropFirst(Self.baseURL.count))
        }
    }

    static let surveyURL = "https://survey.example/s?c={contact_id}&r={session}"
    static let baseURL = "https://links.example/l/"

    func generate(
        _ file: String, name: String = "NPS", surveyURL: String = surveyURL, out: String = "links.csv",
        more: [String] = []
    ) async throws -> Outcome {
        try await run(
            [
                "generate", "--contacts", file, "--name", name, "--survey-url", surveyURL, "--base-url", Self.baseURL,
                "--out", out,
            ] + more)
    }
}
