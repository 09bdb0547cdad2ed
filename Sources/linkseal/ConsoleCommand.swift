import AdminConsole
import ArgumentParser
import Cryptography
import Distributions
import EdgeService
import Glibc
import HTTPServer
import Logging
import ServiceLifecycle

struct ConsoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "The admin console: generate, watch and end links in a browser.",
        discussion: """
            Set a password, start it, and open http://127.0.0.1:8081/. It listens on this machine alone; behind a TLS \
            proxy, name with --host under which name browsers know it.

              linkseal console set-password
              linkseal console --listen 127.0.0.1:8081 --edge https://links.example
            """,
        subcommands: [Run.self, SetPassword.self, Users.self, RemoveUser.self], defaultSubcommand: Run.self)

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "run", abstract: "Start the console.")

        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @OptionGroup var logs: LogOptions
        @OptionGroup var passphrase: PassphraseOptions

        @Option(help: ArgumentHelp("Where it listens.", valueName: "host:port"), transform: ConsoleAddress.init)
        var listen: ConsoleAddress = ConsoleAddress(host: "127.0.0.1", port: 8081)

        @Option(
            help: ArgumentHelp(
                "A host name that browsers use for the console, such as that of the proxy in front; can be given again.",
                valueName: "name"))
        var host: [String] = []

        @Flag(
            help:
                "Allow listening where other machines can connect. Without a TLS proxy, passwords are sent unencrypted."
        )
        var allowRemote = false

        @Option(
            help: ArgumentHelp("An edge, to show which bundle it runs; can be given again.", valueName: "url"))
        var edge: [String] = []

        @Option(
            help: ArgumentHelp(
                "Additional certificate authorities for edges and the sign-in provider, in PEM.",
                valueName: "file"))
        var caFile: String?

        @OptionGroup var access: SourceOptions
        @OptionGroup(title: "OpenID Connect") var provider: ProviderOptions

        func run() async throws {
            let opened = try workspace.open()
            var configuration = Console.Configuration()
            (configuration.host, configuration.port) = (listen.host, listen.port)
            configuration.hostNames = host
            configuration.allowsRemote = allowRemote
            if !logs.countsEdges {
                configuration.accounts = try logs.chosenAccounts()
                configuration.countedFrom = logs.chosenSources.map(\.source).joined(separator: ", ")
            }
            configuration.fetchesEdges = !logs.noFetch
            configuration.edges = edge
            configuration.caFile = caFile
            configuration.passphrase = try passphrase.read()
            configuration.provider = try provider.open()
            configuration.sources = try ContactSources(contactSources, credentials: access.credentials())
            let format = result.json ? LineLogHandler.Format.json : .text
            var logger = Logger(label: "linkseal") { LineLogHandler.standardError(label: $0, format: format) }
            logger.logLevel = .notice
            let console = try Console(of: opened, configuration: configuration, logger: logger) { [logger] (port) in
                logger.notice("the console is open", metadata: ["address": "http://\(listen.name):\(port)/"])
            }
            try await ServiceGroup(
                services: [console], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
            ).run()
        }
    }

    struct SetPassword: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-password",
            abstract: "Set the password of a user of the console.",
            discussion: """
                It is asked for on the terminal, or read from a file descriptor. Only its scrypt hash is stored. Whoever \
                is signed in as that user is signed out.

                A viewer sees distributions and their numbers, an editor also works with contacts and links, and an \
                admin also manages keys, sees the audit trail and ends sessions. The first user is an admin.

                  linkseal console set-password
                  linkseal console set-password --user anna --role editor --password-fd 3 3< password.txt
                """)

        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @Option(help: "The name of the user.")
        var user = "admin"
        @Option(help: "What the user may do; a new user needs one, and others keep theirs.")
        var role: Role?
        @Option(help: ArgumentHelp("A file descriptor whose first line is the password.", valueName: "number"))
        var passwordFd: Int32?

        private struct Allowed: Encodable {
            var user: String
            var role: Role
        }

        func run() throws {
            let files = ConsoleFiles(of: try workspace.open())
            let password: SecretBytes
            if let passwordFd {
                password = try readSecretLine(from: passwordFd, what: "password")
            } else {
                password = try askNewSecret("Password: ")
            }
            let role = try Passwords.set(password, of: user, role: role, in: files)
            try result.show(Allowed(user: user, role: role)) {
                print("\(user) can sign in to the console, with the role \(role.rawValue).")
            }
        }
    }

    struct Users: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "users", abstract: "List the users who sign in to the console with a password.")

        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions

        private struct User: Encodable {
            var user: String
            var role: Role
        }

        func run() throws {
            let users = try Passwords(contentsOf: ConsoleFiles(of: try workspace.open()).passwords).users
            try result.show(users.map { User(user: $0.name, role: $0.role) }) {
                printTable(["USER", "ROLE"], users.map { [$0.name, $0.role.rawValue] })
            }
        }
    }

    struct RemoveUser: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove-user", abstract: "Remove a user of the console, and end the user's sessions.")

        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var result: ResultOptions
        @Argument(help: "The name of the user.")
        var user: String

        private struct Removed: Encodable {
            var removed: String
        }

        func run() throws {
            try Passwords.remove(user, in: ConsoleFiles(of: try workspace.open()))
            try result.show(Removed(removed: user)) { print("\(user) can't sign in to the console any more.") }
        }
    }
}

extension Role: ExpressibleByArgument {}

/// `HOST:PORT`.
struct ConsoleAddress: CustomStringConvertible {
    var host: String
    var port: Int

    init(host: String, port: Int) {
        (self.host, self.port) = (host, port)
    }

    init(_ text: String) throws {
        guard case .tcp(let host, let port) = try ListenAddress(text) else {
            throw CommandError("the console listens on TCP; expected HOST:PORT such as 127.0.0.1:8081")
        }
        self.init(host: host, port: port)
    }

    /// As written in a URL.
    var name: String { host.contains(":") ? "[\(host)]" : host }

    var description: String { "\(name):\(port)" }
}
