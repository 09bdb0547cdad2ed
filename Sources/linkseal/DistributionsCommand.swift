import ArgumentParser
import Consumption
import Distributions
import Encoding
import LinkToken

struct DistributionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distributions",
        abstract: "The distributions of the workspace, with their starts and finishes.",
        discussion: """
            Without a subcommand it lists them, or shows one. A distribution whose name is that of a subcommand is shown with \
            `linkseal distributions list NAME`.

              linkseal distributions
              linkseal distributions --sort started --descending --status active
              linkseal distributions "NPS Q4"
            """,
        subcommands: [List.self, Add.self, Edit.self, Archive.self, Unarchive.self, Note.self],
        defaultSubcommand: List.self)
}

extension DistributionsCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the distributions: contacts, created, expiration, links, started, finished; or show one.",
            discussion: """
                Starts and finishes are those of the workspace's log and of all edges of `linkseal edges`, which are fetched \
                first. Standard error says as of when each is known, and warns about an edge that could not be fetched: what \
                it told before counts. A link that was used on several edges counts once.

                  linkseal distributions
                  linkseal distributions --sort started --descending --status active
                  linkseal distributions --name nps --since 2026-11-01 --archived
                  linkseal distributions "NPS Q4"
                  linkseal distributions --json
                """)

        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @OptionGroup var logs: LogOptions

        @Argument(
            help: ArgumentHelp("One distribution, with its starts and finishes over time.", valueName: "distribution"))
        var distribution: String?

        @Option(help: "Sort by created, name, contacts, expiration, links, started or finished.")
        var sort: DistributionRow.Order = .created

        @Flag(help: "Sort in descending order.")
        var descending = false

        @Option(help: "Only those that are active, expired or deleted.")
        var status: DistributionRow.Standing?

        @Option(help: ArgumentHelp("Only those with this in their name, in any case.", valueName: "text"))
        var name: String?

        @Option(
            help: ArgumentHelp(
                "Only those created on or after a date, such as 2027-01-31 (UTC), or a time with a zone.",
                valueName: "when"))
        var since: String?

        @Option(help: ArgumentHelp("Only those created on or before a date, or before a time.", valueName: "when"))
        var until: String?

        @Flag(help: "Archived ones too.")
        var archived = false

        func run() async throws {
            let workspace = try workspace.open()
            if let sequence = try workspace.bundleLackingChanges(at: .now) {
                warn(
                    "changes since bundle \(sequence) are not published, so edges don't know them; run `linkseal publish`"
                )
            }
            if let distribution {
                try await showOne(workspace.distributions.distribution(called: distribution), in: workspace, at: .now)
            } else {
                try await showAll(in: workspace, at: .now)
            }
        }

        private func filter() throws(DistributionsError) -> DistributionFilter {
            var filter = DistributionFilter()
            filter.status = status
            filter.name = name
            if let since { filter.since = try EnteredTime(since).start }
            if let until { filter.until = try EnteredTime(until).end }
            filter.includesArchived = archived
            return filter
        }

        private func showAll(in workspace: Workspace, at now: UnixTime) async throws {
            let filter = try filter()
            let distributions = try workspace.distributions.all()
            let counted = try await logs.counted(in: workspace)
            let uses = try await counted.accounts.uses(of: distributions)
            let rows = distributions.map { DistributionRow($0, uses[$0.id]?.counts ?? ConsumptionCounts()) }
                .filter { filter.accepts($0, at: now) }
                .sorted(by: sort, descending: descending)
            let reports = try rows.map {
                DistributionReport(
                    $0, for: try workspace.distributions.onlyContact(of: $0.distribution), countedFrom: counted.sources,
                    at: now)
            }
            try result.show(reports) {
                guard !reports.isEmpty else { return Self.sayNothingFound(of: distributions, filter) }
                counted.say()
                printTable(
                    ["NAME", "CONTACTS", "CREATED", "EXPIRATION", "LINKS", "STARTED", "FINISHED", "STATUS", "ID"],
                    reports.map {
                        [
                            $0.name, $0.contactsText, $0.created, $0.expires, String($0.links), String($0.started),
                            String($0.finished), $0.statusText, $0.id,
                        ]
                    }, numbers: [4, 5, 6])
            }
        }

        private static func ownDates(in distribution: Distribution) -> String? {
            let own = distribution.linkChanges.values.count { $0.expiry != nil }
            return own == 0 ? nil : counted(own, "recipient has a date", "recipients have dates") + " of their own"
        }

        private static func sayNothingFound(of distributions: [Distribution], _ filter: DistributionFilter) {
            if distributions.isEmpty {
                print("There are no distributions here; make one with `linkseal generate`.")
            } else if !filter.includesArchived, distributions.contains(where: { $0.archivedAt != nil }) {
                print("No distribution matches; --archived also lists archived ones.")
            } else {
                print("No distribution matches.")
            }
        }

        private func showOne(_ distribution: Distribution, in workspace: Workspace, at now: UnixTime) async throws {
            let counted = try await logs.counted(in: workspace)
            let uses = try await counted.accounts.uses(of: distribution)
            var report = DistributionReport(
                DistributionRow(distribution, uses.counts),
                for: try workspace.distributions.onlyContact(of: distribution), startedBy: uses.starts(by: \.startedBy),
                countedFrom: counted.sources,
                at: now)
            report.history = distribution.history.map { DistributionReport.HistoryEntry($0) }
            try result.show(report) {
                counted.say()
                print("\(report.name) (\(report.id)), \(report.statusText)")
                if let note = report.note { print("  note        \(note)") }
                print("  contacts    \(report.contactsText)\(report.seed.map { ", seed \($0)" } ?? "")")
                print("  created     \(report.created)")
                print("  expiration  \(report.expires)")
                if let dates = Self.ownDates(in: distribution) { print("              \(dates)") }
                print("  resume      \(distribution.resume.text)")
                print("  links       \(report.links), \(report.started) started, \(report.finished) finished")
                if let starters = report.startersText { print("  started by  \(starters)") }
                print("  survey      \(distribution.surveyURL.text)")
                let fields = distribution.embeddedData.inLinkFields
                if !fields.isEmpty { print("  in links    \(fields.joined(separator: ", "))") }
                print("  signed by   key \(distribution.keyID), epoch \(distribution.epoch)")
                for line in ActivityHistogram(of: uses).lines() { print("\(line)") }
                print("  history")
                for entry in report.history ?? [] {
                    print("    \(entry.at)  \(entry.text)\(entry.by.map { ", by \($0)" } ?? "")")
                }
            }
        }
    }
}

extension DistributionRow.Order: ExpressibleByArgument {}
extension DistributionRow.Standing: ExpressibleByArgument {}
