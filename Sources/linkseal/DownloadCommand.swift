import ArgumentParser
import Distributions
import LinkToken
import Trust

struct DownloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download",
        abstract: "Mint a distribution's links again, with each recipient's status.",
        discussion: """
            Links are never stored: the same contacts and the same key give the same links. The statuses come from the \
            workspace's consumption log, which may be in use meanwhile, and from the edges of `linkseal edges`, which are \
            fetched first; or from copies of logs. Standard error says as of when each is known. An edge that can't be \
            fetched counts with what it told before, and a warning says so.

              linkseal download "NPS Q4" --out again.csv
              linkseal download 8f3a51c2 --log edge-1.log --log edge-2.log --out again.csv

            For a reminder to those who have not answered, use `linkseal reminder`.
            """)

    @OptionGroup var chosen: DistributionOptions
    @OptionGroup var logs: LogOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup(title: "Spreadsheet") var spreadsheet: SpreadsheetArguments

    @Option(help: ArgumentHelp("Only links of this status; can be given again.", valueName: "status"))
    var onlyStatus: [LinkStatus] = []

    @Option(help: ArgumentHelp("Where the spreadsheet goes; - is standard output.", valueName: "file"))
    var out: String

    private struct Downloaded: Encodable {
        var id, name, file: String
        var rows: Int
        var statuses: [String: Int]
        var countedFrom: [CountedUses.Source]
        var mergeField: String?
    }

    func run() async throws {
        let now = UnixTime.now
        let (workspace, found) = try chosen.find()
        let keyring = try Keyring(opening: workspace.keyringDirectory)
        let key = try workspace.distributions.key(for: found, in: keyring, passphrase: passphrase.read())
        let counted = try await logs.counted(in: workspace)
        let uses = try await counted.accounts.uses(of: found)
        counted.say()
        let (download, mergeField) = try await spreadsheet.mintAgain(to: out) {
            [out, onlyStatus] (layout, progress) throws(DistributionsError) in
            try await workspace.distributions.download(
                found.id, uses: uses, statuses: Set(onlyStatus), spreadsheet: layout, key: key, output: out, at: now,
                progress: progress)
        }
        if let old = download.replacedKey {
            warn("the key \(old) no longer signs links, so these are new links, signed with \(key.id)")
        }
        guard !isStandardOutput(out) else { return }
        let report = Downloaded(
            id: found.id.description, name: found.name, file: out, rows: download.rows,
            statuses: Dictionary(uniqueKeysWithValues: download.statuses.map { ($0.key.rawValue, $0.value) }),
            countedFrom: counted.sources, mergeField: mergeField)
        try chosen.result.show(report) {
            print("\(download.rows) links of \"\(found.name)\" (\(found.id)) are in \(out).")
            for status in LinkStatus.allCases {
                if let count = download.statuses[status], count > 0 { print("  \(status.rawValue)  \(count)") }
            }
        }
    }
}
