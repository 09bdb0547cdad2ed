import AdminConsole
import ArgumentParser
import Cryptography
import Distributions
import Fetching
import FoundationEssentials
import LinkToken

struct EdgesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edges",
        abstract: "Edges on other machines, whose starts and finishes are counted too.",
        discussion: """
            An edge that has a log of its own hands it out to those who have a key. Start it with the key, at an address \
            that this machine reaches:

              linkseal edges new-key consumption.key
              linkseal serve … --operations-listen 10.0.0.11:9090 --consumption-key-file consumption.key

            and register it here:

              linkseal edges add http://10.0.0.11:9090 --name edge-1 --key-file consumption.key

            From then on all counts and statuses include it, and are fetched from it first.
            """,
        subcommands: [NewKey.self, Add.self, List.self, Fetch.self, Retire.self, Remove.self])
}

/// How an edge is known, for programs.
struct EdgeStandingReport: Encodable {
    var name: String
    var url: String
    /// All that was consumed on the edge before is counted; nil while nothing is known for certain.
    var asOf: String?
    var events: UInt64
    var retired: Bool
    var failure: String?
    var failedAt: String?
    var replacedAt: String?

    init(_ edge: RemoteEdge, _ standing: EdgeStanding) {
        name = edge.name
        url = WebAddress.masked(edge.url)
        asOf = standing.asOf?.description
        events = standing.events
        retired = edge.isRetired
        failure = standing.failure
        failedAt = standing.failedAt?.description
        replacedAt = standing.replacedAt?.description
    }

    /// In a few words.
    var state: String {
        if retired { return "retired" }
        if let failure { return failure }
        return asOf == nil ? "never fetched" : "fetched"
    }
}

private func printEdges(_ reports: [EdgeStandingReport]) {
    printTable(
        ["NAME", "ADDRESS", "AS OF", "EVENTS", ""],
        reports.map { [$0.name, $0.url, $0.asOf ?? "-", String($0.events), $0.state] }, numbers: [3])
    for report in reports {
        guard let replacedAt = report.replacedAt else { continue }
        warn(
            "the log of \(report.name) was found replaced at \(replacedAt) by one that lacks links which had been fetched;"
                + " they still count here, but may work again on the edge: was a backup restored, or a new log begun?")
    }
}

extension EdgesCommand {
    struct NewKey: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new-key", abstract: "Make a key that an edge hands out its log to.",
            discussion: """
                Copy the file to the edge. Each edge can have a key of its own, or several share one.

                  linkseal edges new-key consumption.key
                """)
        @OptionGroup var result: ResultOptions
        @Argument(help: ArgumentHelp("The new file, of mode 0600.", valueName: "file"))
        var file: String

        private struct Made: Encodable {
            var file: String
        }

        func run() throws {
            try BearerKey().write(to: file)
            try result.show(Made(file: file)) {
                print("The key is in \(file). Start the edge with --consumption-key-file, and add it with --key-file.")
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Register an edge, and fetch what was consumed there.",
            discussion: """
                The address is that of the edge's --operations-listen, or of a proxy with TLS in front. Plain http is \
                only for addresses of this machine and of private networks, such as 10.0.0.11: a name may lead elsewhere tomorrow.

                An edge that doesn't answer, or refuses the key, is not registered, unless --unreached says so.

                  linkseal edges add http://10.0.0.11:9090 --name edge-1 --key-file consumption.key
                  linkseal edges add https://edge-2.example/operations --key-file consumption.key
                """)
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @Argument(help: ArgumentHelp("The address of its listener for operations.", valueName: "url"))
        var url: String
        @Option(
            help: ArgumentHelp("The key that the edge has, in a file of mode 0600. It is copied.", valueName: "file"))
        var keyFile: String
        @Option(help: "The name of the edge (default: its host and port).")
        var name: String?
        @Option(
            help: ArgumentHelp(
                "Additional certificate authorities for the edge, in PEM.",
                valueName: "file"))
        var caFile: String?
        @Flag(help: "Register it even if its log can't be fetched yet.")
        var unreached = false

        func run() async throws {
            let registry = try workspace.open().edges
            let address = try EdgeLogReader.check(url)
            let authorities = caFile.map {
                $0.hasPrefix("/") ? $0 : FileManager.default.currentDirectoryPath + "/" + $0
            }
            _ = try FetchClient.trusting(authorities)
            let edge = RemoteEdge(name: name ?? Self.name(of: address), url: url, caFile: authorities, addedAt: .now)
            try registry.add(edge, key: BearerKey(contentsOf: keyFile))
            let standing = try await registry.fetch([edge], patience: 15) { .now }[0]
            if let failure = standing.failure {
                guard unreached else {
                    try registry.remove(edge.name)
                    throw CommandError(
                        "\(edge.name) is not registered, since its log can't be fetched: \(failure); register it"
                            + " nevertheless with --unreached")
                }
                warn("\(edge.name) is registered, but can't be counted yet: \(failure)")
            }
            let report = EdgeStandingReport(edge, standing)
            try result.show(report) { printEdges([report]) }
        }

        private static func name(of address: WebAddress) -> String {
            let host = address.host.filter { $0 != "[" && $0 != "]" }.replacing(":", with: "-")
            return host + (address.port.map { "-\($0)" } ?? "")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the edges, and when each was last fetched.",
            discussion: """
                  linkseal edges list
                """)
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions

        func run() throws {
            let registry = try workspace.open().edges
            var reports: [EdgeStandingReport] = []
            for edge in try registry.all() { reports.append(EdgeStandingReport(edge, try registry.standing(of: edge))) }
            try result.show(reports) {
                guard !reports.isEmpty else {
                    return print("No edge is registered here; register one with `linkseal edges add`.")
                }
                printEdges(reports)
            }
        }
    }

    struct Fetch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fetch what was consumed on edges since the last time.",
            discussion: """
                An interrupted fetch is continued by the next one. Exits 1 if an edge could not be \
                fetched.

                  linkseal edges fetch
                  linkseal edges fetch edge-1
                """)
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @Argument(help: ArgumentHelp("Only these edges (default: all that are not retired).", valueName: "name"))
        var names: [String] = []

        func run() async throws {
            let registry = try workspace.open().edges
            let edges =
                names.isEmpty
                ? try registry.all().filter { !$0.isRetired } : try names.map { try registry.edge(named: $0) }
            guard !edges.isEmpty else {
                throw CommandError("no edge is registered here; register one with `linkseal edges add`")
            }
            let standings = try await registry.fetch(edges, patience: 60) { .now }
            let reports = zip(edges, standings).map { EdgeStandingReport($0, $1) }
            try result.show(reports) { printEdges(reports) }
            if reports.contains(where: { $0.failure != nil }) { throw ExitCode.failure }
        }
    }

    struct Retire: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop asking an edge, and keep counting what was fetched from it.",
            discussion: """
                For an edge that was shut down. Fetch before it is.

                  linkseal edges retire edge-1
                """)
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @Argument(help: ArgumentHelp("The edge.", valueName: "name"))
        var name: String

        func run() throws {
            let registry = try workspace.open().edges
            let edge = try registry.retire(name)
            let report = EdgeStandingReport(edge, try registry.standing(of: edge))
            try result.show(report) {
                print("\(name) is asked no more. The \(report.events) events that were fetched from it still count.")
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget an edge, and what was fetched from it.",
            discussion: """
                Starts and finishes there are no longer counted, so people who have finished get the next reminder. For an \
                edge that was shut down, use `linkseal edges retire`.

                  linkseal edges remove edge-1
                """)
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @Argument(help: ArgumentHelp("The edge.", valueName: "name"))
        var name: String
        @OptionGroup var confirmation: ConfirmationOptions

        func run() throws {
            let registry = try workspace.open().edges
            let edge = try registry.edge(named: name)
            let report = EdgeStandingReport(edge, try registry.standing(of: edge))
            try confirmation.ask(
                "The \(report.events) events that were fetched from \(name) will no longer be counted.")
            try registry.remove(name)
            try result.show(report) { print("\(name) is forgotten.") }
        }
    }
}
