import ArgumentParser
import Distributions
import Encoding
import LinkToken
import Trust

struct ReminderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reminder",
        abstract: "Write the links of those who have not answered, for a reminder.",
        discussion: """
            The links are those that people have already. Everyone who has answered is left out, according to the \
            workspace's consumption log, to exports that `linkseal results finish` recorded, and to the edges of \
            `linkseal edges`, which are fetched first. So are people whose link can't be used any more.

              linkseal reminder "NPS Q4" --out reminder.csv
              linkseal reminder "NPS Q4" --to not-finished --at-most 2 --out reminder.csv

            If nothing newer than an hour is known of an edge, no reminder is written: people may have answered there since. \
            --allow-stale writes it nevertheless.

            `linkseal distributions` shows each reminder in the distribution's history. If nobody is left, the spreadsheet has \
            its headings only, and nothing is recorded.
            """)

    @OptionGroup var chosen: DistributionOptions
    @OptionGroup var logs: LogOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup(title: "Spreadsheet") var spreadsheet: SpreadsheetArguments

    @Option(
        help: ArgumentHelp(
            "not-started; started, for people who can still come back to finish; or not-finished for both.",
            valueName: "people"
        ))
    var to: ReminderAudience = .notStarted

    @Option(
        help: ArgumentHelp("Write no reminder if the distribution has had so many.", valueName: "number"))
    var atMost: Int?

    @Flag(help: "Write the reminder even if people may have answered on edges since they were last fetched.")
    var allowStale = false

    @Option(help: ArgumentHelp("Where the spreadsheet goes; - is standard output.", valueName: "file"))
    var out: String

    private struct Written: Encodable {
        var id, name, file: String
        var to: ReminderAudience
        var rows: Int
        /// People who get none, by the status of their link.
        var leftOut: [String: Int]
        /// How many reminders the distribution has had.
        var reminders: Int
        var countedFrom: [CountedUses.Source]
        var mergeField: String?
    }

    func validate() throws {
        if let atMost, atMost < 1 { throw ValidationError("--at-most takes a number from 1.") }
    }

    func run() async throws {
        let now = UnixTime.now
        let (workspace, found) = try chosen.find()
        try found.checkReminders(atMost)
        let key = try workspace.distributions.key(
            for: found, in: Keyring(opening: workspace.keyringDirectory), passphrase: passphrase.read())
        let counted = try await logs.counted(in: workspace)
        if !allowStale { try counted.refuseOutdated() }
        let uses = try await counted.accounts.uses(of: found)
        counted.say()
        let layout = try spreadsheet.layout(for: out)
        let progress = ProgressLine("links")
        let reminder = try await interruptible { [out, to, atMost] () throws(DistributionsError) in
            try await workspace.distributions.remind(
                found.id, to, limit: atMost, uses: uses, spreadsheet: layout, key: key, output: out, at: now,
                progress: progress.report)
        }
        progress.end()
        for warning in reminder.warnings { warn(warning) }
        if reminder.rows > 0 { layout.noteMergeField() }
        guard !isStandardOutput(out) else {
            if reminder.rows == 0 { note("Nobody is left to remind.") }
            return
        }
        let leftOut = Dictionary(uniqueKeysWithValues: reminder.leftOut.map { ($0.key.rawValue, $0.value) })
        let report = Written(
            id: found.id.description, name: found.name, file: out, to: to, rows: reminder.rows, leftOut: leftOut,
            reminders: reminder.distribution.reminders.count, countedFrom: counted.sources,
            mergeField: layout.mergeField)
        try chosen.result.show(report) {
            if reminder.rows == 0 {
                print("Nobody of \"\(found.name)\" (\(found.id)) is left to remind; \(out) has only its headings.")
            } else {
                print(
                    "\(Encoding.counted(reminder.rows, "link", "links")) of \"\(found.name)\" (\(found.id)) for a reminder"
                        + " \(reminder.rows == 1 ? "is" : "are") in \(out).")
                print("It is reminder \(report.reminders) of this distribution.")
            }
            if let text = reminder.leftOutText { print("Left out: \(text).") }
        }
    }
}

extension Reminder {
    /// `388 finished, 2 expired`: how many get no reminder, and why. Nil if everybody does.
    fileprivate var leftOutText: String? {
        let reasons = LinkStatus.allCases.compactMap { (status) in leftOut[status].map { "\($0) \(status.reason)" } }
        return reasons.isEmpty ? nil : reasons.joined(separator: ", ")
    }
}

extension LinkStatus {
    /// Why people with such a link get no reminder.
    fileprivate var reason: String {
        switch self {
        case .emailNotSent: "not started"
        case .surveyStarted: "started"
        case .surveyFinished: "finished"
        case .linkExpired: "expired"
        case .linkDeleted: "deleted"
        case .linkRevoked: "revoked"
        case .incomplete: "started, and can't be resumed any more"
        }
    }
}

extension ReminderAudience: ExpressibleByArgument {}

extension CountedUses {
    /// - Throws: if people may have answered on edges without anybody here knowing. Mails can't be taken back, and an edge
    ///   can be fetched in a minute.
    fileprivate func refuseOutdated() throws(CommandError) {
        guard !outdatedEdges.isEmpty else { return }
        let names = outdatedEdges.joined(separator: ", ")
        throw CommandError(
            "no reminder was written, since nothing newer than an hour is known of \(names), where people may have answered;"
                + " fetch with `linkseal edges fetch`, retire what is shut down with `linkseal edges retire`, or use"
                + " --allow-stale")
    }
}
