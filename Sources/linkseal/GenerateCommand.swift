import ArgumentParser
import ConsumptionLog
import Cryptography
import Distributions
import LinkToken
import Trust

struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Mint a personal link for each contact and write the spreadsheet for the mail merge.",
        discussion: """
            Contact columns are found by their usual names, in any case and order: contact ID, e-mail, first name, last \
            name, external data reference, language. Every other column is embedded data. Contacts without an ID get one.

              linkseal generate --contacts people.csv --name "NPS Q4" \\
                --survey-url 'https://survey.example/s?c={contact_id}&r={session}' \\
                --base-url https://links.example/l/ --out links.csv

            The survey URL may hold {contact_id}, {session}, {distribution}, {serial}, and the fields of --in-link. \
            {session} lets the survey tool report the end of a response: send participants to \
            https://links.example/done?session=… when they have finished.
            """)

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var result: ResultOptions
    @OptionGroup(title: "Contacts") var contacts: ContactOptions
    @OptionGroup var logs: LogOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup(title: "Spreadsheet") var spreadsheet: SpreadsheetArguments

    @Option(help: "What the distribution is called.")
    var name: String

    @Option(help: ArgumentHelp("Where a started survey is sent, with fields in braces.", valueName: "template"))
    var surveyURL: String

    @Option(help: ArgumentHelp("What stands before the token in each link.", valueName: "url"))
    var baseURL: String

    @Option(
        help: ArgumentHelp(
            "When links expire: 60d, 12h, 2027-01-31 (its end, UTC) or a time with a zone.", valueName: "when"))
    var expires = Expiration.standard

    @Option(
        help: ArgumentHelp("How long a started survey may be resumed: 7d, 12h, never or always.", valueName: "time"))
    var resume = ResumeArgument(policy: .standard)

    @Option(
        help: ArgumentHelp(
            "Embedded data that travels in the link, as names with commas; the rest stays sealed with you.",
            valueName: "fields"))
    var inLink: String?

    @Option(help: ArgumentHelp("Where the spreadsheet goes; - is standard output.", valueName: "file"))
    var out: String

    func run() async throws {
        let now = UnixTime.now
        let workspace = try workspace.open()
        let keyring = try Keyring(opening: workspace.keyringDirectory)
        let fields = inLink.map { $0.split(separator: ",").map { $0.trimmed } } ?? []
        var request = GenerateRequest(
            name: name, source: try await contacts.source(in: workspace) { try await logs.uses(of: $0, in: workspace) },
            surveyURL: try SurveyURLTemplate(surveyURL, inLinkFields: fields),
            baseURL: try LinkBaseURL(baseURL), expiresAt: try Expiration(expires, now: now).time, output: out)
        request.selection = try contacts.selection(in: workspace)
        request.resume = resume.policy
        request.embeddedData = fields.isEmpty ? .sealed : .inLink(fields: fields)
        request.spreadsheet = try spreadsheet.options()

        let progress = ProgressLine("links")
        let secret = try passphrase.read()
        let key = try keyring.signingKey(passphrase: secret)
        let (distribution, report) = try await interruptible {
            [request] () throws(DistributionsError) in
            try await workspace.distributions.generate(request, key: key, at: now, progress: progress.report)
        }
        progress.end()
        for warning in report.warnings { warn(warning) }
        if !request.surveyURL.passesSession {
            warn("the survey URL does not pass {session}, so the survey tool can't report finished responses")
        }
        let published = try workspace.publishNoting(
            "\"\(distribution.name)\" (\(distribution.id)) and its links are made", passphrase: secret)

        let made = DistributionReport(DistributionRow(distribution, .init()), at: now)
        guard !isStandardOutput(out) else { return }
        try result.show(made) {
            print("\(distribution.contacts) links of \"\(distribution.name)\" (\(distribution.id)) are in \(out).")
            print("They can be opened until \(distribution.expiresAt).")
            if let published {
                print("Edges learn of the distribution from bundle \(published.bundle.bundle.sequence).")
            }
        }
    }
}

extension StringProtocol {
    /// Without spaces at the ends.
    var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
