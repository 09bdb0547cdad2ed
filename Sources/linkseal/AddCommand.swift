import ArgumentParser
import Distributions
import Encoding
import LinkToken
import Trust

extension DistributionsCommand {
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add contacts to a distribution, and write the spreadsheet of their links.",
            discussion: """
                The links that were sent stay as they are, and edges need not be told of the new ones. They expire with the \
                others. Contacts who have a link of the distribution already are left out: those with the same contact ID, \
                or where a row has no ID, with the same e-mail address. So the whole list can be given again.

                The spreadsheet has only the new links; `linkseal download` writes all of them.

                  linkseal distributions add "NPS Q4" --contacts new.csv --out new-links.csv
                  linkseal distributions add "NPS Q4" --list Customers --contact C-1207 --out new-links.csv
                  linkseal distributions add "NPS Q4" --dummy 20 --out more-cards.csv
                """)

        @OptionGroup var chosen: DistributionOptions
        @OptionGroup(title: "Contacts") var contacts: ContactOptions
        @OptionGroup var logs: LogOptions
        @OptionGroup var passphrase: PassphraseOptions
        @OptionGroup(title: "Spreadsheet") var spreadsheet: SpreadsheetArguments

        @OptionGroup var edgeCheck: EdgeCheckOptions

        @Option(help: ArgumentHelp("Where the spreadsheet goes; - is standard output.", valueName: "file"))
        var out: String

        private struct Added: Encodable {
            var id, name: String
            /// Nil if nobody was added.
            var file: String?
            /// Links that were made; contacts who had one before; all links of the distribution.
            var added, skipped, links: Int
            /// Repeats a sample.
            var seed: UInt64?
            var mergeField: String?
        }

        func run() async throws {
            let now = UnixTime.now
            let (workspace, found) = try chosen.find()
            let keyring = try Keyring(opening: workspace.keyringDirectory)
            var request = AddRequest(
                source: try await contacts.source(in: workspace) {
                    try await logs.counted(in: workspace).accounts.uses(of: $0)
                }, output: out)
            request.selection = try contacts.selection(in: workspace)
            request.spreadsheet = try spreadsheet.layout(for: out)
            let secret = try passphrase.read()
            let key = try workspace.distributions.key(for: found, in: keyring, passphrase: secret)
            _ = try await edgeCheck.run(of: found.baseURL, signedBy: key, at: now)

            let progress = ProgressLine("links")
            let addition = try await interruptible { [request] () throws(DistributionsError) in
                try await workspace.distributions.add(
                    request, to: found.id, key: key, at: now, progress: progress.report)
            }
            progress.end()
            for warning in addition.contacts.warnings { warn("\(warning.advised)") }
            for warning in addition.warnings { warn(warning) }
            if addition.added > 0 {
                request.spreadsheet.noteMergeField()
                let bundle = try? workspace.publishedBundle(keyring).bundle
                if bundle?.distributions.contains(where: { $0.id == found.id }) != true {
                    _ = try workspace.publishNoting(
                        "the contacts are in \"\(found.name)\" (\(found.id)), and their links are made",
                        passphrase: secret)
                }
            }
            guard !isStandardOutput(out) else { return }
            try show(addition, request.spreadsheet)
        }

        private func show(_ addition: Addition, _ layout: SpreadsheetLayout) throws {
            let (distribution, count) = (addition.distribution, addition.added)
            let title = "\"\(distribution.name)\" (\(distribution.id))"
            let report = Added(
                id: distribution.id.description, name: distribution.name, file: count > 0 ? out : nil, added: count,
                skipped: addition.recipients, links: distribution.contacts, seed: addition.seed,
                mergeField: count > 0 ? layout.mergeField : nil)
            try chosen.result.show(report) {
                guard count > 0 else {
                    print("All of these contacts have a link of \(title) already, so nothing was changed or written.")
                    print("`linkseal download` writes their links.")
                    return
                }
                let verb = count == 1 ? "is" : "are"
                print(
                    "\(counted(count, "new link", "new links")) of \(title) \(verb) in \(out); it has"
                        + " \(distribution.contacts) links now.")
                if let seed = addition.seed { print("The seed of the sample is \(seed).") }
                print("They can be opened until \(distribution.expiry).")
            }
        }
    }
}
