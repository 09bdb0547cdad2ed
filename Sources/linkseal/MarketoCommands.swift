import ArgumentParser
import AsyncHTTPClient
import Distributions
import Encoding
import FoundationEssentials
import LinkToken
import Marketo
import Trust

/// Who asks Marketo. The values themselves are never arguments, which others on the machine can see.
struct MarketoOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file of mode 0600 with LINKSEAL_MARKETO_ENDPOINT=…, …_CLIENT_ID=… and …_CLIENT_SECRET=… (default: the environment).",
            valueName: "file"))
    var credentialsFile: String?

    /// Gives the body a client and lets go of its connections. Ctrl-C and SIGTERM cancel.
    func credentials() throws -> MarketoCredentials {
        try MarketoCredentials(file: credentialsFile, environment: ProcessInfo.processInfo.environment)
    }

    private static let noteWait: @Sendable (MarketoClient.Wait) -> Void = { (wait) in
        note(
            "Marketo puts a call off (\(wait.reason)); trying again in \(wait.duration.components.seconds) seconds"
                + " (attempt \(wait.failures + 1) of \(wait.attempts)).")
    }

    func withClient<Result: Sendable>(
        _ body: @escaping @Sendable (MarketoClient) async throws -> Result
    ) async throws -> Result {
        let credentials = try credentials()
        let http = MarketoClient.makeHTTPClient()
        let client = MarketoClient(credentials, http: http, waiting: Self.noteWait)
        let result = try await interruptible { () throws(DistributionsError) in
            do {
                return Swift.Result<Result, any Error>.success(try await body(client))
            } catch {
                return .failure(error)
            }
        }
        try? await http.shutdown()
        return try result.get()
    }
}

extension ContactsCommand {
    struct MarketoCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "marketo", abstract: "Browse Marketo's lists, and write links into its leads.",
            subcommands: [MarketoLists.self, MarketoWriteLinks.self])
    }

    struct MarketoLists: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "lists", abstract: "List the static and the smart lists that the API user can see.",
            discussion: """
                A static list is imported with --list or --list-id, a smart one with --smart-list or --smart-list-id.
                """)
        @OptionGroup var marketo: MarketoOptions
        @OptionGroup var result: ResultOptions

        func run() async throws {
            let lists = try await marketo.withClient { (client) in
                let lists = try await client.lists()
                do {
                    return lists + (try await client.smartLists())
                } catch MarketoError.accessDenied {
                    warn("smart lists are left out; they need the permission Access API > Read-Only Asset")
                    return lists
                }
            }
            try result.show(lists) {
                printTable(
                    ["KIND", "ID", "NAME", "PROGRAM", "WORKSPACE", "CHANGED"],
                    lists.map {
                        [
                            $0.kind.rawValue, String($0.id), $0.name, $0.programName ?? "", $0.workspaceName ?? "",
                            $0.updatedAt ?? "",
                        ]
                    }, numbers: [1])
            }
        }
    }

    struct MarketoWriteLinks: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "write-links",
            abstract: "Prepare each lead's personal link for a custom field, and send it with --push.",
            discussion: """
                Marketo's own e-mails carry the link as {{lead.FIELD}}. Leads are found by their ID, which is the external \
                data reference of the distribution's contacts. Links that can't be opened any more are left out. A field of \
                the type String holds 255 characters; longer links need a Text Area.

                  linkseal contacts marketo write-links "NPS Q4" --field surveyLink
                  linkseal contacts marketo write-links "NPS Q4" --field surveyLink --push
                """)
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var marketo: MarketoOptions
        @OptionGroup var result: ResultOptions
        @OptionGroup var passphrase: PassphraseOptions
        @Argument(help: "The distribution, by name or ID.")
        var distribution: String
        @Option(help: ArgumentHelp("Marketo's REST name of the custom field.", valueName: "name"))
        var field: String
        @Flag(help: "Send the links. Without it, they are only counted.")
        var push = false

        @Flag(
            help: """
                Send them also when the contacts did not come from this Marketo instance: their external data references \
                are taken for the IDs of its leads.
                """)
        var anySource = false

        /// A number of another system's would be another person's lead.
        private func refuseOtherSource(_ distribution: Distribution) throws {
            let here = try marketo.credentials().endpoint.origin
            let origin = distribution.origin.list
            if origin?.service == LeadFetch.service, origin?.instance == here { return }
            let source =
                origin?.instance.map { "from \($0)" } ?? "from \"\(distribution.origin.source)\", not from Marketo"
            throw CommandError(
                """
                the contacts of "\(distribution.name)" came \(source); if their external data references are the IDs of \
                leads at \(here), send the links with --any-source
                """)
        }

        private struct Report: Encodable {
            var pushed: Bool
            var prepared, updated, notLeads: Int
            var skipped: [LinkPush.Skipped]
        }

        func run() async throws {
            let now = UnixTime.now
            let opened = try workspace.open()
            let field = try LinkField(field)
            let found = try opened.distributions.distribution(called: distribution)
            if push, !anySource { try refuseOtherSource(found) }
            let key = try opened.distributions.key(
                for: found, in: workspace.keyring(), passphrase: passphrase.read())
            let minting = try opened.distributions.minting(of: found, statuses: [.emailNotSent], key: key, at: now)
            var counted = try minting.links()
            var (links, notLeads) = (0, 0)
            var lengths = LinkLengths(limit: LinkField.stringLengthLimit)
            while let next = try counted.next() {
                if LeadLink(next.contact, link: next.link) == nil {
                    notLeads += 1
                } else {
                    links += 1
                    lengths.add(next.link)
                }
            }
            if lengths.exceeding > 0 { warn(LinkWarning.longLinks(lengths)) }
            var report = Report(pushed: push, prepared: links, updated: 0, notLeads: notLeads, skipped: [])
            if push {
                let done = try await marketo.withClient { (client) in
                    var links = try minting.links()
                    var done = LinkPush()
                    do {
                        try await client.write(
                            field,
                            of: { () throws(MarketoError) in
                                do throws(DistributionsError) {
                                    while let next = try links.next() {
                                        if let link = LeadLink(next.contact, link: next.link) { return link }
                                    }
                                    return nil
                                } catch {
                                    throw .workspace(error)
                                }
                            }, into: &done)
                    } catch {
                        note("\(done.updated) lead(s) have their link; the same command writes it into all of them.")
                        ContactsCommand.noteSkipped(done.skipped)
                        throw error
                    }
                    return done
                }
                report.updated = done.updated
                report.skipped = done.skipped
            }
            try result.show(report) {
                if notLeads > 0 { warn("\(notLeads) contact(s) have no lead ID as external data reference") }
                guard push else {
                    return print("\(links) links are ready for the field \(field.name); send them with --push.")
                }
                print("\(report.updated) leads have their link in the field \(field.name).")
                ContactsCommand.noteSkipped(report.skipped)
            }
            if !report.skipped.isEmpty { throw ExitCode(1) }
        }
    }

    private static func noteSkipped(_ all: [LinkPush.Skipped]) {
        for skipped in all.prefix(20) {
            note("lead \(skipped.lead) was passed over: \(skipped.message) (\(skipped.code))")
        }
        if all.count > 20 { note("… and \(all.count - 20) more; --json names them all") }
    }

    struct Refresh: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fetch a list that came from Marketo again. Contacts that stay keep their contact ID.")
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var marketo: MarketoOptions
        @OptionGroup var result: ResultOptions
        @Argument var name: String

        private struct Report: Encodable {
            var list: ContactListReport
            var added, removed: [String]
        }

        func run() async throws {
            let now = UnixTime.now
            let opened = try workspace.open()
            guard let origin = try opened.contacts.list(named: name).origin, origin.service == LeadFetch.service,
                let reference = MarketoList.Reference(origin.id)
            else {
                throw CommandError(
                    "the list \"\(name)\" came from a file; import the file again with `linkseal contacts import --replace`"
                )
            }
            let fields = try LeadFields(origin.fields)
            let refresh = try await marketo.withClient { (client) in
                let fetch = LeadFetch(
                    of: try await client.list(reference), fields: fields, from: client, at: now,
                    waiting: MarketoSource.noteWaiting)
                return try await opened.contacts.refreshList(named: name, from: fetch, at: now)
            }
            let report = Report(
                list: ContactListReport(refresh.list, report: refresh.report), added: refresh.added,
                removed: refresh.removed)
            try result.show(report) {
                print(
                    "\(refresh.list.contacts) contacts are in the list \"\(name)\": \(refresh.added.count) added,"
                        + " \(refresh.removed.count) removed.")
                for (sign, leads) in [("+", refresh.added), ("-", refresh.removed)] {
                    for lead in leads.prefix(20) { print("  \(sign) \(lead)") }
                    if leads.count > 20 { print("  \(sign) … and \(leads.count - 20) more") }
                }
            }
        }
    }
}

/// Which list of Marketo an import takes.
struct MarketoSource: ParsableArguments {
    enum Service: String, ExpressibleByArgument, CaseIterable {
        case marketo
    }

    @Option(help: "A service to import from, in place of a file.")
    var from: Service?
    @Option(help: ArgumentHelp("With --from: a static list, by its name.", valueName: "name"))
    var list: String?
    @Option(help: ArgumentHelp("With --from: a static list, by its ID.", valueName: "number"))
    var listId: Int?
    @Option(help: ArgumentHelp("With --from: a smart list, by its name.", valueName: "name"))
    var smartList: String?
    @Option(help: ArgumentHelp("With --from: a smart list, by its ID.", valueName: "number"))
    var smartListId: Int?
    @Option(
        help: ArgumentHelp(
            "With --from: REST names of more fields, with commas; they become embedded data.", valueName: "names"))
    var fields: String?

    func validate() throws {
        let chosen = [list != nil, listId != nil, smartList != nil, smartListId != nil].count { $0 }
        if from != nil, chosen != 1 {
            throw ValidationError("Give one of --list, --list-id, --smart-list and --smart-list-id with --from.")
        }
        if from == nil, chosen > 0 || fields != nil {
            throw ValidationError(
                "--list, --list-id, --smart-list, --smart-list-id and --fields go with --from marketo.")
        }
    }

    func importList(
        name: String, replacing: Bool, into library: ContactLibrary, as marketo: MarketoOptions
    ) async throws -> (list: ContactList, report: ContactReport) {
        let now = UnixTime.now
        let chosen = try LeadFields(fields.map { $0.split(separator: ",").map { $0.trimmed } } ?? [])
        return try await marketo.withClient { (client) in
            let fetch = LeadFetch(
                of: try await found(by: client), fields: chosen, from: client, at: now, waiting: Self.noteWaiting)
            return try await library.importList(from: fetch, name: name, replacing: replacing, at: now)
        }
    }

    private func found(by client: MarketoClient) async throws -> MarketoList {
        if let listId { return try await client.list(id: listId) }
        if let smartListId { return try await client.smartList(id: smartListId) }
        if let smartList { return try await client.smartList(named: smartList) }
        return try await client.list(named: list ?? "")
    }

    /// A job takes minutes to hours.
    static let noteWaiting: @Sendable (String) -> Void = { (status) in
        if status == "Failed" {
            note("Marketo failed to export the smart list; the next attempt begins in a minute or two.")
        } else {
            note("Marketo exports the smart list (\(status.lowercased())), which takes minutes to hours.")
        }
    }
}
