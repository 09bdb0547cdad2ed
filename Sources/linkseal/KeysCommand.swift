import ArgumentParser
import Cryptography
import Distributions
import LinkToken
import Trust

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "The keys that links are signed with: list, make, rotate, retire, revoke, import, export.",
        discussion: """
            A key is pending (published, not signing yet), signing (exactly one), verifying (its links still work), \
            retired (they can't be opened any more), or revoked (it was stolen). Edges learn of every change with `linkseal publish`.
            """,
        subcommands: [
            List.self, Make.self, Rotate.self, Retire.self, Revoke.self, Import.self, Export.self, NextRoot.self,
        ],
        defaultSubcommand: List.self)
}

/// A key as it is printed.
struct KeyReport: Encodable {
    var id: String
    var algorithm: SignatureAlgorithm
    var state: KeyState
    var created, changed: String
    var published: String?
    var privateKey: Bool

    init(_ record: KeyRecord, in keyring: Keyring) {
        id = record.id.description
        algorithm = record.algorithm
        state = record.state
        created = record.createdAt.description
        changed = record.changedAt.description
        published = record.publishedAt?.description
        privateKey = keyring.hasPrivateKey(record.id)
    }
}

extension KeyID: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

/// What a command on keys works with.
struct KeyOptions: ParsableArguments {
    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var result: ResultOptions

    func keyring() throws -> Keyring { try workspace.keyring() }

    /// How many links of a key can still be used. Where there is no workspace, nothing was minted.
    func unexpiredLinks(of id: KeyID, at now: UnixTime) throws -> Int {
        try workspace.open().distributions.unexpiredLinks(of: id, at: now)
    }
}

extension KeysCommand {
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show every key and its state.")
        @OptionGroup var options: KeyOptions

        func run() throws {
            let keyring = try options.keyring()
            let reports = keyring.keys.map { KeyReport($0, in: keyring) }
            try options.result.show(reports) {
                printTable(
                    ["ID", "ALGORITHM", "STATE", "SINCE", "CREATED", "PUBLISHED", "PRIVATE KEY"],
                    reports.map {
                        [
                            $0.id, $0.algorithm.rawValue, $0.state.rawValue, $0.changed, $0.created,
                            $0.published ?? "not yet", $0.privateKey ? "here" : "elsewhere",
                        ]
                    })
                for id in keyring.unlistedKeys() {
                    warn(
                        "\(keyring.directory)/\(id).pem is not in the keyring's index; adopt it with `linkseal keys import`"
                    )
                }
            }
        }
    }

    struct Make: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a pending key.",
            discussion: "It signs links after it was published and `linkseal keys rotate` made it the signing key.")
        @OptionGroup var options: KeyOptions
        @OptionGroup var passphrase: PassphraseOptions
        @Option(help: "Ed25519 or P-256; `linkseal init --help` compares them.")
        var algorithm: SignatureAlgorithm = .ed25519

        func run() throws {
            var keyring = try options.keyring()
            let record = try keyring.makeKey(algorithm, passphrase: passphrase.readNew(), at: .now)
            try options.result.show(KeyReport(record, in: keyring)) {
                print("Made the key \(record.id). Publish it, then rotate to it.")
            }
        }
    }

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sign with the pending key from now on, once that is safe.",
            discussion: """
                A key signs only after edges could learn of it, so there is always a next one that is published already. \
                If interrupted, run it again to continue; it is made for cron.

                  linkseal keys rotate --minimum-age 90d && linkseal publish
                """)
        @OptionGroup var options: KeyOptions
        @OptionGroup var passphrase: PassphraseOptions
        @Option(help: ArgumentHelp("The pending key to sign with (default: the oldest).", valueName: "id"))
        var to: KeyID?
        @Option(help: ArgumentHelp("Do nothing if the signing key is younger, such as 90d.", valueName: "time"))
        var minimumAge = DurationArgument(seconds: 0)
        @Option(
            help: ArgumentHelp("How long after its first publication a key may sign, such as 5m.", valueName: "time"))
        var settling = DurationArgument(seconds: Rotation.standardSettling)
        @Flag(help: "Rotate to a key that edges may not know yet.")
        var force = false

        private struct Rotated: Encodable {
            var outcome: String
            var signingKey, previousKey, pendingKey, until: String?
        }

        func run() throws {
            var keyring = try options.keyring()
            let rotation = try keyring.rotate(
                to: to, minimumAge: minimumAge.seconds, settling: settling.seconds, force: force,
                passphrase: passphrase.readNew(), at: .now)
            var report: Rotated
            let text: TerminalText
            switch rotation {
            case .rotated(let from, let to, let next):
                report = Rotated(
                    outcome: "rotated", signingKey: to.description, previousKey: from?.description,
                    pendingKey: next.description)
                text = "Links are signed with \(to) now. Publish, so that edges learn of it and of the next, \(next)."
            case .awaitingPublication(let id):
                report = Rotated(outcome: "awaiting_publication", pendingKey: id.description)
                text = "The key \(id) waits to be published. Publish, and rotate again."
            case .settling(let id, let until):
                report = Rotated(outcome: "settling", pendingKey: id.description, until: until.description)
                text = "Edges may not all know the key \(id) yet. Rotate again after \(until)."
            case .notDue(let id, let until):
                report = Rotated(outcome: "not_due", signingKey: id.description, until: until.description)
                text = "The key \(id) signs until \(until) at least."
            }
            try options.result.show(report) { print(text) }
        }
    }

    struct Retire: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a key's life: its links can't be opened any more.",
            discussion: """
                Surveys that were started with them can still be finished. A key that unexpired links were signed with \
                is kept, unless --force. Without an ID, every verifying key that has no such links is retired.
                """)
        @OptionGroup var options: KeyOptions
        @Argument(help: ArgumentHelp("The key.", valueName: "id"))
        var id: KeyID?
        @Flag(help: "Retire it even if links signed with it would stop working.")
        var force = false

        func run() throws {
            let now = UnixTime.now
            var keyring = try options.keyring()
            let count = { (id: KeyID) in try options.unexpiredLinks(of: id, at: now) }
            let retired =
                if let id {
                    [try keyring.retire(id, force: force, at: now, unexpiredLinks: count).get()]
                } else {
                    try keyring.retireUnused(at: now, unexpiredLinks: count).get()
                }
            try options.result.show(retired.map { KeyReport($0, in: keyring) }) {
                print(
                    retired.isEmpty
                        ? "No key can be retired."
                        : "Retired \(retired.map(\.id.description).joined(separator: ", ")). Publish, so that edges learn of it."
                )
            }
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a stolen key: its links stop working with the next bundle.",
            discussion: "If it was the signing key, a new one takes its place. Publish right afterwards.")
        @OptionGroup var options: KeyOptions
        @OptionGroup var passphrase: PassphraseOptions
        @Argument(help: ArgumentHelp("The key.", valueName: "id"))
        var id: KeyID

        private struct Revoked: Encodable {
            var revoked: KeyReport
            var replacement: KeyReport?
        }

        func run() throws {
            var keyring = try options.keyring()
            let revoking = try keyring.revoke(id, passphrase: passphrase.readNew(), at: .now)
            let report = Revoked(
                revoked: KeyReport(revoking.revoked, in: keyring),
                replacement: revoking.replacement.map { KeyReport($0, in: keyring) })
            try options.result.show(report) {
                print("Revoked \(id). Publish now: until edges have the next bundle, its links work.")
                if let new = revoking.replacement { print("Links are signed with \(new.id) from now on.") }
            }
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Import a key that was made elsewhere, as a pending key.",
            discussion: """
                A private key from `openssl genpkey`, or the public key of an HSM's owner.

                  openssl genpkey -algorithm ed25519 | linkseal keys import -
                """)
        @OptionGroup var options: KeyOptions
        @OptionGroup var passphrase: PassphraseOptions
        @Argument(help: ArgumentHelp("A PEM file; - is standard input.", valueName: "file"))
        var file: String

        func run() throws {
            var keyring = try options.keyring()
            let secret = try passphrase.readNew()
            let record = try keyring.importKey(
                pem: try readPEM(file), pemPassphrase: secret, passphrase: secret, at: .now)
            try options.result.show(KeyReport(record, in: keyring)) {
                print("The key \(record.id) is \(record.state.rawValue). Publish it, then rotate to it.")
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a public key as PEM.",
            discussion: "Without an ID, it prints the root key, which edges pin.")
        @OptionGroup var options: KeyOptions
        @Argument(help: ArgumentHelp("The key.", valueName: "id"))
        var id: KeyID?

        private struct Exported: Encodable {
            var id, publicKey: String
        }

        func run() throws {
            let keyring = try options.keyring()
            let key = try id.map { try keyring.publicKey($0) } ?? keyring.rootKey()
            let pem = try key.pemRepresentation()
            try options.result.show(Exported(id: key.id.description, publicKey: pem)) { printData(pem) }
        }
    }

    struct NextRoot: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "next-root",
            abstract: "Make the next root key, or put it in force with --promote.",
            discussion: """
                Bundles contain the next root key, signed by the current one, so that edges learn it. Wait until \
                every edge has such a bundle before promoting it. A next root key that was made before is kept, unless \
                --replace.

                  linkseal keys next-root
                  linkseal keys next-root --promote --root-key /media/stick/root.pem
                """)
        @OptionGroup var options: KeyOptions
        @OptionGroup var passphrase: PassphraseOptions
        @Flag(help: "Sign bundles with the next root key from now on.")
        var promote = false
        @Flag(help: "Promote it even if edges may not know it yet, after a theft.")
        var force = false
        @Flag(help: "Discard the existing next root key and make another, after a theft.")
        var replace = false
        @Option(help: ArgumentHelp("The next root key to promote, if it is not in the keyring.", valueName: "file"))
        var rootKey: String?

        private struct Root: Encodable {
            var id: String
            var promoted, kept: Bool
        }

        func validate() throws {
            if promote, replace { throw ValidationError("Give one of --promote and --replace.") }
            if !promote, rootKey != nil { throw ValidationError("--root-key goes with --promote.") }
        }

        func run() throws {
            var keyring = try options.keyring()
            let before = replace ? nil : try keyring.nextRootKey()
            let key: PublicKey
            if promote {
                let secret = try passphrase.read()
                let root = try rootKey.map { try PrivateKey(contentsOf: $0, passphrase: secret) }
                key = try keyring.promoteNextRoot(root, force: force, passphrase: secret, at: .now)
            } else {
                key = try keyring.makeNextRoot(replacing: replace, passphrase: passphrase.readNew())
            }
            let isKept = !promote && key == before
            try options.result.show(Root(id: key.id.description, promoted: promote, kept: isKept)) {
                if promote {
                    print("Bundles are signed with the root key \(key.id) from now on. Publish.")
                } else {
                    if isKept { print("The next root key that was made before is kept; --replace makes another.") }
                    print("The next root key is \(key.id). Publish, and promote it once every edge has that bundle.")
                }
            }
        }
    }
}

/// Reads a PEM from a file that only its owner may read if it is private, or from standard input.
private func readPEM(_ path: String) throws -> SecretBytes {
    do {
        if path != "-" { return try SecretFile.read(path) }
    } catch CryptographyError.fileTooOpen {
        let key = try PublicKey(contentsOf: path).pemRepresentation()
        return SecretBytes(copying: Array(key.utf8).span)
    }
    var text = ""
    while text.utf8.count < 1 << 20, let line = readLine(strippingNewline: false) { text += line }
    return SecretBytes(copying: Array(text.utf8).span)
}
