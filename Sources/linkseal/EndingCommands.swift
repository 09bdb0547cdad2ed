import ArgumentParser
import Cryptography
import Distributions
import Encoding
import LinkToken
import Trust

/// What a command that ends links works with.
struct EndingOptions: ParsableArguments {
    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var result: ResultOptions
    @OptionGroup var passphrase: PassphraseOptions

    @Argument(
        help: ArgumentHelp("The distribution: its ID, the beginning of it, or its name.", valueName: "distribution"))
    var distribution: String

    struct Ended: Encodable {
        var id, name: String
        var links: Int
        var sequence: UInt64?
    }

    func find() throws -> (workspace: Workspace, distribution: Distribution) {
        let opened = try workspace.open()
        return (opened, try opened.distributions.distribution(called: distribution))
    }

    /// Publishes the change and says what was done and when edges know.
    ///
    /// - Parameters:
    ///   - output: where a spreadsheet went.
    ///   - secret: opens the root key where it is encrypted.
    func finish(
        _ distribution: Distribution, links: Int, in workspace: Workspace, output: String? = nil,
        passphrase secret: SecretBytes?, _ text: TerminalText
    ) throws {
        let publication = try workspace.publishNoting(
            "\"\(distribution.name)\" (\(distribution.id)) is changed", passphrase: secret)
        if let output, isStandardOutput(output) { return }
        let sequence = publication?.bundle.bundle.sequence
        let report = Ended(
            id: distribution.id.description, name: distribution.name, links: links, sequence: sequence)
        try result.show(report) {
            print(text)
            if let sequence {
                print("Edges know it with bundle \(sequence): a watched file at once, a URL within its poll interval.")
            }
        }
    }
}

struct DeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Break every link of a distribution for good.",
        discussion: """
            Recorded starts and finishes stay. It can't be undone; `linkseal regenerate` makes new links.

              linkseal delete "NPS Q4"
            """)
    @OptionGroup var options: EndingOptions
    @OptionGroup var confirmation: ConfirmationOptions

    func run() throws {
        let (workspace, distribution) = try options.find()
        let secret = try options.passphrase.read()
        try confirmation.ask(
            "All \(distribution.contacts) links of \"\(distribution.name)\" (\(distribution.id)) will stop working for good."
        )
        let deleted = try workspace.distributions.delete(distribution.id, at: .now)
        try options.finish(
            deleted, links: deleted.contacts, in: workspace, passphrase: secret,
            "Deleted: no link of \"\(deleted.name)\" (\(deleted.id)) works any more.")
    }
}

struct RevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Break the link of one recipient.",
        discussion: """
              linkseal revoke "NPS Q4" --contact C-0042
            """)
    @OptionGroup var options: EndingOptions
    @Option(help: ArgumentHelp("A recipient, by contact ID or e-mail address; can be given again.", valueName: "id"))
    var contact: [String]

    func run() throws {
        let (workspace, distribution) = try options.find()
        let secret = try options.passphrase.read()
        let (revoked, count) = try workspace.distributions.revoke(distribution.id, contacts: contact, at: .now)
        try options.finish(
            revoked, links: count, in: workspace, passphrase: secret,
            "Revoked \(counted(count, "link", "links")) of \"\(revoked.name)\".")
    }
}

struct ExpireCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expire",
        abstract: "End a distribution earlier than its links say.",
        discussion: """
            Surveys that were started may still be resumed. Later than the links say is refused: they can't be changed.

              linkseal expire "NPS Q4" --at 2027-01-15
            """)
    @OptionGroup var options: EndingOptions
    @Option(help: ArgumentHelp("When: now, 12h, 2027-01-31 (its end, UTC) or a time with a zone.", valueName: "when"))
    var at: String

    func run() throws {
        let now = UnixTime.now
        let (workspace, distribution) = try options.find()
        let secret = try options.passphrase.read()
        let end = at == "now" ? now : try Expiration(at, now: now).time
        let ended = try workspace.distributions.changeExpiry(of: distribution.id, to: end)
        try options.finish(
            ended, links: ended.contacts, in: workspace, passphrase: secret,
            "No survey of \"\(ended.name)\" can be started from \(ended.expiry) on.")
    }
}

struct RegenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "regenerate",
        abstract: "Make new links for the same contacts, after the old ones leaked.",
        discussion: """
            The old links stop working with the bundle that this publishes. Recorded starts and finishes stay.

              linkseal regenerate "NPS Q4" --out new-links.csv
            """)
    @OptionGroup var options: EndingOptions
    @OptionGroup var logs: LogOptions
    @OptionGroup(title: "Spreadsheet") var spreadsheet: SpreadsheetArguments
    @Option(help: ArgumentHelp("Where the spreadsheet goes; - is standard output.", valueName: "file"))
    var out: String
    @OptionGroup var confirmation: ConfirmationOptions

    func run() async throws {
        let now = UnixTime.now
        let (workspace, distribution) = try options.find()
        try confirmation.ask("The present links of \"\(distribution.name)\" (\(distribution.id)) will stop working.")
        let secret = try options.passphrase.read()
        let key = try Keyring(opening: workspace.keyringDirectory).signingKey(passphrase: secret)
        let counted = try await logs.counted(in: workspace)
        let uses = try await counted.accounts.uses(of: distribution)
        counted.say()
        let (download, _) = try await spreadsheet.mintAgain(to: out) {
            [out] (layout, progress) throws(DistributionsError) in
            try await workspace.distributions.regenerate(
                distribution.id, uses: uses, spreadsheet: layout, key: key, output: out, at: now, progress: progress)
        }
        try options.finish(
            download.distribution, links: download.rows, in: workspace, output: out, passphrase: secret,
            "\(download.rows) new links of \"\(distribution.name)\" are in \(out).")
    }
}
