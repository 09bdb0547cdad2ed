import ArgumentParser
import Consumption
import Cryptography
import Distributions
import Encoding
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

            --tool checks the survey URL for your survey tool, and says what to change. Every tool has a recipe in the \
            documentation:

              linkseal generate --contacts people.csv --name "NPS Q4" --tool limesurvey \\
                --survey-url 'https://s.example/123456?session={session}&newtest=Y' \\
                --base-url https://links.example/l/ --out links.csv

            --in-link sends fields along, for all to read: columns of embedded data, and language, email, first_name, \
            last_name and external_data_reference. The pages of a link are in its contact's language if that is sent:

              linkseal generate --list Customers --name "NPS Q4" --in-link language \\
                --survey-url 'https://survey.example/s?r={session}&lang={language}' \\
                --base-url https://links.example/l/ --check-edge --out links.csv

            --date-format adds a column with the expiration as people read it, for the mail to print:

              linkseal generate --list Customers --name "NPS Q4" --date-format german --time-zone Europe/Berlin \\
                --expires 2027-01-31+01:00 --survey-url 'https://survey.example/s?r={session}' \\
                --base-url https://links.example/l/ --for brevo --out links.csv

            A reminder carries the links that people have already. It is not a new distribution:

              linkseal reminder "NPS Q4" --out reminder.csv
            """)

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var result: ResultOptions
    @OptionGroup(title: "Contacts") var contacts: ContactOptions
    @OptionGroup var logs: LogOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup(title: "Spreadsheet") var spreadsheet: SpreadsheetArguments

    @Option(help: .distributionName)
    var name: String

    @Option(help: .surveyURL)
    var surveyURL: String

    @Option(help: .surveyTool)
    var tool: SurveyTool?

    @Option(
        help: ArgumentHelp("The beginning of each link: the edges' address and /l/.", valueName: "url"))
    var baseURL: String

    @OptionGroup var edgeCheck: EdgeCheckOptions

    @Option(
        help: ArgumentHelp(
            "When links expire: 60d, 12h, 2027-01-31 (its end, UTC) or a time with a zone.", valueName: "when"))
    var expires = Expiration.standard

    @Option(help: .resume)
    var resume = ResumeArgument(policy: .standard)

    @Option(
        help: ArgumentHelp(
            "Fields to put in the link, separated by commas; other embedded data is sealed and stays with you.",
            valueName: "fields"))
    var inLink: String?

    @Option(help: ArgumentHelp("Where the spreadsheet goes; - is standard output.", valueName: "file"))
    var out: String

    private var fields: [String] { inLink.map { $0.split(separator: ",").map(\.trimmed) } ?? [] }

    func validate() throws {
        if inLink != nil, fields.isEmpty { throw ValidationError("Give --in-link the name of a field.") }
    }

    func run() async throws {
        let now = UnixTime.now
        let workspace = try workspace.open()
        let keyring = try Keyring(opening: workspace.keyringDirectory)
        var request = GenerateRequest(
            name: name,
            source: try await contacts.source(in: workspace) {
                try await logs.counted(in: workspace).accounts.uses(of: $0)
            },
            surveyURL: try SurveyURLTemplate(surveyURL, inLinkFields: fields),
            baseURL: try LinkBaseURL(baseURL), expiry: try Expiration(expires, now: now).time, output: out)
        request.selection = try contacts.selection(in: workspace)
        request.resume = resume.policy
        request.embeddedData = fields.isEmpty ? .sealed : .inLink(fields: fields)
        request.spreadsheet = try spreadsheet.layout(for: out)
        request.tool = tool

        try request.check()

        let secret = try passphrase.read()
        let key = try keyring.signingKey(passphrase: secret)
        var warnings = try workspace.distributions.warnings(for: request, at: now)
        if try await edgeCheck.run(of: request.baseURL, signedBy: key, at: now) {
            // The path is served, as was seen.
            warnings.removeAll { $0 == .pathNotServed(request.baseURL) }
        }
        for warning in warnings { warn(warning) }
        noteTool(tool, of: request.surveyURL)

        let progress = ProgressLine("links")
        let (distribution, report) = try await interruptible {
            [request] () throws(DistributionsError) in
            try await workspace.distributions.generate(request, key: key, at: now, progress: progress.report)
        }
        progress.end()
        for warning in report.contacts.warnings { warn("\(warning.advised)") }
        for warning in report.warnings { warn(warning) }
        request.spreadsheet.noteMergeField()
        let published = try workspace.publishNoting(
            "\"\(distribution.name)\" (\(distribution.id)) and its links are made", passphrase: secret)

        var made = DistributionReport(DistributionRow(distribution, .init()), at: now)
        made.mergeField = request.spreadsheet.mergeField
        guard !isStandardOutput(out) else { return }
        try result.show(made) {
            print(
                "\(counted(distribution.contacts, "link", "links")) of \"\(distribution.name)\" (\(distribution.id)) "
                    + "\(distribution.contacts == 1 ? "is" : "are") in \(out).")
            print("They can be opened until \(distribution.linkExpiry).")
            if let published {
                print("Edges learn of the distribution from bundle \(published.bundle.bundle.sequence).")
            }
        }
    }
}

/// Prints a warning, and what to do about it here.
func warn(_ warning: LinkWarning) {
    let advice = warning.advice.map { "; \($0)" } ?? ""
    warn("\(warning)\(advice)")
}

extension LinkWarning {
    /// What a person at the command line can do.
    fileprivate var advice: String? {
        switch self {
        case .pathNotServed(let base): "give --base-url \(base.atServedPath.text), or try it with --check-edge"
        case .responsesNotIdentified: "add one of them to --survey-url, unless the responses are meant to be anonymous"
        case .sessionNotPassed: nil
        case .earlierLinksWork(let earlier):
            """
            a reminder with the links that they have is `linkseal reminder \(earlier.id)`, and \
            `linkseal delete \(earlier.id)` ends the earlier ones
            """
        case .nameTaken:
            "`linkseal download` writes the links of the first one again, and `linkseal delete` ends those of either"
        case .sampleTooLarge, .fieldEmpty, .newFields, .timeToFinishShortened: nil
        case .longLinks(let lengths) where lengths.limit < LinkLength.mailLimit:
            "a text field of that tool holds no more and cuts them off; send fewer fields with --in-link, or use a field for"
                + " long text"
        case .longLinks(let lengths) where lengths.longest > Self.commonLineLimit:
            "mail programs may cut them off, and nginx refuses more than 8 KiB unless large_client_header_buffers allows"
                + " it; send fewer fields with --in-link"
        case .longLinks: "mail programs may cut them off; send fewer fields with --in-link"
        case .surveyURL(let review): review.advice
        }
    }

    /// What every server takes (RFC 9110 §4.1), and close to nginx's default.
    private static let commonLineLimit = 8000
}
