import ArgumentParser
import Distributions
import Encoding
import LinkToken

/// `linkseal contacts SOURCE …`: what can be done with a registered source apart from importing.
struct SourceCommand<Source: ContactListSource>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        var subcommands: [any ParsableCommand.Type] = [SourceListsCommand<Source>.self]
        var abstract = "Browse \(Source.title)'s lists."
        if let source = Source.self as? any LinkFieldSource.Type {
            subcommands.append(writeLinksCommand(for: source))
            abstract = "Browse \(Source.title)'s lists, and write links into its \(source.recordName)s."
        }
        return CommandConfiguration(commandName: Source.name, abstract: abstract, subcommands: subcommands)
    }
}

func sourceCommand<Source: ContactListSource>(for _: Source.Type) -> any ParsableCommand.Type {
    SourceCommand<Source>.self
}

private func writeLinksCommand<Source: LinkFieldSource>(for _: Source.Type) -> any ParsableCommand.Type {
    WriteLinksCommand<Source>.self
}

struct SourceListsCommand<Source: ContactListSource>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "lists", abstract: "List the static and the smart lists that the API user can see.",
            discussion: """
                A static list is imported with --list or --list-id, a smart one with --smart-list or --smart-list-id.
                """)
    }

    @OptionGroup var source: SourceOptions
    @OptionGroup var result: ResultOptions

    func run() async throws {
        let source = try source.open(Source.self)
        let lists = try await interruptible { try await source.lists() }
        try result.show(lists) {
            let rows = lists.map(\.cells)
            let numbers = Source.List.headings.indices.filter { (column) in rows.allSatisfy { Int($0[column]) != nil } }
            printTable(Source.List.headings, rows, numbers: Set(numbers))
        }
    }
}

struct WriteLinksCommand<Source: LinkFieldSource>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "write-links",
            abstract: "Prepare each \(Source.recordName)'s personal link for a custom field, and send it with --push.",
            discussion: """
                \(Source.linkFieldNotes)

                Each \(Source.recordName) is found by its ID, which is the external data reference of the distribution's \
                contacts. Links that can't be opened any more are left out.

                  linkseal contacts \(Source.name) write-links "NPS Q4" --field surveyLink
                  linkseal contacts \(Source.name) write-links "NPS Q4" --field surveyLink --push
                """)
    }

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var source: SourceOptions
    @OptionGroup var result: ResultOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument(help: "The distribution, by name or ID.")
    var distribution: String
    @Option(help: ArgumentHelp("\(Source.title)'s name of the custom field.", valueName: "name"))
    var field: String
    @Flag(help: "Send the links. Without it, they are only counted.")
    var push = false

    @Flag(
        help: """
            Send them also when the contacts did not come from this \(Source.title) instance: their external data \
            references are taken for the IDs of its \(Source.recordName)s.
            """)
    var anySource = false

    private struct Report: Encodable {
        var pushed: Bool
        var prepared, updated, notLeads: Int
        var skipped: [Source.Skipped]
    }

    func run() async throws {
        let now = UnixTime.now
        let opened = try workspace.open()
        try Source.checkLinkField(field)
        let found = try opened.distributions.distribution(called: distribution)
        if push, !anySource { try refuseOtherSource(found) }
        let key = try opened.distributions.key(for: found, in: workspace.keyring(), passphrase: passphrase.read())
        let minting = try opened.distributions.minting(of: found, statuses: [.emailNotSent], key: key, at: now)
        var links = try minting.links()
        var report = Report(pushed: push, prepared: 0, updated: 0, notLeads: 0, skipped: [])
        var lengths = LinkLengths(limit: Source.linkLengthLimit)
        while let next = try links.next() {
            if Source.hasRecord(next.contact) {
                report.prepared += 1
                lengths.add(next.link)
            } else {
                report.notLeads += 1
            }
        }
        if lengths.exceeding > 0 { warn(LinkWarning.longLinks(lengths)) }
        if push {
            let written = try await write(minting)
            report.updated = written.updated
            report.skipped = written.skipped
        }
        try result.show(report) { [report] in
            if report.notLeads > 0 {
                warn(
                    "\(counted(report.notLeads, "contact has", "contacts have")) no \(Source.recordName) ID as"
                        + " external data reference")
            }
            guard push else {
                return print("\(report.prepared) links are ready for the field \(field); send them with --push.")
            }
            print("\(report.updated) \(Source.recordName)s have their link in the field \(field).")
            Self.list(report.skipped)
        }
        if !report.skipped.isEmpty { throw ExitCode(1) }
    }

    /// A number of another system's would be another person's record.
    private func refuseOtherSource(_ distribution: Distribution) throws {
        let here = try source.open(Source.self).instance
        let origin = distribution.origin.list
        if origin?.service == Source.name, origin?.instance == here { return }
        let place =
            origin?.instance.map { "from \($0)" } ?? "from \"\(distribution.origin.source)\", not from \(Source.title)"
        throw CommandError(
            """
            the contacts of "\(distribution.name)" came \(place); if their external data references are the IDs of \
            \(Source.recordName)s at \(here), send the links with --any-source
            """)
    }

    private func write(_ minting: LinkMinting) async throws -> WrittenLinks<Source.Skipped> {
        let source = try source.open(Source.self)
        return try await interruptible { [field] in
            var links = try minting.links()
            var written = WrittenLinks<Source.Skipped>()
            do {
                try await source.writeLinks(
                    { () throws(DistributionsError) in try links.next().map { ($0.contact, $0.link) } }, into: field,
                    written: &written)
            } catch {
                note(
                    "\(counted(written.updated, "\(Source.recordName) has its", "\(Source.recordName)s have their"))"
                        + " link; run the same command again to write all of them."
                )
                Self.list(written.skipped)
                throw error
            }
            return written
        }
    }

    private static func list(_ skipped: [Source.Skipped]) {
        for record in skipped.prefix(20) { note("\(record)") }
        if skipped.count > 20 { note("… and \(skipped.count - 20) more; --json names them all") }
    }
}
