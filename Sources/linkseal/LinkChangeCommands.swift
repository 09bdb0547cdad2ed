import ArgumentParser
import Cryptography
import Distributions
import Encoding
import LinkToken
import Trust

/// What a command that changes links works with.
struct LinkChangeOptions: ParsableArguments {
    @OptionGroup var chosen: DistributionOptions
    @OptionGroup var passphrase: PassphraseOptions

    struct Changed: Encodable {
        var id, name: String
        var links: Int
        var sequence: UInt64?
    }

    func find() throws -> (workspace: Workspace, distribution: Distribution) {
        try chosen.find()
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
        let report = Changed(
            id: distribution.id.description, name: distribution.name, links: links, sequence: sequence)
        try chosen.result.show(report) {
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
    @OptionGroup var options: LinkChangeOptions
    @OptionGroup var confirmation: ConfirmationOptions

    func run() throws {
        let (workspace, distribution) = try options.find()
        let secret = try options.passphrase.read()
        try confirmation.ask(
            "All \(distribution.contacts) links of \"\(distribution.name)\" (\(distribution.id)) will stop working for good."
        )
        finishDespiteInterruption()
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
            --undo makes the same link work again, for a mistake. If the link got into the wrong hands, give its recipient \
            a new one with `linkseal regenerate --contact`: the old one stays broken.

              linkseal revoke "NPS Q4" --contact C-0042
              linkseal revoke "NPS Q4" --contact C-0042 --undo
            """)
    @OptionGroup var options: LinkChangeOptions
    @OptionGroup var recipients: RecipientOptions
    @Flag(help: "Make revoked links work again.")
    var undo = false

    func validate() throws { try recipients.checkNamed() }

    func run() throws {
        let (workspace, before) = try options.find()
        let secret = try options.passphrase.read()
        let serials = Set(try recipients.find(of: before, in: workspace).keys)
        let library = workspace.distributions
        finishDespiteInterruption()
        let after =
            try undo
            ? library.undoRevocation(of: before.id, serials: serials, at: .now)
            : library.revoke(before.id, serials: serials, at: .now)
        let count = abs(after.revocations.count - before.revocations.count)
        try options.finish(
            after, links: count, in: workspace, passphrase: secret,
            count == 0
                ? "Nothing was changed: \(undo ? "no such link is revoked" : "every such link is revoked already")."
                : undo
                    ? "\(counted(count, "link", "links")) of \"\(after.name)\" can be opened again."
                    : "Revoked \(counted(count, "link", "links")) of \"\(after.name)\".")
    }
}

struct ReopenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reopen",
        abstract: "Let one recipient start the survey once more, after an accidental finish.",
        discussion: """
            The link stays the same. What was recorded of it so far doesn't count any more: each edge learns so from the \
            bundle that this publishes, and records it when the link is used again. Responses in the survey tool stay, and \
            `linkseal results join` tells which came before.

              linkseal reopen "NPS Q4" --contact C-0042
            """)
    @OptionGroup var options: LinkChangeOptions
    @OptionGroup var recipients: RecipientOptions
    @OptionGroup var logs: LogOptions

    func validate() throws { try recipients.checkNamed() }

    func run() async throws {
        let now = UnixTime.now
        let (workspace, distribution) = try options.find()
        let secret = try options.passphrase.read()
        let chosen = try recipients.find(of: distribution, in: workspace)
        let uses = try await logs.counted(in: workspace).accounts.uses(of: distribution)
        for (serial, contact) in chosen.sorted(by: { $0.key < $1.key }) {
            let who = contact[.contactID]
            switch uses[serial]?.state ?? .unused {
            case .unused:
                warn("\(who) has not used their link, as far as is known here; this only matters if an edge knows more")
            case .started:
                warn("\(who) has started and not finished; what they are answering now won't be counted")
            case .finished: break
            }
            if distribution.expiry(of: serial).hasPassed(at: now) {
                let expiry = distribution.expiry(of: serial)
                warn("the link of \(who) expired at \(expiry); `linkseal expire` gives it a later date")
            }
        }
        finishDespiteInterruption()
        let reopened = try workspace.distributions.reopen(
            distribution.id, serials: Set(chosen.keys), uses: uses, at: now)
        try options.finish(
            reopened, links: chosen.count, in: workspace, passphrase: secret,
            "Reopened \(counted(chosen.count, "link", "links")) of \"\(reopened.name)\".")
    }
}

/// Single recipients of a distribution.
struct RecipientOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A recipient, by contact ID or e-mail address; can be given again.", valueName: "id"))
    var contact: [String] = []

    func find(of distribution: Distribution, in workspace: Workspace) throws -> [Serial: Contact] {
        try workspace.distributions.recipients(called: contact, of: distribution)
    }

    /// Their links; nil for those of all recipients.
    func serials(of distribution: Distribution, in workspace: Workspace) throws -> Set<Serial>? {
        contact.isEmpty ? nil : Set(try find(of: distribution, in: workspace).keys)
    }

    /// For a command that changes nothing unless recipients are named.
    func checkNamed() throws {
        if contact.isEmpty { throw ValidationError("Name a recipient with --contact.") }
    }
}

struct ExpireCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expire",
        abstract: "Set when links expire, earlier or later than they say.",
        discussion: """
            The links stay as they are: edges go by the bundle that this publishes. No survey can be started from then on; \
            those that were started may still be resumed. Whoever verifies links without the bundle goes by what they say.

              linkseal expire "NPS Q4" --at 2027-01-15
              linkseal expire "NPS Q4" --at 2027-01-15+01:00
              linkseal expire "NPS Q4" --at 2027-02-28 --contact C-0042
              linkseal expire "NPS Q4" --at now

            A date means its end, in UTC or in the zone behind it. A date for the whole distribution also replaces those \
            that single recipients were given.
            """)
    @OptionGroup var options: LinkChangeOptions
    @OptionGroup var recipients: RecipientOptions
    @Option(help: ArgumentHelp("When: now, 12h, 2027-01-31 (its end, UTC) or a time with a zone.", valueName: "when"))
    var at: String

    func run() throws {
        let now = UnixTime.now
        let (workspace, distribution) = try options.find()
        let secret = try options.passphrase.read()
        let end = at == "now" ? now : try Expiration(at, now: now).time
        let serials = try recipients.serials(of: distribution, in: workspace)
        let replaced = serials == nil ? distribution.linkChanges.values.count { $0.expiry != nil } : 0
        finishDespiteInterruption()
        let changed = try workspace.distributions.changeExpiry(
            of: distribution.id, serials: serials, to: end, at: now)
        let count = serials?.count ?? changed.contacts
        let isAll = serials == nil
        try options.finish(
            changed, links: count, in: workspace, passphrase: secret,
            "\(isAll ? "The" : "\(count)") \(count == 1 ? "link" : "links") of \"\(changed.name)\" can be opened until \(end)."
        )
        if replaced > 0 {
            note("That replaces the dates that \(counted(replaced, "recipient was", "recipients were")) given.")
        }
    }
}

struct RegenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "regenerate",
        abstract: "Make new links for the same contacts, after the old ones leaked.",
        discussion: """
            The old links stop working with the bundle that this publishes. Recorded starts and finishes stay. With \
            --contact only those recipients get new links, and the spreadsheet has only theirs.

            If somebody else has used an old link, its recipient's new link continues or repeats that response: \
            `linkseal reopen` lets them begin anew.

              linkseal regenerate "NPS Q4" --out new-links.csv
              linkseal regenerate "NPS Q4" --contact C-0042 --out new-link.csv
            """)
    @OptionGroup var options: LinkChangeOptions
    @OptionGroup var recipients: RecipientOptions
    @OptionGroup var logs: LogOptions
    @OptionGroup(title: "Spreadsheet") var spreadsheet: SpreadsheetArguments
    @Option(help: ArgumentHelp("Where the spreadsheet goes; - is standard output.", valueName: "file"))
    var out: String
    @OptionGroup var confirmation: ConfirmationOptions

    func run() async throws {
        let now = UnixTime.now
        let (workspace, distribution) = try options.find()
        let serials = try recipients.serials(of: distribution, in: workspace)
        let whose: TerminalText =
            serials.map { "\(counted($0.count, "present link", "present links"))" } ?? "All present links"
        try confirmation.ask("\(whose) of \"\(distribution.name)\" (\(distribution.id)) will stop working.")
        let secret = try options.passphrase.read()
        let keyring = try Keyring(opening: workspace.keyringDirectory)
        let key =
            try serials == nil
            ? keyring.signingKey(passphrase: secret)
            : workspace.distributions.key(for: distribution, in: keyring, passphrase: secret)
        let accounts = try await logs.counted(in: workspace)
        let uses = try await accounts.accounts.uses(of: distribution)
        accounts.say()
        if let serials, case let used = serials.count(where: { uses[$0] != nil }), used > 0 {
            let were: TerminalText = "\(counted(used, "of these links was", "of these links were")) used already"
            warn(
                "\(were), and a new link continues that response; if it isn't the recipient's, `linkseal reopen` lets them begin anew"
            )
        }
        let (download, _) = try await spreadsheet.mintAgain(to: out) {
            [out] (layout, progress) throws(DistributionsError) in
            let library = workspace.distributions
            guard let serials else {
                return try await library.regenerate(
                    distribution.id, uses: uses, spreadsheet: layout, key: key, output: out, at: now,
                    progress: progress)
            }
            return try await library.regenerate(
                distribution.id, serials: serials, uses: uses, spreadsheet: layout, key: key, output: out, at: now,
                progress: progress)
        }
        finishDespiteInterruption()
        try options.finish(
            download.distribution, links: download.rows, in: workspace, output: out, passphrase: secret,
            "\(counted(download.rows, "new link", "new links")) of \"\(distribution.name)\" \(download.rows == 1 ? "is" : "are") in \(out)."
        )
    }
}
