import AdminConsole
import ArgumentParser
import Cryptography
import Distributions
import Fetching
import FoundationEssentials
import LinkToken
import Trust

struct BundleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle",
        abstract: "The trust bundle: show, verify, and ask edges which one they run.",
        subcommands: [Show.self, Verify.self, Status.self], defaultSubcommand: Show.self)
}

/// Which bundle, and the root key that it must be signed with.
struct BundleOptions: ParsableArguments {
    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var result: ResultOptions

    @Argument(help: ArgumentHelp("A bundle (default: that of the workspace).", valueName: "file"))
    var file: String?

    @Option(help: ArgumentHelp("The public root key (default: that of the workspace).", valueName: "file"))
    var rootKey: String?

    func open() throws -> VerifiedBundle {
        let root = try rootKey.map { try PublicKey(contentsOf: $0) } ?? workspace.keyring().rootKey()
        let path = try file ?? workspace.open().bundlePath
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw CommandError("can't read the bundle \(path)")
        }
        return try VerifiedBundle(opening: Array(data).span, root: root)
    }
}

private struct BundleReport: Encodable {
    struct Key: Encodable {
        var id: String
        var algorithm: SignatureAlgorithm
        var state: KeyState
    }

    struct Distribution: Encodable {
        var id, name, surveyURL: String
        /// When its links expire, apart from those with an expiry of their own.
        var expires: String
        var lastExpiry: String
        var epoch: UInt16
        /// What replaces the expiry in the links.
        var expiry: String?
        /// Links that were revoked.
        var revoked: Int
        /// Links with an expiry of their own, that were reopened or made anew.
        var changed: Int
    }

    var sequence: UInt64
    var issuedAt, nextUpdate, freshness: String
    var keys: [Key]
    var distributions: [Distribution]

    init(_ bundle: TrustBundle, at now: UnixTime) {
        sequence = bundle.sequence
        issuedAt = bundle.issuedAt.description
        nextUpdate = bundle.nextUpdate.description
        freshness =
            switch bundle.freshness(at: now) {
            case .current: "current"
            case .overdue: "overdue"
            case .expired: "expired"
            }
        keys = bundle.keys.map { Key(id: $0.key.id.description, algorithm: $0.key.algorithm, state: $0.state) }
        distributions = bundle.distributions.map {
            Distribution(
                id: $0.id.description, name: $0.name, surveyURL: $0.surveyURL.text,
                expires: $0.expiry.description, lastExpiry: $0.lastExpiry.description,
                epoch: $0.changes.epoch.rawValue, expiry: $0.changes.expiry?.description,
                revoked: $0.changes.revoked.count, changed: $0.changes.links.count)
        }
    }
}

extension BundleCommand {
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what a bundle says, after checking its signature.")
        @OptionGroup var options: BundleOptions

        func run() throws {
            let report = BundleReport(try options.open().bundle, at: .now)
            try options.result.show(report) {
                print(
                    "bundle \(report.sequence), issued \(report.issuedAt), next due \(report.nextUpdate) (\(report.freshness))"
                )
                printTable(
                    ["KEY", "ALGORITHM", "STATE"],
                    report.keys.map { [$0.id, $0.algorithm.rawValue, $0.state.rawValue] })
                guard !report.distributions.isEmpty else { return }
                print("")
                printTable(
                    ["DISTRIBUTION", "EPOCH", "REVOKED", "CHANGED", "EXPIRATION", "NAME"],
                    report.distributions.map {
                        [$0.id, String($0.epoch), String($0.revoked), String($0.changed), $0.expires, $0.name]
                    }, numbers: [1, 2, 3])
            }
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Check a bundle's signature and freshness.")
        @OptionGroup var options: BundleOptions

        private struct Verified: Encodable {
            var sequence: UInt64
            var freshness: String
        }

        func run() throws {
            let report = BundleReport(try options.open().bundle, at: .now)
            try options.result.show(Verified(sequence: report.sequence, freshness: report.freshness)) {
                print("bundle \(report.sequence): the signature is valid, and it is \(report.freshness)")
            }
            if report.freshness == "expired" { throw ExitCode.failure }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask edges which bundle they run.",
            discussion: """
                Exits 1 unless all of them run the bundle of the workspace. A user name and password in an address are \
                sent along.

                  linkseal bundle status https://edge-1.example https://edge-2.example
                """)
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @Option(
            help: ArgumentHelp(
                "Additional certificate authorities for edges, in PEM.",
                valueName: "file"))
        var caFile: String?
        @Argument(help: ArgumentHelp("The addresses of edges.", valueName: "url"))
        var edges: [String]

        private struct EdgeStatus: Encodable {
            var edge: String
            var sequence: UInt64?
            var isUpToDate: Bool
            var error: String?
        }

        func run() async throws {
            let sequence = try workspace.open().publishedBundle(workspace.keyring()).bundle.sequence
            let answers = try await EdgeReport.ask(edges, client: FetchClient.trusting(caFile))
            let reports = answers.map {
                EdgeStatus(
                    edge: $0.edge, sequence: $0.sequence, isUpToDate: $0.sequence == sequence, error: $0.problem)
            }
            try result.show(reports) {
                printTable(
                    ["EDGE", "BUNDLE", ""],
                    answers.map {
                        [$0.edge, $0.sequence.map(String.init) ?? "-", $0.standing(beside: sequence)]
                    }, numbers: [1])
            }
            if reports.contains(where: { !$0.isUpToDate }) { throw ExitCode.failure }
        }
    }
}
