import BundleFollowing
import Distributions
import EdgeService
import FoundationEssentials
import Glibc
import LinkToken
import ServiceLifecycle
import Trust

/// What the demonstration does once both servers listen.
struct DemoShow: Service {
    let workspace: Workspace
    let keyring: Keyring
    let trust: CurrentTrust
    let ports: (edge: OneTime<Int>, survey: OneTime<Int>)
    let walk: Bool

    private struct Report: Encodable {
        var edge, survey: String
        var links: [String]
    }

    private static let contacts = """
        Contact ID,First Name,Last Name,Email,Language,Plan
        C-001,Ada,Lovelace,ada@example.com,en,pro
        C-002,Grace,Hopper,grace@example.com,en,free
        C-003,Sofja,Kowalewskaja,sofja@example.com,de,pro
        C-004,瑛子,北川,eiko@example.com,ja,free
        C-005,María,Wonenburger,maria@example.com,es,pro

        """

    func run() async throws {
        let edge = "http://127.0.0.1:\(await ports.edge.wait())"
        let survey = "http://127.0.0.1:\(await ports.survey.wait())"
        let people = workspace.root + "/people.csv"
        let links = workspace.root + "/links.csv"
        try Self.contacts.write(toFile: people, atomically: true, encoding: .utf8)

        narrate("people.csv has five contacts. These are the commands that this demonstration runs:\n")
        narrate("  linkseal init")
        narrate("  linkseal generate --contacts people.csv --name \"NPS Q4\" \\")
        narrate("    --survey-url '\(survey)/survey?c={contact_id}&r={session}' \\")
        narrate("    --base-url \(edge)/l/ --out links.csv")
        let request = GenerateRequest(
            name: "NPS Q4", source: .file(ContactFile(people)),
            surveyURL: try SurveyURLTemplate("\(survey)/survey?c={contact_id}&r={session}"),
            baseURL: try LinkBaseURL("\(edge)/l/"), expiry: try Expiration("60d", now: .now).time, output: links)
        let (distribution, _) = try await workspace.distributions.generate(
            request, key: keyring.signingKey(), at: .now)
        try publish()
        narrate("  linkseal serve --listen \(edge.dropFirst("http://".count))\n")

        let rows = try Self.rows(of: links)
        if walk {
            try await DemoWalk(
                workspace: workspace, keyring: keyring, distribution: distribution.id, edge: edge, publish: publish
            ).run(rows)
        } else {
            narrate("Click a link, start the survey, answer it; then open the link again:\n")
            for row in rows.prefix(3) { narrate("  \(row.name)\n  \(row.link)\n") }
            narrate("Ctrl-C ends the demonstration and removes everything.")
            if Diagnostics.areJSON {
                try ResultOptions.print(Report(edge: edge, survey: survey, links: rows.map(\.link)))
            }
            // Into a pipe, the links would otherwise stay in the buffer until the end.
            fflush(nil)
            try await gracefulShutdown()
        }
    }

    /// Publishes what the workspace says, and puts it in force here.
    @Sendable private func publish() throws {
        try workspace.publish(keyring, signedBy: keyring.rootPrivateKey(), at: .now)
        trust.replace(with: try workspace.publishedBundle(keyring))
    }

    /// A row of the demonstration's spreadsheet, none of whose cells needs quotes.
    struct Row: Sendable {
        var contactID, name, status, link: String
    }

    static func rows(of spreadsheet: String) throws -> [Row] {
        let lines = try String(contentsOfFile: spreadsheet, encoding: .utf8).split(whereSeparator: \.isNewline)
        return lines.dropFirst().map { (line) in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            return Row(contactID: cells[0], name: "\(cells[1]) \(cells[2])", status: cells[5], link: cells[6])
        }
    }
}
