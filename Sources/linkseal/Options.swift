import ArgumentParser
import Cryptography
import Distributions
import FoundationEssentials
import Glibc
import LinkToken
import Trust

/// Which workspace a command works in.
struct WorkspaceOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The directory that holds keys/ and linkseal-data/ (default: $LINKSEAL_WORKSPACE, or the current one).",
            valueName: "dir"))
    var workspace: String?

    var root: String {
        workspace ?? ProcessInfo.processInfo.environment["LINKSEAL_WORKSPACE"].flatMap { $0.isEmpty ? nil : $0 } ?? "."
    }

    func open() throws(CommandError) -> Workspace {
        do {
            return try Workspace(opening: root)
        } catch {
            throw CommandError(
                "there is no workspace in \(root == "." ? "the current directory" : root);"
                    + " make one with `linkseal init`, or name another with --workspace")
        }
    }

    func keyring() throws(TrustError) -> Keyring {
        try Keyring(opening: root + "/keys")
    }
}

/// How a command answers. Every command takes these options, and those without a result have errors.
struct ResultOptions: ParsableArguments {
    @Flag(name: .long, help: "Print the result, warnings and errors as JSON.")
    var json = false

    /// The same JSON, in which terminal control characters that JSON allows in strings are escaped too.
    private static func withoutControls(_ json: String) -> String { TerminalText(lines: json).description }

    /// Prints a value as JSON, or calls the closure that prints it for a person.
    func show(_ value: some Encodable, _ text: () -> Void) throws {
        if json { try Self.print(value) } else { text() }
    }

    /// Prints a value as JSON.
    static func print(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        printData(Self.withoutControls(String(decoding: try encoder.encode(value), as: UTF8.self)), terminator: "\n")
    }
}

/// The one distribution that a command works with.
struct DistributionOptions: ParsableArguments {
    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var result: ResultOptions

    @Argument(
        help: ArgumentHelp("The distribution: its ID, the beginning of it, or its name.", valueName: "distribution"))
    var distribution: String

    func find() throws -> (workspace: Workspace, distribution: Distribution) {
        let opened = try workspace.open()
        return (opened, try opened.distributions.distribution(called: distribution))
    }
}

/// Whether a report would end up in what is written to the path: it is `-`, or another name of standard output's file.
func isStandardOutput(_ path: String) -> Bool {
    var (named, standard) = (stat(), stat())
    guard path != "-" else { return true }
    return stat(path, &named) == 0 && fstat(STDOUT_FILENO, &standard) == 0
        && named.st_dev == standard.st_dev && named.st_ino == standard.st_ino
}

/// What went wrong, and what to do: a message of the command line itself.
struct CommandError: Error, CustomStringConvertible {
    let description: String
    let status: ExitCode

    init(_ description: String, status: ExitCode = .failure) {
        self.description = description
        self.status = status
    }
}

/// Whether the file descriptor is a terminal, where a person looks on.
func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }
